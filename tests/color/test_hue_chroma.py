"""Histograms of hue and chroma against NumPy's, and what is read from them."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from colorkit.color.ab_bins import AB_BINS, load_prior
from colorkit.color.hue_chroma import (
    BINS,
    CHROMA_RANGE,
    faded_direction,
    hue_and_chroma,
    median,
    window_histograms,
)

pytestmark = pytest.mark.any_backend

MIDDLES = (np.arange(BINS) + 0.5) / BINS


def random_histograms(number, seed=0):
    shares = np.random.default_rng(seed).dirichlet(np.full(BINS, 0.3), number)
    return shares.astype("float32")


def one_bin(number):
    return np.eye(BINS, dtype="float32")[number]


@settings(deadline=None)
@given(st.floats(-128, 128), st.floats(-128, 128))
def test_hue_is_the_angle_and_chroma_the_length(a, b):
    hue, chroma = (float(x) for x in hue_and_chroma(np.float32(a), np.float32(b)))
    z = np.float32(a) + 1j * np.float32(b)
    assert 0 <= hue <= 1 and 0 <= chroma <= 1
    assert chroma == pytest.approx(min(abs(z) / CHROMA_RANGE, 1), abs=1e-5)
    np.testing.assert_allclose(abs(z) * np.exp(2j * np.pi * hue), z, atol=1e-3)


def test_the_papers_weight_of_hue_is_about_the_inverse_of_the_mean_chroma():
    """Section 3.2: "roughly the inverse expectation" of chroma."""
    mean = np.sum(load_prior() * np.linalg.norm(AB_BINS, axis=1)) / CHROMA_RANGE
    assert 1 / mean == pytest.approx(5, abs=0.5)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 7]), st.integers(0, 1000))
def test_windows_are_counted_as_numpy_counts_them(height, width, window, seed):
    random = np.random.default_rng(seed)
    values = random.random((2, height, width)).astype("float32")
    values[0, 0, 0] = 1.0
    rows = random.integers(0, height, (2, 3)).astype("int32")
    columns = random.integers(0, width, (2, 3)).astype("int32")
    found = ops.convert_to_numpy(window_histograms(values, rows, columns, window))
    assert found.shape == (2, 3, BINS)
    reach = window // 2
    for photo in range(2):
        for pixel, (y, x) in enumerate(zip(rows[photo], columns[photo], strict=True)):
            around = values[
                photo, max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1
            ]
            counts, _ = np.histogram(around, bins=BINS, range=(0, 1))
            np.testing.assert_allclose(found[photo, pixel], counts / counts.sum(), atol=1e-6)


def test_the_median_is_where_the_cumulative_sum_is_a_half():
    shares = random_histograms(200)
    ends = np.arange(BINS + 1) / BINS
    expected = [np.interp(0.5, np.concatenate([[0], np.cumsum(p)]), ends) for p in shares]
    np.testing.assert_allclose(median(shares), expected, atol=1e-4)


@pytest.mark.parametrize("number", [0, 5, BINS - 1])
def test_a_sure_histogram_gives_the_middle_of_its_bin(number):
    assert float(median(one_bin(number))) == pytest.approx(MIDDLES[number], abs=1e-6)
    cosine, sine = np.asarray(faded_direction(one_bin(number)))
    expected = np.exp(2j * np.pi * MIDDLES[number])
    assert cosine + 1j * sine == pytest.approx(expected, abs=1e-5)


def test_the_mean_hue_is_the_complex_expectation_faded():
    shares = random_histograms(200, seed=1)
    z = np.mean(shares * np.exp(2j * np.pi * MIDDLES), axis=1)  # 1 / K of the sum
    expected = np.minimum(np.abs(z) / 0.03, 1) * np.exp(1j * np.angle(z))
    found = ops.convert_to_numpy(faded_direction(shares))
    np.testing.assert_allclose(found[:, 0] + 1j * found[:, 1], expected, atol=1e-4)


def test_an_uncertain_hue_is_gray():
    found = faded_direction(np.full((1, BINS), 1 / BINS, "float32"))
    np.testing.assert_allclose(found, 0, atol=1e-5)
    opposite = 0.5 * (one_bin(0) + one_bin(BINS // 2))
    np.testing.assert_allclose(faded_direction(opposite), 0, atol=1e-5)


def test_red_across_the_circles_seam_stays_red():
    """Bins 0 and 31 are neighbours: their mean is hue 0, not 0.5."""
    cosine, sine = np.asarray(faded_direction(0.5 * (one_bin(0) + one_bin(BINS - 1))))
    assert cosine == pytest.approx(1, abs=0.01) and sine == pytest.approx(0, abs=1e-6)


def test_it_runs_compiled():
    """With a batch of unknown size, as the trainer traces it."""

    class Count(keras.layers.Layer):
        def call(self, values):
            places = ops.zeros((ops.shape(values)[0], 2), "int32")
            return window_histograms(values, places, places, 3)

    model = keras.Sequential([keras.Input((5, 6)), Count()])
    found = model.predict(np.zeros((3, 5, 6), "float32"), verbose=0)
    np.testing.assert_array_equal(found, np.broadcast_to(one_bin(0), (3, 2, BINS)))
