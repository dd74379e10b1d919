"""Notices that a model's weights have changed, without reading them."""

import keras
import numpy as np

from colorkit.backend.hardware import device_kind


class WeightWatch:
    """Remembers where a model's weights lie in memory.

    Weights that change lie elsewhere: TensorFlow does not write to the memory of a variable while
    somebody holds what was read from it. So what was read is held here, which costs no memory
    until the weights change.

    Args:
        model: `keras.Model` on TensorFlow's CPU.

    Raises:
        ValueError: If it runs elsewhere.

    Example:
        >>> watch = WeightWatch(model)
        >>> model.fit(photos)
        >>> watch.is_outdated()
        True
    """

    def __init__(self, model):
        if keras.backend.backend() != "tensorflow" or device_kind() != "cpu":
            raise ValueError(
                f"Weights can be watched on TensorFlow's CPU. "
                f"Received: {keras.backend.backend()} on {device_kind()}"
            )
        self._model = model
        self._held = _read(model)
        self._places = _places(self._held)

    def is_outdated(self):
        """Tells whether a weight was assigned since the watch was made."""
        return _places(_read(self._model)) != self._places


def _read(model):
    import tensorflow as tf

    tensors = [variable.value.read_value() for variable in model.variables]
    # NumPy has no bfloat16; seen as other numbers they lie where they were.
    return [tf.bitcast(t, "uint16") if t.dtype == "bfloat16" else t for t in tensors]


def _places(values):
    return [np.asarray(memoryview(value)).ctypes.data for value in values]
