import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.inference.tiles import OVERLAP, place_tiles


@given(
    steps=st.integers(4, 40),
    further=st.integers(0, 400),
    step=st.sampled_from([1, 4, 64]),
    axis=st.sampled_from([0, 1]),
)
def test_tiles_cover_the_view_and_overlap(steps, further, step, axis):
    length = steps * step
    shape = (length, 8) if axis == 0 else (8, length)
    padded = (length + further * step, 8) if axis == 0 else (8, length + further * step)
    tiles = place_tiles(padded, shape, axis, step)
    assert tiles.starts[0] == 0 and tiles.starts[-1] + length == max(padded[axis], length)
    assert all(start % step == 0 for start in tiles.starts)
    apart = np.diff(tiles.starts)
    assert np.all(apart > 0) and np.all(apart <= (1 - OVERLAP) * length)
    assert len(tiles.starts) == 1 + -(-further // (3 * steps // 4)), "as few as can be"


@pytest.mark.parametrize("axis", [0, 1])
@settings(deadline=None, max_examples=20)
@given(further=st.integers(0, 40), stride=st.sampled_from([1, 4]), seed=st.integers(0, 9))
def test_what_all_tiles_agree_on_comes_back(axis, further, stride, seed):
    padded = [32, 32]
    padded[axis] += 8 * further
    tiles = place_tiles(padded, (32, 32), axis, 8)
    view = np.random.default_rng(seed).normal(size=(*padded, 2)).astype("float32")
    colors = [tile[::stride, ::stride] for tile in tiles.cut(view)]
    assert all(tile.shape == (32, 32, 2) for tile in tiles.cut(view))
    np.testing.assert_allclose(tiles.blend(colors, stride), view[::stride, ::stride], atol=1e-5)


@pytest.mark.parametrize("axis", [0, 1])
def test_tiles_that_disagree_fade_into_each_other(axis):
    """Two plain colours, 100 apart: no step is above what a cubic fade over the overlap has."""
    padded, shape = [64, 64], [64, 64]
    padded[axis] = 112
    tiles = place_tiles(padded, shape, axis, 16)
    assert tiles.starts == (0, 48)
    colors = [np.full((64, 64, 2), value, "float32") for value in (0, 100)]
    line = np.moveaxis(tiles.blend(colors, 1), axis, 0)[:, 5, 0]
    np.testing.assert_allclose(line[:48], 0, atol=1e-4)
    np.testing.assert_allclose(line[64:], 100, atol=1e-4)
    steps = np.diff(line)
    assert steps.min() >= 0 and steps.max() < 1.5 * 100 / (112 - 64 - 48 + 16) + 0.5
