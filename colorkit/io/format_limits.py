"""Converts pixels that a file format cannot hold."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from colorkit.io.photo import Photo, PhotoWarning, Pixels
from colorkit.typing import StrPath

DEEP_FORMATS = ("PNG", "TIFF")
ALPHA_FORMATS = ("PNG", "TIFF", "WEBP", "AVIF", "JPEG2000")

_PIXELS_PER_BAND = 1 << 20


def fit_to_format(photo: Photo, file_format: str, name: StrPath) -> tuple[Pixels, Pixels | None]:
    """Makes the pixels of a photograph fit a file format.

    Args:
        photo: `Photo`.
        file_format: Format of the file, see `find_format`.
        name: What to call the file in warnings.

    Returns:
        Pixels and alpha (or `None`) as in `Photo`: the given arrays where they fit, otherwise
        rounded to 8 bits, and composited on white where the format has no alpha.

    Warns:
        PhotoWarning: that says what was lost.
    """
    pixels, alpha = photo.pixels, photo.alpha
    if alpha is not None and file_format not in ALPHA_FORMATS:
        warnings.warn(
            f"{name}: transparency is laid on white, since {file_format} has none. "
            "Write a PNG, TIFF or WebP to keep it.",
            PhotoWarning,
            stacklevel=4,
        )
        pixels, alpha = composite_on_white(pixels, alpha), None
    if pixels.dtype == np.uint16 and file_format not in DEEP_FORMATS:
        warnings.warn(
            f"{name}: 16-bit values are rounded to 8 bits, since {file_format} has no more. "
            "Write a PNG or TIFF to keep them.",
            PhotoWarning,
            stacklevel=4,
        )
        pixels = round_to_8_bits(pixels)
        alpha = None if alpha is None else round_to_8_bits(alpha)
    return pixels, alpha


def composite_on_white(pixels: Pixels, alpha: Pixels) -> Pixels:
    """Composites transparent pixels on white.

    Args:
        pixels, alpha: As in `Photo`.

    Returns:
        Opaque pixels, of the shape and dtype of `pixels`.
    """
    return _map_bands(_composite_on_white, pixels.dtype, pixels, alpha)


def round_to_8_bits(pixels: Pixels) -> Pixels:
    """Rounds uint16 values, 0..65535, to uint8, 0..255."""
    return _map_bands(_round_to_8_bits, np.uint8, pixels)


def _map_bands(
    function: Callable[..., NDArray[Any]], dtype: DTypeLike, pixels: Pixels, *others: Pixels
) -> Pixels:
    result = np.empty(pixels.shape, dtype)
    rows = max(1, _PIXELS_PER_BAND // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        band = slice(top, top + rows)
        result[band] = function(pixels[band], *(other[band] for other in others))
    return result


def _round_to_8_bits(band: Pixels) -> NDArray[Any]:
    return (band.astype(np.uint32) + 128) // 257


def _composite_on_white(band: Pixels, alpha: Pixels) -> NDArray[np.float64]:
    white = np.iinfo(band.dtype).max
    opacity = alpha.astype(np.float64) / white
    if band.ndim == 3:
        opacity = opacity[..., None]
    return np.rint(band * opacity + white * (1 - opacity))
