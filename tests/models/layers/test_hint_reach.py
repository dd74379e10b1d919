"""The reach of hints, against its formula cell by cell."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.models.layers.hint_reach import BlendLogits, HintReach

pytestmark = pytest.mark.any_backend


def find_reach(hints, features):
    return keras.ops.convert_to_numpy(HintReach()([hints, features]))


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 3), st.integers(0, 99))
@settings(deadline=None, max_examples=15)
def test_it_is_the_cosine_with_the_most_similar_hint_between_two_bounds(
    height, width, number, seed
):
    random = np.random.default_rng(seed)
    features = random.normal(size=(2, height, width, 4)).astype("float32")
    hints = np.zeros((2, height, width, 3), "float32")
    for photo, row, column in random.integers(0, (2, height, width), (number, 3)):
        hints[photo, row, column] = (*random.normal(size=2), 1)
    found = find_reach(hints, features)
    assert found.shape == (2, height, width, 1)
    for photo in range(2):
        looks = features[photo] - features[photo].mean((0, 1))
        looks /= np.sqrt((looks**2).sum(-1, keepdims=True) + 1e-6)
        hinted = looks[hints[photo, ..., 2] > 0]
        for place in np.ndindex(height, width):
            nearest = max((looks[place] @ other for other in hinted), default=-1)
            expected = np.interp(nearest, [-0.3, 0.1], [0, 1])
            assert found[photo][place] == pytest.approx(expected, abs=1e-4)


def test_other_things_are_out_of_reach():
    features = np.zeros((1, 4, 6, 3), "float32")
    features[:, :, :3, 0] = features[:, :, 3:, 1] = 1
    hints = np.zeros((1, 4, 6, 3), "float32")
    hints[0, 1, 1] = (0.5, 0.5, 1)
    found = find_reach(hints, features)[0, ..., 0]
    np.testing.assert_array_equal(found, np.repeat([[1, 1, 1, 0, 0, 0]], 4, axis=0))


def test_logits_are_blended_and_left_bit_for_bit_out_of_reach():
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 1, 2, 3, 5)).astype("float32")
    weight = np.float32([[[0], [0.25], [1]], [[0], [0.5], [0]]])[None]
    found = keras.ops.convert_to_numpy(BlendLogits()([first, second, weight]))
    np.testing.assert_allclose(found, (1 - weight) * first + weight * second, atol=1e-6)
    np.testing.assert_array_equal(found[weight[..., 0] == 0], first[weight[..., 0] == 0])
