"""The gamma that a PNG file states for its pixels (PNG 1.2, 4.2.2.1)."""

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from colorkit.io.icc import encode_srgb

_SRGB_GAMMA = 1 / 2.2
_LIKE_SRGB = 0.05  # relative difference at which sRGB's own curve is meant


Samples = TypeVar("Samples", bound=NDArray[Any])


def apply_gamma(pixels: Samples, info: Mapping[Any, Any]) -> Samples:
    """Brings pixels of a stated gamma to sRGB, as browsers do.

    Args:
        pixels: uint8 or uint16 array of any shape.
        info: Dict of what Pillow read of the file.

    Returns:
        Array of the same shape and dtype; `pixels` themselves where the file states no gamma, one
        like sRGB's, or a colour space that outweighs it.
    """
    gamma = info.get("gamma")
    if not gamma or gamma < 0 or "srgb" in info or info.get("icc_profile"):
        return pixels
    if abs(gamma / _SRGB_GAMMA - 1) < _LIKE_SRGB:
        return pixels
    largest = np.iinfo(pixels.dtype).max
    codes = np.arange(largest + 1) / largest
    return np.rint(encode_srgb(codes ** (1 / gamma)) * largest).astype(pixels.dtype)[pixels]
