"""The 313 bins against what the paper says of them, and encodings against direct NumPy."""

import numpy as np
import pytest
import skimage.color
from keras import ops

from colorkit.color.ab_bins import (
    AB_BINS,
    encode_ab,
    encode_ab_by_neighbors,
    load_prior,
    nearest_bin,
    rebalancing_weights,
    smooth_histogram,
)

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def displayable_ab():
    rgb = np.random.default_rng(0).random((20_000, 3))
    rgb[:1000] = np.round(rgb[:1000])  # the corners of the cube, at the gamut's tips
    return skimage.color.rgb2lab(rgb)[:, 1:].astype("float32")


def test_there_are_313_bins_on_a_grid_of_ten():
    assert AB_BINS.shape == (313, 2)
    assert len(np.unique(AB_BINS, axis=0)) == 313
    assert not np.any(AB_BINS % 10)


def test_encoding_is_a_weighted_mean_that_gives_the_colour_back(displayable_ab):
    bins, shares = map(ops.convert_to_numpy, encode_ab(displayable_ab))
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=-1), 1, atol=1e-6)
    mean = np.sum(AB_BINS[bins] * shares[..., None], axis=-2)
    np.testing.assert_allclose(mean, displayable_ab, atol=1e-3)


def test_the_four_bins_are_neighbours(displayable_ab):
    bins, _ = map(ops.convert_to_numpy, encode_ab(displayable_ab))
    assert np.abs(AB_BINS[bins] - displayable_ab[:, None]).max() <= 10


def test_nearest_bin_by_brute_force(displayable_ab):
    distances = np.linalg.norm(displayable_ab[:2000, None] - AB_BINS, axis=-1)
    found = ops.convert_to_numpy(nearest_bin(displayable_ab[:2000]))
    np.testing.assert_allclose(distances[np.arange(2000), found], distances.min(axis=-1), atol=1e-4)


def test_a_bin_encodes_as_itself():
    assert (ops.convert_to_numpy(nearest_bin(AB_BINS)) == np.arange(313)).all()
    bins, shares = map(ops.convert_to_numpy, encode_ab(AB_BINS))
    np.testing.assert_allclose(np.sum(shares * (bins == np.arange(313)[:, None]), axis=-1), 1)


def test_the_ten_nearest_bins_by_brute_force(displayable_ab):
    """Zhang et al. 2016, section 2.2, in float64; ten as in the published code."""
    colors = displayable_ab[:2000].astype("float64")
    bins, shares = map(ops.convert_to_numpy, encode_ab_by_neighbors(colors))
    distances = np.linalg.norm(colors[:, None] - AB_BINS, axis=-1)
    found = np.take_along_axis(distances, bins, axis=-1)
    np.testing.assert_allclose(found, np.sort(distances, axis=-1)[:, :10], atol=1e-3)
    gaussian = np.exp(-(found**2) / (2 * 5**2))
    np.testing.assert_allclose(shares, gaussian / gaussian.sum(axis=-1, keepdims=True), atol=1e-4)


def test_colours_beyond_the_grid_are_encoded_at_its_rim():
    bins, shares = map(ops.convert_to_numpy, encode_ab(np.float32([[500, 0], [-500, -500]])))
    assert ((bins >= 0) & (bins < 313)).all()
    np.testing.assert_allclose(shares.sum(axis=-1), 1)


def test_smoothing_keeps_mass_and_gives_every_bin_some():
    counts = np.zeros(313)
    counts[100] = 7
    smooth = smooth_histogram(counts)
    assert smooth.sum() == pytest.approx(1) and smooth.min() > 0 and smooth.argmax() == 100
    neighbour = np.flatnonzero(np.linalg.norm(AB_BINS - AB_BINS[100], axis=-1) == 10)[0]
    assert smooth[neighbour] / smooth[100] == pytest.approx(np.exp(-2), rel=1e-3)


def test_gray_is_the_most_common_colour_of_photographs():
    prior = load_prior()
    assert prior.sum() == pytest.approx(1) and prior.min() > 0
    assert np.abs(AB_BINS[prior.argmax()]).max() <= 10


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_weights_have_mean_one_and_favour_rare_colours(share):
    prior = load_prior()
    weights = rebalancing_weights(prior, share)
    assert np.sum(prior * weights) == pytest.approx(1)
    direct = 1 / ((1 - share) * prior + share / 313)
    np.testing.assert_allclose(weights / weights[0], direct / direct[0])
