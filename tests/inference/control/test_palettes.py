"""Palettes, and how far a distribution moves towards them."""

import keras
import numpy as np
import pytest
import skimage.color
import skimage.data
from scipy.special import softmax

from colorkit.color.ab_bins import AB_BINS, load_prior, rebalancing_weights
from colorkit.inference.control.palettes import make_palette
from colorkit.models.layers.annealed_mean import STYLES, read_color
from colorkit.models.layers.palette import TowardsPalette, smooth_palette, with_palette

RED, BLUE = "#c02020", "#2040b0"


def mean_of(palette):
    return palette.histogram @ AB_BINS


def ab_of(*colors):
    rgb = [[int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)] for color in colors]
    return skimage.color.rgb2lab(np.array(rgb))[:, 1:]


def test_colours_count_alike():
    for given in (f"{RED}, {BLUE}", [RED, BLUE], (RED, BLUE)):
        np.testing.assert_allclose(mean_of(make_palette(given)), ab_of(RED, BLUE).mean(0), atol=0.1)


def test_a_picture_counts_by_its_pixels():
    photo = skimage.data.coffee()
    for pixels in (photo, photo.astype("uint16") * 257, photo / 255):
        lab = skimage.color.rgb2lab(photo)[..., 1:].reshape(-1, 2)
        np.testing.assert_allclose(mean_of(make_palette(pixels)), lab.mean(0), atol=0.5)


@pytest.mark.parametrize(
    ("palette", "message"),
    [
        ("red", "written as #rrggbb.*Received: 'red'"),
        ("", "written as #rrggbb"),
        ([], "written as #rrggbb"),
        (np.zeros((4, 4), "uint8"), "or a colour picture. Received: a gray picture"),
    ],
)
def test_what_is_no_palette_is_explained(palette, message):
    with pytest.raises(ValueError, match=message):
        make_palette(palette)


@pytest.mark.parametrize("strength", [-0.1, 1.1, "1", True, np.nan])
def test_a_strength_is_a_share(strength):
    with pytest.raises(ValueError, match="strength must be from 0 to 1. Received: strength="):
        make_palette(RED, strength)


def mean_distribution(logits):
    """What the model deems probable in the whole picture, without its class weights."""
    return softmax(logits - np.log(rebalancing_weights(load_prior())), -1).mean((1, 2))[0]


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_the_mean_distribution_moves_as_far_as_asked(strength):
    logits = np.random.default_rng(0).normal(0, 2, (1, 6, 8, 313)).astype("float32")
    palette = make_palette(f"{RED},{BLUE}").histogram
    moved = np.asarray(TowardsPalette(palette, strength)(logits))
    target = smooth_palette(palette)
    wanted = mean_distribution(logits) ** (1 - strength) * target**strength
    np.testing.assert_allclose(
        mean_distribution(moved), wanted / wanted.sum(), atol=2e-3, rtol=0.05
    )
    shift = moved - logits
    np.testing.assert_allclose(shift, np.broadcast_to(shift[:, :1, :1], shift.shape), atol=1e-4)


def test_a_model_gets_the_layer_before_its_decoder():
    features = keras.Input((None, None, 4))
    logits = keras.layers.Conv2D(313, 1)(features)
    model = keras.Model(features, read_color(logits, STYLES["balanced"]), name="small")
    palette = make_palette(BLUE, 1.0)
    blue = with_palette(model, palette.histogram, palette.strength)
    x = np.random.default_rng(0).normal(size=(1, 4, 4, 4)).astype("float32")
    before, after = (128 * np.asarray(each(x)) for each in (model, blue))
    distances = [np.linalg.norm(ab - ab_of(BLUE)[0], axis=-1).mean() for ab in (before, after)]
    assert distances[1] < 0.6 * distances[0]
    again = keras.Model.from_config(blue.get_config())
    again.set_weights(blue.get_weights())
    np.testing.assert_allclose(np.asarray(again(x)), after / 128, atol=1e-5)


def test_a_model_of_one_colour_takes_none():
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(2, 1)], name="one")
    with pytest.raises(
        ValueError, match="the model 'one' predicts one colour: leave `palette` out"
    ):
        with_palette(model, make_palette(RED).histogram, 0.5)
