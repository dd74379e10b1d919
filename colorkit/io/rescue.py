"""Photographs cut short, made decodable as far as their data goes, as viewers show them."""

import io
import struct
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import tifffile
from PIL import JpegImagePlugin

from colorkit.io.declared_size import declared_size, has_whole_picture
from colorkit.io.photo import CUT_SHORT, END_MISSING
from colorkit.io.png_repair import repair_png
from colorkit.io.tiff_directories import find_directories

_READ_BY_ROWS = ("GIF", "PPM", "PCX", "SGI", "PSD", "SUN", "TGA")
_JPEG_END = b"\xff\xd9"  # and that of a JPEG 2000 codestream
_NO_CODE = 16  # zeros in a row that no coded picture ends in
# AV1's entropy decoder refuses what ends wrongly, as by chance about one of two fillings does.
_FILLINGS = (b"\0", b"U", b"3", b"\x0f", b"\xaa", b"\xff", b"\x80", b"\x7f")
# Any bytes without 0xFF, by which the picture changes where some of it was missing.
_PROBE = bytes(np.random.default_rng(0).integers(1, 255, 256, dtype=np.uint8))
_HEIGHT, _STRIP_OFFSETS, _TILE_LENGTH = 257, 273, 323  # TIFF tags


Candidate: TypeAlias = tuple[bytes, str | None, int | None]


def rescue(data: bytes, kind: str, max_pixels: int) -> Iterator[Candidate]:
    """Completes the file of a photograph that cannot be decoded as it is.

    Args:
        data: The file as bytes.
        kind: Its format.
        max_pixels: Pictures with more pixels are left alone.

    Yields:
        Candidates, the best first: a file as bytes that may be decoded, its damage (a value of
        `Photo.damage`), and the height in pixels that the picture shall have where the file has
        fewer rows, else `None`.
    """
    if kind == "JPEG":
        yield _complete_jpeg(data)
    elif kind == "PNG":
        candidates, share, has_end = repair_png(data, max_pixels)
        damage = (None if has_end else END_MISSING) if share == 1 else CUT_SHORT
        yield from ((candidate, damage, None) for candidate in candidates)
    elif kind in _READ_BY_ROWS:
        yield data, CUT_SHORT, None
    elif kind == "TIFF":
        yield from _complete_tiff(data)
    elif kind in ("WEBP", "AVIF", "HEIF", "JPEG2000"):
        yield from _fill(data, kind, 4 * max_pixels)
    elif kind == "BMP" and len(data) > 26:
        size = int.from_bytes(data[2:6], "little")
        if len(data) < size <= len(data) + 4 * max_pixels:
            yield data.ljust(size, b"\0"), CUT_SHORT, None


def _complete_jpeg(data: bytes) -> Candidate:
    """Adds the end marker, and finds out whether that is all that was missing."""
    start = data.rstrip(b"\0")
    start = (start if len(data) - len(start) >= _NO_CODE else data).rstrip(b"\xff")
    completed = start + _JPEG_END
    try:
        with_more = _decode_jpeg(start + _PROBE + _JPEG_END)
        is_whole = with_more == _decode_jpeg(completed)
    except Exception:  # Pillow raises many kinds for damaged data; decoding will tell.
        is_whole = False
    return completed, END_MISSING if is_whole else CUT_SHORT, None


def _fill(data: bytes, kind: str, most: int) -> Iterator[Candidate]:
    """Fills a file up to the size that it says it has, mostly with zeros, which mean flat parts."""
    size = declared_size(data, kind)
    if size is None or not len(data) < size <= len(data) + most:
        return
    end = _JPEG_END if kind == "JPEG2000" else b""
    is_whole = len(data) >= size - 2 if end else kind == "WEBP" and has_whole_picture(data)
    for filling in _FILLINGS if kind == "AVIF" else _FILLINGS[:1]:
        filled = data[: size - len(end)].ljust(size - len(end), filling) + end
        yield filled, END_MISSING if is_whole else CUT_SHORT, None


def _decode_jpeg(data: bytes) -> bytes:
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    return image.tobytes()


def _complete_tiff(data: bytes) -> Iterator[Candidate]:
    """Adds zeros to pixels stored plainly; keeps the whole strips or rows of tiles of others."""
    _, is_complete = find_directories(data)
    if not is_complete:
        yield data, CUT_SHORT, None
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages.first
        ends = [sum(each) for each in zip(page.dataoffsets, page.databytecounts, strict=True)]
        tag = page.tags[_HEIGHT]
        rows_each = page.tags.valueof(_TILE_LENGTH) or page.rowsperstrip
        across = -(-page.imagewidth // page.tilewidth) if page.is_tiled else 1
        if not ends or max(ends) <= len(data) or page.planarconfig == 2:
            return
        if page.compression == 1:
            yield data.ljust(max(ends), b"\0"), CUT_SHORT, None
            return
        whole = next(n for n, end in enumerate(ends) if end > len(data))
        rows = whole // across * rows_each
        if rows:
            changed = bytearray(data)
            code = {3: "H", 4: "I"}[int(tag.dtype)]
            struct.pack_into(tiff.byteorder + code, changed, tag.valueoffset, rows)
            yield bytes(changed), CUT_SHORT, page.imagelength
