"""Freezes a model's weights to constants for fast inference with TensorFlow."""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.backend.hardware import device_kind
from colorkit.typing import Tensor


def freeze(model: keras.Model, image_size: tuple[int, int] | None = None) -> Callable[..., Any]:
    """Makes a TensorFlow function of a model, with its current weights as constants.

    Operations on weights alone, such as casting float32 weights under mixed bfloat16, run once.
    One function serves all sizes.

    Args:
        model: `keras.Model` on TensorFlow, from float32 `(B, H, W, C)`, one or several such, to
            one tensor or several.
        image_size: `(H, W)` if the model has a fixed input size.

    Returns:
        A function from a float32 array for each input to a NumPy array, or to a list of them, which
        any number of threads may call.

    Raises:
        TypeError, ValueError: If the model cannot be traced for pictures of unknown size.
    """
    import tensorflow as tf

    weights = [np.asarray(variable) for variable in model.variables]

    def predict(*batches: Tensor) -> Tensor:
        constants = [tf.constant(weight) for weight in weights]
        with keras.StatelessScope(list(zip(model.variables, constants, strict=True))):
            return model(batches[0] if len(batches) == 1 else list(batches), training=False)

    size = image_size or (None, None)
    specs = [tf.TensorSpec((None, *size, each.shape[-1]), "float32") for each in model.inputs]
    frozen = tf.function(predict, input_signature=specs, autograph=False).get_concrete_function()

    def run(*batches: NDArray[np.float32]) -> Any:
        return keras.tree.map_structure(np.asarray, frozen(*map(tf.constant, batches)))

    return run


class WeightWatch:
    """Detects changes of a model's weights by their memory addresses.

    TensorFlow does not write to a variable's memory while a reference to its value exists, so that
    changed weights have new addresses. The references held here cost no memory until then.

    Args:
        model: `keras.Model` on TensorFlow's CPU.

    Raises:
        ValueError: If it runs elsewhere.

    Example:
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        >>> watch = WeightWatch(model)
        >>> model.set_weights([weights + 1 for weights in model.get_weights()])
        >>> watch.is_outdated()
        True
    """

    def __init__(self, model: keras.Model) -> None:
        if keras.backend.backend() != "tensorflow" or device_kind() != "cpu":
            raise ValueError(
                f"Weights can be watched on TensorFlow's CPU. "
                f"Received: {keras.backend.backend()} on {device_kind()}"
            )
        self._model = model
        self._held = _read(model)
        self._addresses = _addresses(self._held)

    def is_outdated(self) -> bool:
        """Returns whether a weight was assigned since the watch was made."""
        return _addresses(_read(self._model)) != self._addresses


def _read(model: keras.Model) -> list[Tensor]:
    import tensorflow as tf

    variables = [variable.value for variable in model.variables]
    # `Variable.read_value` does the same in four times the time, at every batch of pictures.
    tensors = [tf.raw_ops.ReadVariableOp(resource=v.handle, dtype=v.dtype) for v in variables]
    # NumPy has no bfloat16; a view of another dtype has the same address.
    return [tf.bitcast(t, "uint16") if t.dtype == "bfloat16" else t for t in tensors]


def _addresses(values: Iterable[Tensor]) -> list[int]:
    return [np.asarray(memoryview(value)).ctypes.data for value in values]
