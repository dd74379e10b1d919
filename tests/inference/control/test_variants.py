"""Modes of a distribution, regions, and the variants made of them."""

import types

import numpy as np
import pytest

from colorkit.color.ab_bins import AB_BINS
from colorkit.inference.control.insight import Insight
from colorkit.inference.control.modes import find_modes
from colorkit.inference.control.regions import find_regions
from colorkit.inference.control.variants import VariantMaker, check_number
from colorkit.inference.pictures import PreparedPicture
from colorkit.inference.tiles import Tiles


def bump(ab, sigma=6.0):
    return np.exp(-((AB_BINS - ab) ** 2).sum(-1) / (2 * sigma**2))


BLUE, RED, YELLOW = (5.0, -40.0), (50.0, 20.0), (0.0, 60.0)


def test_modes_are_those_of_a_mixture_from_blue_to_yellow():
    shares = (0.2, 0.5, 0.3)
    mixture = sum(
        share * bump(ab) / bump(ab).sum()
        for share, ab in zip(shares, (YELLOW, BLUE, RED), strict=True)
    )
    modes, sizes = find_modes(mixture, 3)
    np.testing.assert_allclose(modes, (BLUE, RED, YELLOW), atol=4)
    np.testing.assert_allclose(sizes, (0.5, 0.3, 0.2), atol=0.03)


def test_one_mode_is_the_mean_and_more_cost_less():
    shares = np.random.default_rng(0).random(313)
    shares /= shares.sum()
    np.testing.assert_allclose(find_modes(shares, 1)[0], (shares @ AB_BINS)[None], atol=1e-6)
    costs = [
        shares @ ((AB_BINS[:, None] - find_modes(shares, n)[0]) ** 2).sum(-1).min(1)
        for n in (1, 2, 4, 8)
    ]
    assert costs == sorted(costs, reverse=True)


@pytest.fixture(scope="module")
def halves():
    """A picture of two halves, whose distributions differ: L, and logits at 1/4."""
    view = np.full((64, 96), 40, "float32")
    view[:, 48:] = 70
    left, right = np.log(bump(BLUE) + bump(RED) + 1e-4), np.log(bump(YELLOW) + bump(BLUE) + 1e-4)
    logits = np.where(np.arange(24)[None, :, None] < 12, left, right)
    return view, np.broadcast_to(logits, (16, 24, 313)).astype("float32")


def test_regions_follow_the_distributions(halves):
    view, logits = halves
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    regions = find_regions(view[::4, ::4], np.zeros((16, 24, 2), "float32"), probabilities)
    assert regions.shape == (16, 24)
    assert not set(regions[:, :12].ravel()) & set(regions[:, 12:].ravel())


def test_each_variant_gives_a_region_one_colour(halves):
    view, logits = halves
    insight = types.SimpleNamespace(look=lambda view: Insight([], logits))
    lightness = np.zeros((128, 192), "float32")
    whole = slice(0, 128), slice(0, 192)
    picture = PreparedPicture(lightness, np.dtype("uint8"), whole, view, Tiles((64, 96)), (64, 96))
    cold, warm = VariantMaker(insight).vary(picture, 2)
    for variant, left, right in ((cold, BLUE, BLUE), (warm, RED, YELLOW)):
        given = variant.drawn_hints[..., 2] > 0
        ab = 128 * variant.drawn_hints[..., :2]
        for part, color in ((np.s_[:, :44], left), (np.s_[:, 52:], right)):
            assert given[part].any()
            distance = np.linalg.norm(ab[part][given[part]] - color, axis=-1)
            assert distance.max() < 15


@pytest.mark.parametrize("number", [1, 9, 2.5, True, "4"])
def test_a_number_of_variants_is_from_2_to_8(number):
    with pytest.raises(ValueError, match="from 2 to 8, the first of which is the automatic"):
        check_number(number)
