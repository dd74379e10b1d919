"""Quantizes stored weights to float16 or int8, for computation in float32."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEWEST = 1024
"""Smaller arrays, such as biases, stay in float32."""

_FEWEST_INT8 = 65_536
"""Smaller arrays, such as depthwise kernels and those near the picture, have float16 in place of
int8: their rounding shows more than their size is worth."""


def storage_dtype(weight: NDArray[Any], dtype: str) -> str:
    """Returns the dtype in which a weight is stored, in an export with weights of `dtype`.

    Args:
        weight: Array of a weight's values.
        dtype: "float32", "float16" or "int8".

    Returns:
        "float16" or "int8", or the weight's own dtype if it is not float32 or small.
    """
    if dtype == "float32" or weight.dtype != np.float32 or weight.ndim < 2 or weight.size < _FEWEST:
        return str(weight.dtype)
    return dtype if weight.size >= _FEWEST_INT8 else "float16"


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
