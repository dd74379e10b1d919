"""The view without grain, against the formulas of its papers and drawn noise."""

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from colorkit.inference.denoising import FREE_NOISE, denoise, estimate_noise


@pytest.fixture(scope="module")
def clean():
    """A photograph of today as a model sees it."""
    photo = cv2.resize(skimage.data.astronaut(), (192, 192), interpolation=cv2.INTER_AREA)
    return skimage.color.rgb2lab(photo)[..., 0].astype("float32")


def grainy(lightness, deviation, seed=0):
    noise = np.random.default_rng(seed).normal(0, deviation, lightness.shape)
    return (lightness + noise).astype("float32")


@pytest.mark.parametrize("deviation", [2, 4, 8])
def test_drawn_noise_is_estimated_on_a_plain_and_on_a_photograph(clean, deviation):
    plain = np.full((100, 120), 50, "float32")
    assert estimate_noise(grainy(plain, deviation)) == pytest.approx(deviation, rel=0.05)
    assert estimate_noise(grainy(clean, deviation)) == pytest.approx(deviation, rel=0.25)


def test_photographs_of_today_are_seen_as_they_are(clean):
    assert estimate_noise(clean) < FREE_NOISE
    assert denoise(clean) is clean


@pytest.mark.parametrize("deviation", [3, 6, 10])
def test_grain_goes_and_the_picture_stays(clean, deviation):
    noisy = grainy(clean, deviation)
    found = denoise(noisy)
    assert estimate_noise(found) < 0.4 * deviation
    error, before, blurred = (
        np.sqrt(np.mean((each - clean) ** 2))
        for each in (found, noisy, ndimage.gaussian_filter(noisy, 1.5))
    )
    assert error < before and error < blurred


def test_an_edge_stays():
    step = np.repeat(np.repeat(np.float32([[20, 80]]), 20, axis=1), 30, axis=0)
    found = denoise(grainy(step, 3))
    assert found[:, 19].mean() < 25 and found[:, 20].mean() > 75
    assert found[5:25, 5:12].std() < 1.2


def test_it_is_the_guided_filter_pixel_by_pixel():
    lightness = grainy(np.add.outer(np.arange(9.0), np.arange(8.0)), 5)
    damping = 8 * (estimate_noise(lightness) ** 2 - FREE_NOISE**2)
    padded = np.pad(lightness.astype("float64"), 3, mode="edge")
    slope, offset = np.empty((2, 9, 8))
    for y, x in np.ndindex(9, 8):
        window = padded[y : y + 7, x : x + 7]
        slope[y, x] = window.var() / (window.var() + damping)
        offset[y, x] = (1 - slope[y, x]) * window.mean()
    means = [ndimage.uniform_filter(each, 7, mode="nearest") for each in (slope, offset)]
    expected = np.clip(means[0] * lightness + means[1], lightness.min(), lightness.max())
    np.testing.assert_allclose(denoise(lightness), expected, atol=1e-3)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_any_size_keeps_shape_and_range(height, width, seed):
    lightness = np.random.default_rng(seed).uniform(0, 100, (height, width)).astype("float32")
    found = denoise(lightness)
    assert found.shape == lightness.shape and found.dtype == np.float32
    assert lightness.min() <= found.min() and found.max() <= lightness.max()
    assert estimate_noise(np.full((height, width), 50, "float32")) == 0
