"""Colour brought to the hints where they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.inference.hint_snapping import SIGMA, snap_hints


def colors(height=12, width=16):
    return np.random.default_rng(0).normal(0, 20, (2, height, width, 2)).astype("float32")


def hints_at(ab, stride, *places):
    hints = np.zeros((len(ab), stride * ab.shape[1], stride * ab.shape[2], 3), "float32")
    for row, column, a, b in places:
        hints[0, row, column] = (a / 128, b / 128, 1)
    return hints


@settings(deadline=None)
@given(st.integers(0, 47), st.integers(0, 63), st.floats(-80, 80), st.floats(-80, 80))
def test_a_cell_takes_its_hint_and_the_rest_fades(row, column, a, b):
    ab = colors()
    settled = snap_hints(ab, hints_at(ab, 4, (row, column, a, b)))
    assert settled.dtype == np.float32
    place = row // 4, column // 4
    np.testing.assert_allclose(settled[0][place], (a, b), atol=1e-2)
    np.testing.assert_array_equal(settled[1], ab[1])
    lack = (a, b) - ab[0][place]
    rows, columns = np.indices(ab.shape[1:3])
    distance = np.hypot(rows - place[0], columns - place[1])
    inner = (slice(5, 7), slice(5, 11))
    if 5 <= place[0] < 7 and 5 <= place[1] < 11:  # Away from the mirrored edges
        expected = np.exp(-(distance**2) / (2 * SIGMA**2))[..., None] * lack
        np.testing.assert_allclose((settled - ab)[0][inner], expected[inner], atol=0.1)
    far = distance > 4 * SIGMA * 2**0.5 + 1
    np.testing.assert_array_equal(settled[0][far], ab[0][far])


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_a_cell_takes_the_mean_of_its_hints(stride):
    ab = colors()
    places = [(5 * stride, 8 * stride, 40.0, -10.0)]
    if stride > 1:
        places.append((5 * stride + 1, 8 * stride, 20.0, 30.0))
    settled = snap_hints(ab, hints_at(ab, stride, *places))
    expected = np.mean([place[2:] for place in places], axis=0)
    np.testing.assert_allclose(settled[0, 5, 8], expected, atol=1e-2)


def test_no_hints_change_nothing():
    np.testing.assert_array_equal(snap_hints(colors(), hints_at(colors(), 4)), colors())
