"""Augmentations against NumPy, SciPy and scikit-image."""

import dataclasses

import numpy as np
import pytest
import scipy.ndimage
import skimage.data
import skimage.transform
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from PIL import Image, ImageFilter

from colorkit.data.augmentation.aging import age_lightness
from colorkit.data.augmentation.config import (
    REPORT_AUGMENTATION,
    REPORT_CODE_AUGMENTATION,
    Augmentation,
)
from colorkit.data.augmentation.ops import (
    augment_photos,
    blur_photos,
    count_uniforms,
    cut_holes,
    degrade_lightness,
    rotate_photos,
)

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def photos():
    """Three different photographs, higher than wide: uint8 of shape (3, 60, 44, 3)."""
    photo = skimage.data.astronaut()
    return np.stack([photo[at : at + 60, at : at + 44] for at in (0, 100, 200)])


def draw(plan, batch, seed=0):
    random = np.random.default_rng(seed)
    return random.random((batch, count_uniforms(plan)), dtype="float32")


def augment(photos, plan, uniforms):
    return ops.convert_to_numpy(augment_photos(photos, plan, ops.convert_to_tensor(uniforms)))


def cut(lightness, plan, uniforms):
    return ops.convert_to_numpy(
        cut_holes(ops.convert_to_tensor(lightness), plan, ops.convert_to_tensor(uniforms))
    )


def degrade(lightness, plan, uniforms):
    return ops.convert_to_numpy(
        degrade_lightness(ops.convert_to_tensor(lightness), plan, ops.convert_to_tensor(uniforms))
    )


@pytest.mark.parametrize(("field", "axis"), [("horizontal_flip", 2), ("vertical_flip", 1)])
def test_flips_are_numpys(photos, field, axis):
    flipped = augment(photos, Augmentation(**{field: 1.0}), draw(Augmentation(), 3))
    np.testing.assert_array_equal(flipped, np.flip(photos, axis))


@pytest.mark.parametrize("degrees", [0, 10, -35, 90, 180])
def test_rotation_is_scikit_images(photos, degrees):
    given = photos.astype("float32")
    angles = np.full(3, degrees, "float32")
    turned = ops.convert_to_numpy(rotate_photos(ops.convert_to_tensor(given), angles))
    for photo, found in zip(given, turned, strict=True):
        expected = skimage.transform.rotate(photo, degrees, mode="symmetric", preserve_range=True)
        np.testing.assert_allclose(found, expected, atol=0.05)


def test_each_photograph_has_its_own_angle(photos):
    given = ops.convert_to_tensor(photos.astype("float32"))
    turned = ops.convert_to_numpy(rotate_photos(given, np.float32([0, 90, -90])))
    np.testing.assert_array_equal(turned[0], photos[0])
    square = photos[:, 8:52]
    turned = ops.convert_to_numpy(
        rotate_photos(ops.convert_to_tensor(square.astype("float32")), np.float32([0, 90, -90]))
    )
    np.testing.assert_allclose(turned[1], np.rot90(square[1]), atol=0.05)
    np.testing.assert_allclose(turned[2], np.rot90(square[2], -1), atol=0.05)


@pytest.mark.parametrize(("uniform", "degrees"), [(0.0, 100), (0.25, 150), (0.75, 250)])
def test_the_reports_code_rotates_by_100_to_300_degrees(photos, uniform, degrees):
    plan = dataclasses.replace(
        REPORT_CODE_AUGMENTATION, rotation=1.0, horizontal_flip=0.0, vertical_flip=0.0, blur=0.0
    )
    uniforms = draw(plan, 3)
    uniforms[:, 1] = uniform
    turned = augment(photos, plan, uniforms)
    for photo, found in zip(photos.astype("float32"), turned, strict=True):
        expected = skimage.transform.rotate(photo, degrees, mode="symmetric", preserve_range=True)
        np.testing.assert_allclose(found, expected, atol=0.05)


def test_the_reports_code_blurs_as_pillow_does():
    """Pillow's radius is a standard deviation, which it approximates by box blurs."""
    photo = skimage.data.astronaut()[:128, :128]
    plan = dataclasses.replace(
        REPORT_CODE_AUGMENTATION, rotation=0.0, horizontal_flip=0.0, vertical_flip=0.0, blur=1.0
    )
    found = augment(photo[None], plan, draw(plan, 1))[0]
    expected = np.asarray(Image.fromarray(photo).filter(ImageFilter.GaussianBlur(radius=5)), float)
    inside = np.s_[16:-16, 16:-16]
    assert np.abs(found - expected)[inside].max() < 4
    assert np.abs(found - photo)[inside].max() > 40


def test_rotated_corners_are_not_black():
    white = np.full((1, 40, 40, 3), 255, np.uint8)
    plan = Augmentation(rotation=1.0, rotation_degrees=180)
    np.testing.assert_allclose(augment(white, plan, draw(plan, 1)), 255, atol=1e-3)


def test_blur_is_scipys_with_a_width_for_each(photos):
    sigmas = np.float32([0.5, 1.0, 2.0])
    given = ops.convert_to_tensor(photos.astype("float32"))
    blurred = ops.convert_to_numpy(blur_photos(given, sigmas, 2.0))
    for photo, sigma, found in zip(photos.astype("float32"), sigmas, blurred, strict=True):
        expected = scipy.ndimage.gaussian_filter(photo, (sigma, sigma, 0), mode="reflect", radius=6)
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_cutout_removes_exactly_its_holes():
    plan = Augmentation(cutout=1.0, cutout_holes=2, cutout_size=3)
    uniforms = np.zeros((1, count_uniforms(plan)), "float32")
    uniforms[0, -4:] = [0.0, 0.0, 0.999, 0.5]  # row, column; row, column
    lightness = np.random.default_rng(0).uniform(1, 100, (1, 10, 12, 1)).astype("float32")
    expected = lightness.copy()
    expected[0, :3, :3] = 0
    expected[0, 7:, 5:8] = 0
    np.testing.assert_array_equal(cut(lightness, plan, uniforms), expected)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 50), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_holes_have_their_size_and_lie_inside(height, width, size, seed):
    plan = Augmentation(cutout=1.0, cutout_holes=1, cutout_size=size)
    hole = cut(np.ones((2, height, width, 1), "float32"), plan, draw(plan, 2, seed)) == 0
    for rows, columns in ((each.any(1), each.any(0)) for each in hole[..., 0]):
        assert rows.sum() == min(size, height) and columns.sum() == min(size, width)
        assert np.diff(np.flatnonzero(rows)).max(initial=1) == 1


def test_holes_reach_every_corner():
    plan = Augmentation(cutout=1.0, cutout_size=4)
    ones = np.ones((300, 12, 12, 1), "float32")
    share = (cut(ones, plan, draw(plan, 300)) == 0).mean(0)[..., 0]
    assert share.min() > 0 and share[0, 0] < share[6, 6]


@pytest.mark.parametrize("field", ["rotation", "horizontal_flip", "vertical_flip", "blur"])
def test_an_augmentation_happens_as_often_as_it_says(field):
    photo = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)
    batch = np.repeat(photo, 400, 0)
    plan = Augmentation(**{field: 0.3})
    changed = (np.abs(augment(batch, plan, draw(plan, 400)) - batch) > 0.01).any((1, 2, 3))
    assert 0.22 < changed.mean() < 0.38


def test_cutout_happens_as_often_as_it_says():
    plan = Augmentation(cutout=0.3)
    ones = np.ones((400, 8, 8, 1), "float32")
    assert 0.22 < (cut(ones, plan, draw(plan, 400)) == 0).any((1, 2, 3)).mean() < 0.38


def test_augmentations_are_drawn_independently():
    """Half of the flipped photographs are blurred, and half of the others."""
    photo = np.zeros((1, 8, 8, 3), np.uint8)
    photo[:, 0, 0] = 255
    plan = Augmentation(horizontal_flip=0.5, blur=0.5)
    found = augment(np.repeat(photo, 400, 0), plan, draw(plan, 400))
    flipped, blurred = found[:, 0, -1, 0] > found[:, 0, 0, 0], found.max((1, 2, 3)) < 255
    for some in (flipped, ~flipped):
        assert 0.4 < blurred[some].mean() < 0.6


def test_nothing_is_changed_without_an_augmentation(photos):
    plan = Augmentation()
    np.testing.assert_array_equal(augment(photos, plan, draw(plan, 3)), photos)
    lightness = photos[..., :1].astype("float32")
    np.testing.assert_array_equal(cut(lightness, plan, draw(plan, 3)), lightness)


@pytest.mark.parametrize("size", [1, 2, 5, 33])
def test_small_pictures_and_the_range_hold(size):
    plan = dataclasses.replace(REPORT_AUGMENTATION, rotation=1.0, blur=1.0)
    photos = np.random.default_rng(0).integers(0, 256, (4, size, size, 3), dtype=np.uint8)
    found = augment(photos, plan, draw(plan, 4))
    assert found.shape == photos.shape and found.dtype == np.float32
    assert found.min() >= -1e-3 and found.max() <= 255 + 1e-3


def test_aging_leaves_the_uniforms_of_all_else_where_they_were():
    """Columns of aging come last, and only where it is on: runs without it draw as they did."""
    aged = dataclasses.replace(REPORT_AUGMENTATION, aging=0.5)
    assert count_uniforms(REPORT_AUGMENTATION) == 19
    assert count_uniforms(aged) == 19 + 9
    uniforms = draw(aged, 4)
    lightness = np.full((4, 60, 60, 1), 50, "float32")
    for plan in (REPORT_AUGMENTATION, aged):
        photos = np.random.default_rng(0).integers(0, 256, (4, 60, 60, 3), dtype=np.uint8)
        expected = augment(photos, REPORT_AUGMENTATION, uniforms[:, :19])
        np.testing.assert_array_equal(augment(photos, plan, uniforms), expected)
        holes = cut(lightness, REPORT_AUGMENTATION, uniforms[:, :19]) == 0
        np.testing.assert_array_equal(degrade(lightness, plan, uniforms) == 0, holes)


def test_lightness_is_aged_by_the_last_uniforms_before_holes_are_cut():
    plan = Augmentation(aging=1.0, cutout=1.0, cutout_size=3)
    lightness = np.random.default_rng(0).uniform(20, 80, (4, 30, 20, 1)).astype("float32")
    uniforms = draw(plan, 4)
    aged = ops.convert_to_numpy(age_lightness(lightness, 1.0, uniforms[:, -9:]))
    assert np.abs(aged - lightness).mean() > 1
    np.testing.assert_allclose(
        degrade(lightness, plan, uniforms), cut(aged, plan, uniforms), rtol=1e-5
    )
    off = dataclasses.replace(plan, aging=0.0)
    np.testing.assert_array_equal(degrade(lightness, off, uniforms), cut(lightness, off, uniforms))
