"""Weights copied, also of a Normalization, which set_weights does not put to work; their hash."""

import types

import keras
import numpy as np
import pytest

from colorkit.backend.precision import with_precision
from colorkit.backend.weights import copy_weights, hash_weights


def normalizing_model(mean=0.0, variance=1.0):
    picture = keras.Input((4, 4, 1))
    inner = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Normalization()])
    inner.layers[0].adapt_mean.assign([mean])
    inner.layers[0].adapt_variance.assign([variance])
    inner.layers[0].finalize_state()
    return keras.Model(picture, keras.layers.Conv2D(1, 1)(inner(picture)))


@pytest.fixture
def model():
    return normalizing_model(mean=3.0, variance=4.0)


@pytest.fixture
def picture():
    return np.random.default_rng(0).normal(size=(1, 4, 4, 1)).astype("float32")


def test_a_copy_says_the_same(model, picture):
    copy = normalizing_model()
    copy_weights(model, copy)
    np.testing.assert_allclose(copy(picture), model(picture), rtol=1e-6)
    kernel, bias = (np.asarray(weight).ravel()[0] for weight in model.layers[-1].weights)
    np.testing.assert_allclose(copy(picture), (picture - 3) / 2 * kernel + bias, atol=1e-5)


def test_a_rebuilt_model_says_the_same(model, picture):
    rebuilt = with_precision(model, "mixed_bfloat16")
    np.testing.assert_allclose(rebuilt(picture), model(picture), atol=0.05)


def test_the_hash_of_weights_changes_with_values_dtype_and_shape():
    def model(values, dtype="float32"):
        return types.SimpleNamespace(get_weights=lambda: [np.array(values, dtype)])

    one = hash_weights(model([1.0, 2.0]))
    assert len(one) == 64 and one == hash_weights(model([1.0, 2.0]))
    others = [model([1.0, np.nextafter(np.float32(2), 3)]), model([[1.0, 2.0]])]
    others += [model(np.float32([1.0, 2.0]).view("int32"), "int32")]
    assert len({one, *map(hash_weights, others)}) == 4
