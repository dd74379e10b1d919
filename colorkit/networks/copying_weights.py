"""Gives a model the weights of another."""

import keras


def copy_weights(source, target):
    """Gives a model the weights of one with the same layers.

    Keras' `set_weights` leaves `Normalization` (in EfficientNet) at work with the mean and variance
    that it was built with; here they are the copied ones.

    Args:
        source: `keras.Model`.
        target: `keras.Model` with weights of the same shapes.
    """
    target.set_weights(source.get_weights())
    for layer in _layers_of(target):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _layers_of(model):
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers_of(layer)
