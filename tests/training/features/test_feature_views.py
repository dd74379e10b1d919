import dataclasses

import numpy as np
import pytest
import skimage.data

from colorkit.data.augmentation.config import REPORT_AUGMENTATION, Augmentation
from colorkit.training.features.feature_views import PhotoViews

DIGEST, OTHER_DIGEST = 64 * "a", 64 * "b"
SEVERAL = PhotoViews(32, count=3, seed=1, augmentation=REPORT_AUGMENTATION)


@pytest.fixture(scope="module")
def photo():
    return skimage.data.astronaut()[:200, :300]


def test_one_view_is_the_middle(photo):
    crop = PhotoViews(200).crop(photo, DIGEST, 0)
    np.testing.assert_array_equal(crop, photo[:, 50:250])


def test_one_view_is_not_augmented(photo):
    views = PhotoViews(32, augmentation=Augmentation(vertical_flip=1.0, cutout=1.0))
    crops = views.crop(photo, DIGEST, 0)[None]
    uniforms = views.uniforms(DIGEST, 0)
    assert (uniforms == 1).all(), "below no probability"
    assert views.augment(crops, uniforms[None]) is crops


def test_one_view_does_not_depend_on_the_seed():
    assert PhotoViews(32, seed=1).key(DIGEST, 0) == PhotoViews(32, seed=2).key(DIGEST, 0)


def test_several_views_differ_and_come_again(photo):
    crops = [SEVERAL.crop(photo, DIGEST, view) for view in range(3)]
    assert all(crop.shape == (32, 32, 3) and crop.dtype == np.uint8 for crop in crops)
    assert not any((crops[0] == other).all() for other in crops[1:])
    np.testing.assert_array_equal(SEVERAL.crop(photo, DIGEST, 1), crops[1])
    assert (SEVERAL.uniforms(DIGEST, 1) != SEVERAL.uniforms(DIGEST, 2)).all()


def test_more_views_leave_the_first_as_they_were():
    more = dataclasses.replace(SEVERAL, count=5)
    assert more.key(DIGEST, 2) == SEVERAL.key(DIGEST, 2)
    np.testing.assert_array_equal(more.uniforms(DIGEST, 2), SEVERAL.uniforms(DIGEST, 2))


def test_views_without_later_fields_are_those_of_versions_that_did_not_know_them():
    assert SEVERAL.key(DIGEST, 1) == f"{DIGEST}-1c0a595353a50ced-1"
    expected = [0.23784554, 0.16446167, 0.00529349]
    np.testing.assert_allclose(SEVERAL.uniforms(DIGEST, 1)[:3], expected, rtol=1e-6)


@pytest.mark.parametrize(
    "views, digest, view",
    [
        (SEVERAL, OTHER_DIGEST, 0),
        (SEVERAL, DIGEST, 1),
        (dataclasses.replace(SEVERAL, seed=2), DIGEST, 0),
        (dataclasses.replace(SEVERAL, augmentation=None), DIGEST, 0),
        (dataclasses.replace(SEVERAL, augmentation=Augmentation(blur=0.2)), DIGEST, 0),
        (
            dataclasses.replace(
                SEVERAL, augmentation=dataclasses.replace(REPORT_AUGMENTATION, aging=0.2)
            ),
            DIGEST,
            0,
        ),
        (PhotoViews(32), DIGEST, 0),
    ],
)
def test_another_view_has_another_key(views, digest, view):
    assert views.key(digest, view) != SEVERAL.key(DIGEST, 0)


def test_views_are_augmented_as_their_uniforms_say(photo):
    views = PhotoViews(32, count=2, augmentation=Augmentation(vertical_flip=0.5))
    crops = np.stack([views.crop(photo, DIGEST, 0)] * 2)
    uniforms = np.ones((2, len(views.uniforms(DIGEST, 0))), "float32")
    uniforms[1] = 0
    augmented = views.augment(crops, uniforms)
    assert augmented.dtype == np.uint8
    np.testing.assert_array_equal(augmented[0], crops[0])
    np.testing.assert_array_equal(augmented[1], crops[1][::-1])
