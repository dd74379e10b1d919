"""Copies and hashes the weights of models; walks through their layers."""

import hashlib

import keras
import numpy as np


def copy_weights(source, target):
    """Gives a model the weights of one with the same layers.

    Keras' `set_weights` leaves `Normalization` (in EfficientNet) at work with the mean and variance
    that it was built with; here they are the copied ones.

    Args:
        source: `keras.Model`.
        target: `keras.Model` with weights of the same shapes.
    """
    target.set_weights(source.get_weights())
    for layer in layers_of(target):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def hash_weights(model):
    """Computes a SHA-256 that changes with any weight of a model, its dtype or its shape.

    Args:
        model: `keras.Model`.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(f"{weight.dtype}{weight.shape}".encode())
        digest.update(np.ascontiguousarray(weight))
    return digest.hexdigest()


def layers_of(model):
    """Yields the layers of a model, those of models within it after each.

    Args:
        model: `keras.Model`.
    """
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
