"""Copies and hashes the weights of models; walks through their layers."""

import hashlib
from collections.abc import Iterator

import keras
import numpy as np


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Copies the weights of a model to one with the same layers.

    After Keras' `set_weights`, `Normalization` (in EfficientNet) still uses the mean and variance
    that it was built with; here it uses the copied ones.

    Args:
        source: `keras.Model`.
        target: `keras.Model` with weights of the same shapes.
    """
    target.set_weights(source.get_weights())
    for layer in layers_of(target):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def hash_weights(model: keras.Model) -> str:
    """Computes a SHA-256 that changes with any weight of a model, its dtype or its shape.

    Args:
        model: `keras.Model`.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(f"{weight.dtype}{weight.shape}".encode())
        digest.update(np.asarray(weight).tobytes())
    return digest.hexdigest()


def layers_of(model: keras.Model) -> Iterator[keras.Layer]:
    """Yields the layers of a model, each followed by those nested in it.

    Args:
        model: `keras.Model`.
    """
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
