"""Hints sampled from photographs, against NumPy, pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from colorkit.data.augmentation.hint_sampling import (
    LARGEST_PATCH,
    MANY_SHARE,
    WHOLE_SHARE,
    count_uniforms,
    sample_hints,
)

pytestmark = pytest.mark.any_backend

WHOLE, MANY, FEW = 0.0, WHOLE_SHARE + 0.01, 0.99


def sampled_hints(ab, uniforms):
    return ops.convert_to_numpy(sample_hints(ab.astype("float32"), uniforms.astype("float32")))


def draw(photos, points, kind=None, seed=0):
    uniforms = np.random.default_rng(seed).random((photos, count_uniforms(points)))
    if kind is not None:
        uniforms[:, 0] = kind
    return uniforms


def patches_of(uniforms, height, width):
    """Each point's rows and columns, by Zhang et al.'s words and one number after the other."""
    kind, count, *points = uniforms
    points = np.array(points).reshape(-1, 3)
    if kind < WHOLE_SHARE + MANY_SHARE:
        number = int(np.exp(count * np.log(len(points) + 1)))
    else:
        number = 1 + int(np.log(1 - count) / np.log(1 - 1 / 8))
    for size, first, second in points[:number]:
        side = 1 + int(9 * size)
        places = first, second
        if kind >= WHOLE_SHARE + MANY_SHARE:
            radius = np.sqrt(-2 * np.log(1 - first))
            angle = 2 * np.pi * second
            places = (
                0.5 + 0.25 * radius * np.cos(angle),
                0.5 + 0.25 * radius * np.sin(angle),
            )
        yield tuple(
            slice(start, start + side)
            for start in (
                int(np.clip(np.floor(place * (length - side + 1)), 0, length - side))
                for place, length in zip(places, (height, width), strict=True)
            )
        )


@settings(deadline=None, max_examples=15)
@given(
    seed=st.integers(0, 2**20),
    height=st.integers(9, 40),
    width=st.integers(9, 40),
    kind=st.sampled_from([FEW, MANY]),
)
def test_patches_show_their_mean_colour(seed, height, width, kind):
    uniforms = draw(3, 12, kind, seed).astype("float32")
    ab = np.random.default_rng(seed).normal(0, 0.2, (3, height, width, 2))
    hints = sampled_hints(ab, uniforms)
    for photo, row, found in zip(ab, uniforms.astype("float64"), hints, strict=True):
        total, number = np.zeros((height, width, 2)), np.zeros((height, width, 1))
        for patch in patches_of(row, height, width):
            total[patch] += photo[patch].mean((0, 1))
            number[patch] += 1
        np.testing.assert_array_equal(found[..., 2:], number > 0)
        np.testing.assert_allclose(found[..., :2], total / np.maximum(number, 1), atol=1e-4)


def test_one_in_a_hundred_is_given_whole():
    ab = np.random.default_rng(0).normal(0, 0.2, (2, 16, 16, 2)).astype("float32")
    uniforms = draw(2, 3, FEW)
    uniforms[1, 0] = WHOLE
    hints = sampled_hints(ab, uniforms)
    np.testing.assert_array_equal(hints[1, ..., :2], ab[1])
    assert (hints[1, ..., 2] == 1).all() and (hints[0, ..., 2] == 0).any()


def counts_of(kind, points, photos=4000):
    """Numbers of points, told by single pixels of a photograph too large for them to meet."""
    uniforms = draw(photos, points, kind)
    return np.array([len(list(patches_of(row, 64, 64))) for row in uniforms]), uniforms


def test_points_are_as_many_as_by_a_geometric_distribution():
    counts, _ = counts_of(FEW, 100)
    expected = np.random.default_rng(1).geometric(1 / 8, 100_000)
    for quantile in (0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
        assert abs(np.quantile(counts, quantile) - np.quantile(expected, quantile)) <= 2
    assert counts.min() == 1 and abs((counts == 1).mean() - 1 / 8) < 0.02


def test_many_points_are_any_number_by_its_logarithm():
    counts, _ = counts_of(MANY, 100)
    assert counts.min() == 1 and counts.max() == 100
    for less in (2, 5, 10, 50):
        assert (counts < less).mean() == pytest.approx(np.log(less) / np.log(101), abs=0.03)


def test_places_are_gaussian_about_the_middle_and_sizes_uniform():
    """Of the first patch of photographs that have one alone."""
    ab = np.zeros((3000, 64, 48, 2), "float32")
    uniforms = draw(len(ab), 1, FEW)
    uniforms[:, 1] = 0.1  # one point
    mask = sampled_hints(ab, uniforms)[..., 2]
    rows, columns = mask.max(2), mask.max(1)
    sizes = rows.sum(1)
    np.testing.assert_array_equal(sizes, columns.sum(1))
    assert set(sizes) == set(range(1, LARGEST_PATCH + 1))
    assert np.abs(np.bincount(sizes.astype(int))[1:] / len(ab) - 1 / 9).max() < 0.03
    random = np.random.default_rng(1)
    for pixels, length in ((rows, 64), (columns, 48)):
        start = pixels.argmax(1) / (length - sizes)
        expected = np.clip(random.normal(0.5, 0.25, 100_000), 0, 1)
        for quantile in (0.1, 0.25, 0.5, 0.75, 0.9):
            assert abs(np.quantile(start, quantile) - np.quantile(expected, quantile)) < 0.04
