"""Crops against what is known of the photographs they are cut from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.data.crops import center_crop, random_crop, shrink, side_needed


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40), st.integers(0, 99))
@settings(deadline=None)
def test_crops_have_their_size_whatever_the_photograph(height, width, size, seed):
    photo = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for crop in (random_crop(photo, size, np.random.default_rng(seed)), center_crop(photo, size)):
        assert crop.shape == (size, size, 3) and crop.dtype == np.uint8


def test_crops_keep_the_aspect_and_show_parts_of_the_photograph():
    row, column = np.mgrid[:200, :300]
    photo = np.dstack([row, column / 2, 0 * row]).astype(np.uint8)
    for seed in range(20):
        crop = random_crop(photo, 50, np.random.default_rng(seed)).astype(float)
        down = np.mean(np.diff(crop[..., 0], axis=0))
        across = 2 * np.mean(np.diff(crop[..., 1], axis=1))
        assert abs(across) == pytest.approx(down, rel=0.05)
        assert 200 / 75 * 0.95 < down < 200 / 50 * 1.05


def test_half_of_the_crops_are_mirrored():
    photo = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (64, 64, 3))
    random = np.random.default_rng(0)
    crops = [random_crop(photo, 16, random) for _ in range(200)]
    assert 70 < sum(int(crop[0, 0, 0]) > int(crop[0, -1, 0]) for crop in crops) < 130


def test_center_crop_is_the_middle():
    photo = np.zeros((30, 50, 3), np.uint8)
    photo[:, 10:40] = 255
    assert (center_crop(photo, 30) == 255).all()


def test_a_crop_of_its_own_size_is_cut_out_exactly():
    photo = np.random.default_rng(0).integers(0, 256, (30, 30, 3), dtype=np.uint8)
    places = {photo[r : r + 20, c : c + 20].tobytes() for r in range(11) for c in range(11)}
    places |= {
        photo[r : r + 20, c : c + 20][:, ::-1].tobytes() for r in range(11) for c in range(11)
    }
    random = np.random.default_rng(0)
    crops = [random_crop(photo, 20, random) for _ in range(300)]
    assert sum(crop.tobytes() in places for crop in crops) > 5
    assert len({crop.tobytes() for crop in crops}) > 200


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40))
@settings(deadline=None)
def test_shrunk_photographs_keep_their_aspect(height, width, shorter_side):
    photo = np.zeros((height, width, 3), np.uint8)
    found = shrink(photo, shorter_side).shape[:2]
    assert min(found) == min(height, width, shorter_side)
    assert max(found) == pytest.approx(
        max(height, width) * min(found) / min(height, width), abs=0.51
    )


def test_the_side_needed_is_that_of_the_widest_crop():
    assert [side_needed(size) for size in (1, 2, 256)] == [2, 3, 384]
