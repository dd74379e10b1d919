import numpy as np
import skimage.data
from skimage.color import rgb2lab

from colorkit.color.ab_bins import AB_BINS, load_prior
from colorkit.evaluation.baselines import (
    BASELINES,
    baseline_pictures,
    constant_color_picture,
    gray_picture,
    mean_color,
)

PHOTO = skimage.data.chelsea()[:60, :60]


def test_gray_picture_keeps_lightness_and_has_no_colour():
    gray = gray_picture(PHOTO)
    assert gray.dtype == "uint8"
    np.testing.assert_array_equal(gray, gray[..., :1].repeat(3, axis=-1))
    np.testing.assert_allclose(rgb2lab(gray)[..., 0], rgb2lab(PHOTO)[..., 0], atol=0.25)


def test_constant_colour_is_one_and_keeps_lightness():
    picture = constant_color_picture(PHOTO, (10.0, -20.0))
    lab = rgb2lab(picture)
    assert picture.dtype == "uint8" and picture.shape == PHOTO.shape
    np.testing.assert_allclose(lab[..., 0], rgb2lab(PHOTO)[..., 0], atol=0.5)
    np.testing.assert_allclose(lab[..., 1:], np.broadcast_to((10, -20), (60, 60, 2)), atol=2)


def test_mean_colour_is_the_expectation():
    prior = np.zeros(len(AB_BINS))
    prior[[3, 200]] = 0.25, 0.75
    np.testing.assert_allclose(mean_color(prior), 0.25 * AB_BINS[3] + 0.75 * AB_BINS[200])
    a, b = mean_color(load_prior())
    assert 0 < a < 10 and 0 < b < 20, "photographs are brownish on average"


def test_every_baseline_is_drawn():
    pictures = baseline_pictures(PHOTO, load_prior())
    assert list(pictures) == list(BASELINES)
    np.testing.assert_array_equal(pictures["gray"], gray_picture(PHOTO))
    assert not np.array_equal(pictures["mean_color"], pictures["gray"])
