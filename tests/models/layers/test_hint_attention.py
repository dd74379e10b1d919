"""Attention to hints, against its formula cell by cell."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.models.layers.hint_attention import HintAttention

pytestmark = pytest.mark.any_backend
RED, BLUE = (1.5, 1.0), (0.2, -1.5)


def hints_at(size, places, batch=1):
    """Pooled hints: `places` gives the colour of each (photograph, row, column)."""
    hints = np.zeros((batch, *size, 3), "float32")
    for place, color in places.items():
        hints[place] = (*color, 1)
    return hints


def attend(layer, hints, *features):
    return keras.ops.convert_to_numpy(layer([hints, *features]))


def two_things(size=(6, 8)):
    """Features of a picture whose left half shows one thing and whose right half another."""
    features = np.zeros((1, *size, 4), "float32")
    features[..., : size[1] // 2, 0] = 3
    features[..., size[1] // 2 :, 1] = 2
    return features


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 4), st.integers(0, 99))
@settings(deadline=None, max_examples=15)
def test_it_is_a_softmax_over_the_hints_and_none(height, width, number, seed):
    random = np.random.default_rng(seed)
    maps = [random.normal(size=(2, height, width, n)).astype("float32") for n in (3, 5)]
    cells = random.integers(0, (2, height, width), (number, 3))
    hints = hints_at((height, width), {tuple(cell): random.normal(size=2) for cell in cells}, 2)
    layer = HintAttention(4)
    found = attend(layer, hints, *maps)
    kernel, sharpness, distance, no_hint = layer.get_weights()

    for photo in range(2):
        looks = []
        for each in maps:
            centred = each[photo] - each[photo].mean((0, 1))
            looks.append(centred / np.sqrt((centred**2).sum(-1, keepdims=True) + 1e-6))
        looks = np.concatenate(looks, -1) @ kernel
        looks /= np.sqrt((looks**2).sum(-1, keepdims=True) + 1e-6)
        for row, column in np.ndindex(height, width):
            total, color = np.exp(no_hint), np.zeros(2)
            for other in zip(*np.nonzero(hints[photo, ..., 2]), strict=True):
                far = ((row - other[0]) ** 2 + (column - other[1]) ** 2) / 256
                cosine = looks[row, column] @ looks[other]
                weight = np.exp(sharpness * cosine - distance * far)
                total, color = total + weight, color + weight * hints[photo][other][:2]
            expected = [*(color / total), 1 - np.exp(no_hint) / total]
            np.testing.assert_allclose(found[photo, row, column], expected, atol=1e-4)


def test_a_hint_colours_what_looks_like_its_cell_and_nothing_else():
    keras.utils.set_random_seed(0)
    found = attend(HintAttention(16), hints_at((6, 8), {(0, 2, 1): RED}), two_things())[0]
    assert (found[:, :4, 2] > 0.98).all() and (found[:, 4:, 2] < 0.01).all()
    np.testing.assert_allclose(found[:, :4, :2], np.broadcast_to(RED, (6, 4, 2)), atol=0.04)


def test_hints_on_one_thing_agree_by_distance():
    """The nearer of two hints on one thing counts for more."""
    hints = hints_at((6, 64), {(0, 2, 1): RED, (0, 2, 30): BLUE})
    found = attend(HintAttention(16), hints, two_things((6, 64)))[0, 2]
    assert found[1, 1] > 0.7 * RED[1] and found[30, 1] < 0.7 * BLUE[1]
    assert (np.diff(found[1:31, 1]) < 0).all()


def test_large_features_do_not_overflow():
    features = 1e4 * two_things()
    found = attend(HintAttention(16), hints_at((6, 8), {(0, 2, 1): RED}), features)
    assert np.isfinite(found).all()


def test_it_works_in_float32_under_any_policy(mixed_bfloat16):
    layer = HintAttention(4)
    hints = hints_at((6, 8), {(0, 2, 1): (0.123456, 0.1)})
    assert attend(layer, hints, two_things()).dtype == np.float32
    assert layer.kernel.dtype == "float32"
