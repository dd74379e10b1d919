"""Gives a model the weights of another; walks through its layers."""

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
    for layer in layers_of(target):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def layers_of(model):
    """Yields the layers of a model, those of models within it after each.

    Args:
        model: `keras.Model`.
    """
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
