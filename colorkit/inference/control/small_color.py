"""The colour of small copies of pictures."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.inference.chroma_upsampling import resample


def small_ab(pixels: NDArray[Any], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Resizes a colour picture and returns its CIE a and b.

    Args:
        pixels: Array of shape `(H, W, 3)` in sRGB: uint8, uint16, or float in [0, 1].
        size: `(h, w)` wanted.

    Returns:
        float32 array of shape `(h, w, 2)`.
    """
    full = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    planes = [np.asarray(pixels[..., n] / full, "float32") for n in range(3)]
    channels = [resample(plane, size) for plane in planes]
    rgb = np.ascontiguousarray(np.stack(channels, -1).clip(0, 1))
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)[..., 1:]


def cell_means(values: NDArray[np.float32], cell: int) -> NDArray[np.float32]:
    """Returns the mean of each whole cell.

    Args:
        values: float32 array of shape `(h, w, channels)`.
        cell: Int, pixels on a cell's side.

    Returns:
        float32 array of shape `(h // cell, w // cell, channels)`.
    """
    rows, columns = (side // cell for side in values.shape[:2])
    whole = values[: rows * cell, : columns * cell]
    return whole.reshape(rows, cell, columns, cell, -1).mean((1, 3))
