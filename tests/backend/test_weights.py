"""Weights of networks with a Normalization inside, which set_weights alone does not put to work."""

import keras
import numpy as np
import pytest

from colorkit.backend.precision import with_precision
from colorkit.backend.weights import copy_weights


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
