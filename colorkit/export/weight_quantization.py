"""Quantizes stored weights to float16 or int8, for computation in float32."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEWEST = 1024  # smaller arrays, such as biases, stay in float32


def is_quantizable(weight: NDArray[Any]) -> bool:
    """Returns whether a weight is quantized: a large enough float array."""
    return weight.ndim > 1 and weight.size >= _FEWEST and weight.dtype == np.float32


def quantize(
    weight: NDArray[np.float32], axis: int = -1
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rounds a weight to int8, with one scale for each of its output channels.

    Args:
        weight: float32 array.
        axis: Int, the axis of the output channels.

    Returns:
        Tuple of the int8 array in [-127, 127] and the float32 scales, of a shape that broadcasts
        with it: their product is the weight, to half a scale.
    """
    others = tuple(n for n in range(weight.ndim) if n != axis % weight.ndim)
    largest = np.abs(weight).max(axis=others, keepdims=True)
    scale = np.where(largest > 0, largest / 127.0, 1.0).astype("float32")
    return np.rint(weight / scale).astype("int8"), scale
