"""Resizes photographs to squares: by cropping, squashing or padding."""

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.choices import FITS
from colorkit.data.crops import center_square


def resize_to_square(rgb: NDArray[np.uint8], size: int, fit: str = "crop") -> NDArray[np.uint8]:
    """Resizes a photograph to a square.

    Args:
        rgb: uint8 array of shape `(height, width, 3)`.
        size: Side of the square, in pixels.
        fit: `"crop"` (keeps the aspect ratio, centre-crops the longer side), `"squash"` (changes
            the aspect ratio) or `"pad"` (keeps the aspect ratio, pads with black).

    Returns:
        uint8 array of shape `(size, size, 3)`.

    Raises:
        ValueError: If `fit` is unknown.

    Example:
        >>> resize_to_square(np.zeros((300, 400, 3), "uint8"), 256, "pad").shape
        (256, 256, 3)
    """
    if fit not in FITS:
        raise ValueError(f"`fit` must be one of {', '.join(FITS)}. Received: {fit!r}")
    height, width = rgb.shape[:2]
    if fit == "squash":
        return _resize(rgb, size, size)
    if fit == "crop":
        return _resize(center_square(rgb), size, size)
    scale = size / max(height, width)
    content = _resize(rgb, max(1, round(height * scale)), max(1, round(width * scale)))
    top, left = (size - content.shape[0]) // 2, (size - content.shape[1]) // 2
    padded = np.zeros((size, size, 3), np.uint8)
    padded[top : top + content.shape[0], left : left + content.shape[1]] = content
    return padded


def _resize(rgb: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    # Chooses the interpolation by area, `crops.resize` by height: kept for existing data sets.
    shrinks = height * width < rgb.shape[0] * rgb.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(rgb, (width, height), interpolation=method)
