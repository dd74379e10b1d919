"""Squares of photographs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.choices import FITS
from colorkit.data.resize_square import resize_to_square

SIDES = st.integers(1, 90)


@given(SIDES, SIDES, st.integers(1, 70), st.sampled_from(FITS))
@settings(deadline=None, max_examples=200)
def test_any_photograph_becomes_a_square_of_its_colour(height, width, size, fit):
    flat = np.broadcast_to(np.array([200, 30, 90], np.uint8), (height, width, 3))
    squared = resize_to_square(flat, size, fit)
    assert squared.shape == (size, size, 3) and squared.dtype == np.uint8
    filled = (squared == [200, 30, 90]).all(axis=-1)
    if fit != "pad":
        assert filled.all()
        return
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    content = (len(rows), len(columns))
    assert filled[np.ix_(rows, columns)].all() and not squared[~filled].any()
    scale = size / max(height, width)
    assert content == (max(1, round(height * scale)), max(1, round(width * scale)))
    for places, length in ((rows, content[0]), (columns, content[1])):
        assert abs(places[0] - (size - length) / 2) <= 0.5, "in the middle"


def test_crop_takes_the_middle_and_squash_everything():
    photo = np.zeros((40, 120, 3), np.uint8)
    photo[:, :40], photo[:, 40:80], photo[:, 80:] = [255, 0, 0], [0, 255, 0], [0, 0, 255]
    assert (resize_to_square(photo, 40, "crop") == [0, 255, 0]).all()
    squashed = resize_to_square(photo, 30, "squash")
    assert (squashed[15, [4, 15, 25]] == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]).all()
    padded = resize_to_square(photo, 30, "pad")
    assert (padded[15, [4, 15, 25]] == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]).all()
    assert not padded[:10].any() and not padded[20:].any()


def test_shrinking_takes_the_mean_of_what_falls_into_a_pixel():
    photo = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    means = photo.reshape(8, 4, 8, 4, 3).mean(axis=(1, 3))
    assert np.abs(resize_to_square(photo, 8) - means).max() <= 0.5


def test_an_unknown_fit_is_an_error():
    with pytest.raises(ValueError, match="must be one of crop, squash, pad. Received: 'stretch'"):
        resize_to_square(np.zeros((2, 2, 3), np.uint8), 2, "stretch")
