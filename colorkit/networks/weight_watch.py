"""Notices that a model's weights have changed, without reading them."""

import keras
import numpy as np

from colorkit.devices.hardware import device_kind


class WeightWatch:
    """Remembers where a model's weights lie in memory.

    Weights that change lie elsewhere: TensorFlow does not write to the memory of a variable while
    somebody holds what was read from it, and JAX never writes to an array. So what was read is
    held here, which costs no memory until the weights change.

    Args:
        model: `keras.Model` on TensorFlow's CPU or on JAX.

    Raises:
        ValueError: If it runs elsewhere.

    Example:
        >>> watch = WeightWatch(model)
        >>> model.fit(photos)
        >>> watch.is_outdated()
        True
    """

    def __init__(self, model):
        if keras.backend.backend() != "jax" and not _is_tensorflow_on_cpu():
            raise ValueError(
                f"Weights can be watched on JAX or on TensorFlow's CPU. "
                f"Received: {keras.backend.backend()} on {device_kind()}"
            )
        self._model = model
        self._held = _read(model)
        self._places = _places(self._held)

    def is_outdated(self):
        """Tells whether a weight was assigned since the watch was made."""
        return _places(_read(self._model)) != self._places


def _is_tensorflow_on_cpu():
    return keras.backend.backend() == "tensorflow" and device_kind() == "cpu"


def _read(model):
    values = [variable.value for variable in model.variables]
    if keras.backend.backend() == "jax":
        return values
    import tensorflow as tf

    tensors = [value.read_value() for value in values]
    # NumPy has no bfloat16; seen as other numbers they lie where they were.
    return [tf.bitcast(t, "uint16") if t.dtype == "bfloat16" else t for t in tensors]


def _places(values):
    if keras.backend.backend() == "jax":
        return list(map(id, values))
    return [np.asarray(memoryview(value)).ctypes.data for value in values]
