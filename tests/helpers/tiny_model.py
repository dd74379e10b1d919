"""A model small enough to be trained in a test, with dropout and normalisation."""

import contextlib
import types

import keras
import pytest

from colorkit.models import registry
from colorkit.models.layers.common import ScaleLightness

RECIPE = {
    "name": "tiny",
    "model": "tiny",
    "loss": "ChromaMSE",
    "image_size": 32,
    "batch_size": 4,
    "epochs": 2,
    "steps_per_epoch": 3,
    "learning_rate": 0.01,
}
"""Fields of a recipe that trains it."""


def build_tiny_model(image_size=32, weights=None, name="tiny"):
    """Builds a model from L to ab / 128."""
    inputs = keras.Input((image_size, image_size, 1))
    x = keras.layers.Rescaling(1.0, -1)(ScaleLightness(1 / 50)(inputs))
    x = keras.layers.Conv2D(8, 3, padding="same")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.5)(keras.layers.ReLU()(x))
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", dtype="float32")(x)
    model = keras.Model(inputs, x, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


def register():
    """Lets recipes name it."""
    entry = types.SimpleNamespace(builder=build_tiny_model, any_size=False)
    registry.MODELS = {**registry.MODELS, "tiny": entry}


@contextlib.contextmanager
def registered():
    """Lets recipes name it for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "MODELS", registry.MODELS)
        register()
        yield
