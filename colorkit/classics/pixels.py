"""Pictures as floats of three channels, and back."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.inference.pictures import check_picture


def unit_rgb(image: ArrayLike) -> tuple[NDArray[np.float64], np.dtype[Any]]:
    """Converts a picture, gray or coloured, to sRGB in [0, 1].

    Args:
        image: Picture as `colorkit.Colorizer.colorize` takes it.

    Returns:
        Tuple of a float64 array of shape `(H, W, 3)` and the dtype of `image`.

    Raises:
        ValueError: If `image` is not such an array.
    """
    pixels = check_picture(image)
    dtype = pixels.dtype.newbyteorder("=")
    unit = pixels / (np.iinfo(dtype).max if dtype.kind == "u" else 1.0)
    if unit.ndim == 2:
        unit = unit[..., None]
    return np.broadcast_to(unit, (*unit.shape[:2], 3)).astype("float64"), dtype


def pixels_of(rgb: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Converts sRGB in [0, 1], clipped, to pixels of a dtype: the reverse of `unit_rgb`."""
    rgb = rgb.clip(0.0, 1.0)
    if dtype.kind == "u":
        return np.rint(rgb * np.iinfo(dtype).max).astype(dtype)
    return rgb.astype(dtype)
