"""The gamma that a PNG file states for its pixels (PNG 1.2, 4.2.2.1; PNG 3.0, 11.3.2.6)."""

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from colorkit.io.icc import encode_srgb

_SRGB_GAMMA = 1 / 2.2
_LIKE_SRGB = 0.05  # relative difference at which sRGB's own curve is meant
_LEAST, _MOST = 0.01, 100.0  # libpng takes others for damage
_CICP = b"\0\0\0\x04cICP"  # length and name of the chunk
_LINEAR = 8  # TransferCharacteristics of ITU-T H.273

Samples = TypeVar("Samples", bound=NDArray[Any])


def apply_gamma(pixels: Samples, info: Mapping[Any, Any], data: bytes) -> Samples:
    """Brings pixels of a stated gamma to sRGB, as browsers do.

    Args:
        pixels: uint8 or uint16 array of any shape.
        info: Dict of what Pillow read of the file.
        data: The file as bytes.

    Returns:
        Array of the same shape and dtype; `pixels` themselves where the file states no gamma, one
        like sRGB's, or a colour space that outweighs it.
    """
    gamma = info.get("gamma")
    transfer = _find_transfer(data)
    if transfer is not None:  # It outweighs all others.
        gamma = 1.0 if transfer == _LINEAR else None
    elif "srgb" in info or info.get("icc_profile"):
        return pixels
    if gamma is None or not _LEAST <= gamma <= _MOST:
        return pixels
    if abs(gamma / _SRGB_GAMMA - 1) < _LIKE_SRGB:
        return pixels
    largest = np.iinfo(pixels.dtype).max
    codes = np.arange(largest + 1) / largest
    return np.rint(encode_srgb(codes ** (1 / gamma)) * largest).astype(pixels.dtype)[pixels]


def _find_transfer(data: bytes) -> int | None:
    """Reads the transfer characteristics of the chunk cICP; `None` where there is none."""
    place = data.find(_CICP, 0, data.find(b"IDAT"))
    return None if place < 0 else data[place + len(_CICP) + 1]
