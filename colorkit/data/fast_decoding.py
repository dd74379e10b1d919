"""Decodes photographs for training: plain JPEGs fast, at reduced size where possible.

A JPEG without a colour profile is decoded by OpenCV, and where it is at least twice as large as
needed, by libjpeg at 1/2, 1/4 or 1/8 of its size. All other and damaged files are read by
`colorkit.io.read`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.io.bounds import check_scans
from colorkit.io.read import MAX_PIXELS, decode_photo

if TYPE_CHECKING:
    from colorkit.io.photo import Pixels

_REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    1: cv2.IMREAD_COLOR,
}
# ITU-T T.81, table B.1: start of image, end of image, start of scan, the frames of Huffman coding.
_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
_FRAMES = (0xC0, 0xC1, 0xC2)
_PROFILE = b"ICC_PROFILE\0"  # ICC.1:2022, B.4


def decode_rgb(data: bytes, name: str, shorter_side: int | None = None) -> NDArray[np.uint8]:
    """Decodes one photograph to 8-bit sRGB.

    Args:
        data: The file as bytes; see `colorkit.io.read.read_photo` for what it may hold.
        name: Name of the photograph in errors.
        shorter_side: Minimum shorter side in pixels: the picture may be returned smaller than it
            is. `None` for its own size, exactly as `decode_photo` decodes it.

    Returns:
        uint8 array of shape `(height, width, 3)`, upright.

    Raises:
        PhotoError: As in `decode_photo`.
    """
    if shorter_side is not None:
        pixels = _decode_plain_jpeg(data, name, shorter_side)
        if pixels is not None:
            return pixels
    return _as_rgb8(decode_photo(data, name, strict=True).pixels)


def _decode_plain_jpeg(data: bytes, name: str, shorter_side: int) -> NDArray[np.uint8] | None:
    """Returns RGB pixels, or `None` where the file is not a complete JPEG without profile."""
    if not data.startswith(_START) or not data.endswith(_END) or _PROFILE in data:
        return None
    size = _read_size(data)
    if size is None or size[0] * size[1] > MAX_PIXELS:
        return None
    check_scans(data, name)
    divisor = next(
        divisor for divisor in _REDUCED if divisor == 1 or _fits(size, divisor, shorter_side)
    )
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED[divisor])
    return None if pixels is None else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)


def _fits(size: tuple[int, int], divisor: int, shorter_side: int) -> bool:
    return min(size) // divisor >= shorter_side


def _read_size(data: bytes) -> tuple[int, int] | None:
    """Returns height and width of a gray or colour JPEG; `None` for others (CMYK, lossless)."""
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        if marker in _FRAMES:
            height = int.from_bytes(data[place + 5 : place + 7], "big")
            width = int.from_bytes(data[place + 7 : place + 9], "big")
            return (height, width) if data[place + 9] in (1, 3) and height and width else None
        if marker == _SCAN:
            return None
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None


def _as_rgb8(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    rgb = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
    return rgb.astype(np.uint8, copy=False)
