"""16-bit PNG and TIFF, which Pillow would reduce to 8 bits a channel."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import PngImagePlugin

from colorkit.io.bounds import DEFLATE

if TYPE_CHECKING:
    import tifffile

    from colorkit.io.photo import Pixels

_GRAY, _RGB, _GRAY_ALPHA, _RGB_ALPHA = 0, 2, 4, 6  # PNG colour types (PNG 1.2, 11.2.2)
_TIFFFILE_DECODES = (1, *DEFLATE)  # and no compression; the rest would need imagecodecs
_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA = 1, 2  # TIFF 6.0, ExtraSamples
_WHITE_IS_ZERO = 0  # TIFF 6.0, PhotometricInterpretation
_OPAQUE = 65535
_PIXELS_PER_BAND = 1 << 20


def is_deep_png(data: bytes) -> bool:
    """Whether a PNG, given as bytes, has 16 bits a channel."""
    return len(data) > 24 and data[24] == 16


def is_deep_tiff(page: tifffile.TiffPage) -> bool:
    """Whether a `tifffile.TiffPage` holds 16-bit gray or RGB, with alpha or without."""
    return page.dtype == np.uint16 and page.photometric in (0, 1, 2) and page.bitspersample == 16


def decode_deep_png(data: bytes) -> tuple[NDArray[np.uint16], NDArray[np.uint16] | None]:
    """Decodes a 16-bit PNG.

    Args:
        data: The file as bytes.

    Returns:
        uint16 pixels of shape `(height, width)` or `(height, width, 3)`, and uint16 alpha of shape
        `(height, width)` or `None`.

    Raises:
        Exception: of many kinds, where the file is damaged.
    """
    image = PngImagePlugin.PngImageFile(io.BytesIO(data))
    image.verify()
    decoded = _decode_with_opencv(data)
    kind = data[25]
    if kind == _RGB_ALPHA:
        return _split_alpha(decoded)
    if kind == _GRAY_ALPHA:
        return decoded[..., 0].copy(), decoded[..., 3].copy()
    pixels = decoded if kind == _GRAY else np.ascontiguousarray(decoded[..., :3])
    transparent = image.info.get("transparency")
    if transparent is None:
        return pixels, None
    visible = pixels != np.array(transparent, np.uint16)
    if kind == _RGB:
        visible = visible.any(-1)
    return pixels, np.where(visible, np.uint16(_OPAQUE), np.uint16(0))


def decode_deep_tiff(
    data: bytes, page: tifffile.TiffPage, number: int = 0
) -> tuple[NDArray[np.uint16], NDArray[np.uint16] | None]:
    """Decodes a 16-bit gray or RGB TIFF.

    Args:
        data: The file as bytes.
        page: The `tifffile.TiffPage` to decode, for which `is_deep_tiff` holds.
        number: Its number in the file, from 0.

    Returns:
        Pixels and alpha as in `decode_deep_png`.

    Raises:
        Exception: of many kinds, where the file is damaged or compressed in a rare way.
    """
    planar = page.planarconfig == 2
    if page.compression in _TIFFFILE_DECODES:
        decoded = page.asarray(maxworkers=1)
        if planar and page.samplesperpixel > 1:
            decoded = np.moveaxis(decoded, 0, -1)
    elif not planar and page.samplesperpixel in (1, 3, 4):
        decoded = _decode_with_opencv(data, number)
    else:
        name = getattr(page.compression, "name", page.compression)  # a number if no one knows it
        raise ValueError(f"compression {name} with this layout is not supported")

    channels = 3 if page.photometric == 2 else 1
    extra = page.extrasamples[:1]
    if decoded.ndim == 2:
        pixels, alpha = decoded, None
    else:
        pixels = np.ascontiguousarray(decoded[..., :3] if channels == 3 else decoded[..., 0])
        has_alpha = extra and extra[0] in (_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA)
        alpha = decoded[..., channels].copy() if has_alpha else None
    if alpha is not None and extra[0] == _ASSOCIATED_ALPHA:
        _divide_by_alpha(pixels, alpha)
    if page.photometric == _WHITE_IS_ZERO:
        np.invert(pixels, out=pixels)
    return pixels, alpha


def encode_deep_png(pixels: Pixels, alpha: Pixels | None) -> NDArray[np.uint8]:
    """Encodes 16-bit pixels as PNG.

    Args:
        pixels: uint16 array of shape `(height, width)` or `(height, width, 3)`.
        alpha: uint16 array of shape `(height, width)`, or `None`. Gray with alpha becomes RGB with
            alpha, since OpenCV writes no other.

    Returns:
        The file as a uint8 array, without metadata.
    """
    if alpha is not None:
        channels = [pixels] * 3 if pixels.ndim == 2 else cv2.split(pixels)[::-1]
        pixels = cv2.merge([*channels, alpha])
    elif pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    encoded, data = cv2.imencode(".png", pixels)
    if not encoded:
        raise OSError("the PNG encoder failed")
    return data


def _decode_with_opencv(data: bytes, number: int = 0) -> NDArray[np.uint16]:
    if number:
        only = number, number + 1
        buffer = np.frombuffer(data, np.uint8)
        _, (decoded,) = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED, range=only)
    else:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise OSError("the 16-bit decoder failed")
    if decoded.ndim == 3:
        blue = decoded[..., 0].copy()
        decoded[..., 0] = decoded[..., 2]
        decoded[..., 2] = blue
    return decoded


def _split_alpha(decoded: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    return np.ascontiguousarray(decoded[..., :3]), decoded[..., 3].copy()


def _divide_by_alpha(pixels: NDArray[np.uint16], alpha: NDArray[np.uint16]) -> None:
    rows = max(1, _PIXELS_PER_BAND // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        band = pixels[top : top + rows]
        opacity = np.maximum(alpha[top : top + rows], 1).astype(np.uint64)
        if band.ndim == 3:
            opacity = opacity[..., None]
        band[...] = np.minimum((band * np.uint64(_OPAQUE) + opacity // 2) // opacity, _OPAQUE)
