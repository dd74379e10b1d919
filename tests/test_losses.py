"""Losses against direct NumPy readings of their formulas."""

import keras
import numpy as np
import pytest
import skimage.color
from keras import ops

from colorkit.color_bins import AB_BINS, load_prior, rebalancing_weights
from colorkit.losses import RGBMSE, ChromaMSE, RebalancedCrossEntropy


@pytest.fixture
def photos():
    return np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)


def test_chroma_mse(photos):
    ab = np.random.default_rng(1).uniform(-1, 1, (2, 8, 8, 2)).astype("float32")
    expected = np.mean((skimage.color.rgb2lab(photos)[..., 1:] / 128 - ab) ** 2)
    assert float(ChromaMSE()(photos, ab)) == pytest.approx(expected, rel=1e-4)


def test_chroma_mse_of_the_truth_is_zero(photos):
    assert float(ChromaMSE()(photos, skimage.color.rgb2lab(photos)[..., 1:] / 128)) < 1e-9


def test_rgb_mse(photos):
    rgb = np.random.default_rng(1).random((2, 8, 8, 3)).astype("float32")
    expected = np.mean((photos / 255 - rgb) ** 2)
    assert float(RGBMSE()(photos, rgb)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("uniform_share", [0.5, 1.0])
def test_cross_entropy_of_flat_pictures(uniform_share):
    """For one colour everywhere, the loss is its weight times the mean surprise at four bins."""
    color = np.uint8([200, 120, 60])
    photos = np.broadcast_to(color, (1, 8, 8, 3))
    logits = np.random.default_rng(2).normal(size=(1, 2, 2, 313)).astype("float32")
    a, b = skimage.color.rgb2lab(color)[1:]
    shares = np.prod(np.clip(1 - np.abs(AB_BINS - [a, b]) / 10, 0, None), axis=-1)
    log_probability = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    weight = np.sum(shares * rebalancing_weights(load_prior(), uniform_share))
    expected = weight * np.mean(-np.sum(shares * log_probability, axis=-1))
    loss = RebalancedCrossEntropy(uniform_share)
    assert float(loss(photos, logits)) == pytest.approx(expected, rel=1e-3)


def test_cross_entropy_sees_the_mean_colour_of_each_cell():
    photos = np.zeros((1, 4, 8, 3), np.uint8)
    photos[:, :, :4] = 255  # a white cell and a black one: both gray, so both in the gray bin
    gray_bin = np.flatnonzero((AB_BINS == 0).all(axis=-1))[0]
    logits = np.full((1, 1, 2, 313), -50.0, "float32")
    logits[..., gray_bin] = 50.0
    assert float(RebalancedCrossEntropy(1.0)(photos, logits)) == pytest.approx(0, abs=0.1)


def test_rare_colours_weigh_more():
    logits = np.zeros((1, 1, 1, 313), "float32")
    loss = RebalancedCrossEntropy()
    magenta, gray = (
        float(loss(np.broadcast_to(np.uint8(color), (1, 4, 4, 3)), logits))
        for color in ([255, 0, 255], [128, 128, 128])
    )
    assert magenta > 3 * gray


def test_losses_survive_a_round_trip_through_their_config():
    loss = keras.losses.deserialize(keras.losses.serialize(RebalancedCrossEntropy(0.25)))
    assert loss.uniform_share == 0.25


def test_bfloat16_predictions_are_judged_in_float32(photos):
    ab = ops.zeros((2, 8, 8, 2), "bfloat16")
    expected = np.mean((skimage.color.rgb2lab(photos)[..., 1:] / 128) ** 2)
    assert float(ChromaMSE()(photos, ab)) == pytest.approx(expected, rel=1e-4)
