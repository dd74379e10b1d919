"""The sheet of augmentations, picture by picture."""

import numpy as np
import pytest
import scipy.ndimage
import skimage.color
import skimage.data

from colorkit.data.augmentation.config import Augmentation
from colorkit.visualization.augmentation_grid import draw_aging, draw_augmentations

PHOTO = skimage.data.astronaut()[:64, :64]


@pytest.fixture(scope="module")
def pictures():
    """The six pictures, in rows: photograph, rotation, mirrored, upside down, blurred, cut."""
    plan = Augmentation(cutout_size=8, blur_sigma=(2, 3), rotation_degrees=90)
    sheet = draw_augmentations(PHOTO, plan, size=64)
    assert sheet.shape == (2 * 94, 3 * 64 + 2 * 6, 3) and sheet.dtype == np.uint8
    assert (sheet[:30] < 100).any(), "captions"
    return [
        sheet[row : row + 64, column : column + 64] for row in (30, 124) for column in (0, 70, 140)
    ]


def test_photograph_and_flips_are_exact(pictures):
    np.testing.assert_array_equal(pictures[0], PHOTO)
    np.testing.assert_array_equal(pictures[2], PHOTO[:, ::-1])
    np.testing.assert_array_equal(pictures[3], PHOTO[::-1])


def test_rotation_and_blur_change_the_photograph(pictures):
    assert np.abs(pictures[1].astype(int) - PHOTO).mean() > 5
    assert (
        np.abs(np.diff(pictures[4].astype(int), axis=0)).mean()
        < 0.7 * np.abs(np.diff(PHOTO.astype(int), axis=0)).mean()
    )


def test_cutout_is_gray_with_black_holes(pictures):
    cut = pictures[5].astype(int)
    assert np.ptp(cut, axis=-1).max() <= 2
    holes = (cut == 0).all(-1)
    assert 64 <= holes.sum() <= 6 * 64 + (PHOTO < 3).all(-1).sum()


def test_a_seed_fixes_the_sheet():
    sheets = [draw_augmentations(PHOTO, size=64, seed=seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(sheets[0], sheets[1])
    assert (sheets[0] != sheets[2]).any()


def test_signs_of_age_at_their_strongest():
    sheet = draw_aging(PHOTO, size=64)
    assert sheet.shape == (2 * 94, 3 * 64 + 2 * 6, 3) and sheet.dtype == np.uint8
    gray, darker, lighter, faded, soft, grainy = (
        skimage.color.rgb2lab(sheet[row : row + 64, column : column + 64])[..., 0] / 100
        for row in (30, 124)
        for column in (0, 70, 140)
    )
    np.testing.assert_allclose(gray, skimage.color.rgb2lab(PHOTO)[..., 0] / 100, atol=0.01)
    np.testing.assert_allclose(darker, gray ** np.exp(0.4), atol=0.02)
    np.testing.assert_allclose(lighter, gray ** np.exp(-0.4), atol=0.02)
    np.testing.assert_allclose(faded, 0.2 + 0.6 * gray, atol=0.02)
    mean = scipy.ndimage.uniform_filter(gray, 3)
    np.testing.assert_allclose(soft[1:-1, 1:-1], mean[1:-1, 1:-1], atol=0.02)
    middle = (gray > 0.25) & (gray < 0.75)
    assert 0.06 < (grainy - gray)[middle].std() < 0.08
