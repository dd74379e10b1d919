"""TIFF samples of 1 to 16 bits, packed without gaps, with channels that no one knows (TIFF 6.0)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from colorkit.io.bounds import DEFLATE

if TYPE_CHECKING:
    import tifffile

    from colorkit.io.photo import Pixels

_PREDICTOR, _FILL_ORDER = 317, 266  # tags
_WHITE_IS_ZERO, _RGB, _YCBCR = 0, 2, 6  # PhotometricInterpretation
_LOW_BITS_FIRST = 2  # FillOrder


def can_unpack(page: tifffile.TiffPage) -> bool:
    """Tells whether `unpack_samples` reads a `tifffile.TiffPage`: strips, plain or deflated."""
    return (
        page.compression in (1, *DEFLATE)
        and not page.is_tiled
        and page.planarconfig == 1
        and page.sampleformat == 1
        and page.tags.valueof(_PREDICTOR, 1) == 1
        and 1 <= page.bitspersample <= 16
    )


def unpack_samples(data: bytes, page: tifffile.TiffPage) -> Pixels:
    """Reads the gray, RGB or YCbCr channels of a page, and leaves all others out.

    Args:
        data: The file as bytes.
        page: `tifffile.TiffPage` for which `can_unpack` holds.

    Returns:
        uint8 array of samples of at most 8 bits, uint16 of others, scaled to the full range, of
        shape `(height, width)` or `(height, width, 3)`.

    Raises:
        ValueError: where samples are missing.
    """
    bits, samples = page.bitspersample, page.samplesperpixel
    row_bytes = -(-page.imagewidth * samples * bits // 8)
    strips = []
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        strip = data[offset : offset + count]
        strips.append(zlib.decompress(strip) if page.compression in DEFLATE else strip)
    packed = np.frombuffer(b"".join(strips), np.uint8)
    if packed.size < row_bytes * page.imagelength:
        raise ValueError("samples are missing")
    if page.tags.valueof(_FILL_ORDER, 1) == _LOW_BITS_FIRST:
        packed = np.packbits(np.unpackbits(packed, bitorder="little"))
    rows = packed[: row_bytes * page.imagelength].reshape(page.imagelength, row_bytes)
    channels = 3 if page.photometric in (_RGB, _YCBCR) else 1
    shape = (page.imagewidth, samples)
    codes = np.stack([_unpack_row(row, bits, page)[: shape[0] * samples] for row in rows])
    codes = codes.reshape(page.imagelength, *shape)[..., :channels]
    largest = (1 << bits) - 1
    full = 255 if bits <= 8 else 65535
    scaled = (codes.astype(np.uint32) * full + largest // 2) // largest
    pixels: Pixels = scaled.astype(np.uint8 if bits <= 8 else np.uint16)
    pixels = pixels if channels == 3 else pixels[..., 0]
    return np.invert(pixels) if page.photometric == _WHITE_IS_ZERO else pixels


def _unpack_row(
    row: NDArray[np.uint8], bits: int, page: tifffile.TiffPage
) -> NDArray[np.uint8 | np.uint16 | np.uint32]:
    if bits == 8:
        return row
    if bits == 16:
        return row.view(page.parent.byteorder + "u2")
    count = row.size * 8 // bits
    each = np.unpackbits(row)[: count * bits].reshape(count, bits).astype(np.uint32)
    return each @ (1 << np.arange(bits - 1, -1, -1, dtype=np.uint32))
