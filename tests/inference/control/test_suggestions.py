"""Suggested colours and their names."""

import types

import numpy as np
import pytest
import skimage.color

from colorkit.color.ab_bins import AB_BINS
from colorkit.inference.control.insight import Insight
from colorkit.inference.control.suggestions import name_color, suggest_colors
from colorkit.inference.tiles import Tiles


@pytest.mark.parametrize(
    ("color", "name"), [("#c81414", "firebrick"), ("#4681b3", "steelblue"), ("#000000", "black")]
)
def test_a_colour_has_the_nearest_name(color, name):
    assert name_color(color) == name


def test_the_modes_of_the_place_are_suggested():
    """On the left blue and a little red, on the right yellow."""
    blue, red, yellow = ((5.0, -40.0), (50.0, 20.0), (0.0, 60.0))
    bumps = [np.exp(-((AB_BINS - ab) ** 2).sum(-1) / 50) + 1e-6 for ab in (blue, red, yellow)]
    left, right = np.log(3 * bumps[0] + bumps[1]), np.log(bumps[2])
    logits = np.where(np.arange(24)[None, :, None] < 12, left, right)
    logits = np.broadcast_to(logits, (16, 24, 313)).astype("float32")
    prepared = types.SimpleNamespace(
        view=np.zeros((64, 96), "float32"),
        tiles=Tiles((64, 96)),
        input_size=(64, 96),
        lightness=np.full((128, 192), 50, "float32"),
    )
    colorizer = types.SimpleNamespace(
        insight=types.SimpleNamespace(look=lambda view: Insight([], logits)),
        prepare=lambda image, find_border: prepared,
    )
    picture = np.full((128, 192), 119, "uint8")
    first, second = suggest_colors(colorizer, picture, 20, 60, number=2)
    assert first.share > second.share > 0.1
    for suggested, ab in ((first, blue), (second, red)):
        rgb = [int(suggested.color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        np.testing.assert_allclose(skimage.color.rgb2lab(rgb), (50, *ab), atol=8)
    assert suggest_colors(colorizer, picture, 180, 60, number=1)[0].name in (
        "olive",
        "darkgoldenrod",
    )
    with pytest.raises(ValueError, match="must lie in the picture of 192 x 128"):
        suggest_colors(colorizer, picture, 192, 60)
