"""Compiles elementwise operations where the training step around them is not compiled."""

from collections.abc import Callable

import keras

from colorkit.backend.hardware import device_kind
from colorkit.typing import Tensor


def compile_elementwise(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Compiles a function by XLA under TensorFlow on a CPU.

    There training steps run operation by operation, since TensorFlow's own convolutions are the
    faster ones (`backend.precision.choose_xla`); but elementwise code takes less than half
    the time compiled. On other devices and backends the step is compiled as a whole.

    Args:
        function: Function of tensors that returns tensors, without state, whose branches and loops
            depend on no tensor's value: AutoGraph, which would rewrite these, is off, since it
            makes the first call longer.

    Returns:
        A function of the same tensors.
    """
    if keras.backend.backend() != "tensorflow" or device_kind() != "cpu":
        return function
    import tensorflow as tf

    return tf.function(function, jit_compile=True, autograph=False)
