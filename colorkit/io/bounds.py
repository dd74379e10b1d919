"""Bounds on small files that would take long to decode."""

from __future__ import annotations

import contextlib
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from colorkit.io.photo import PhotoError
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import tifffile

MAX_SCANS = 100
"""Scans of a JPEG. Progressive ones have about 10, and libtiff's bound is the same."""

MAX_PAGES = 10_000
"""Pages of a TIFF, previews and masks included."""

DEFLATE = (8, 32946)
"""Compressions of TIFF (tag 259) that are deflate."""

_SLACK = 1 << 25  # bytes beyond twice the pixels, for tiles that reach over the edges

# ITU-T T.81, table B.1: end of image, start of scan; markers that a length follows, as it does not
# after TEM, RST0 to SOI, and 0xFF00, which stands for 0xFF within a scan.
_END, _SCAN = 0xD9, 0xDA
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")


T = TypeVar("T")


def check_scans(data: bytes, name: StrPath) -> None:
    """Refuses a JPEG of more than `MAX_SCANS` scans, each of which takes a pass over the pixels.

    Args:
        data: The file as bytes.
        name: What to call it in errors.

    Raises:
        PhotoError: If it has more.
    """
    # A quick count first: it includes the scans of thumbnails and of further pictures.
    if data.count(bytes((0xFF, _SCAN))) > MAX_SCANS and count_scans(data) > MAX_SCANS:
        raise PhotoError(
            f"Cannot read {name}: expected a JPEG of at most {MAX_SCANS} scans. Received: more, "
            "which no camera or program makes. Save it anew in a photo editor."
        )


def count_scans(data: bytes) -> int:
    """Counts the scans of a JPEG's first picture, up to the one after `MAX_SCANS`."""
    place, scans = 2, 0
    while scans <= MAX_SCANS:
        found = _MARKER.search(data, place)
        if found is None or data[found.end() - 1] == _END:
            break
        place = found.end()
        scans += data[place - 1] == _SCAN
        place += int.from_bytes(data[place : place + 2], "big")
    return scans


def bounded_pages(pages: Iterable[T], name: StrPath) -> Iterator[T]:
    """Yields the pages of a TIFF.

    Args:
        pages: Iterable of pages.
        name: What to call the file in errors.

    Raises:
        PhotoError: Where there are more than `MAX_PAGES`.
    """
    pages = iter(pages)
    yield from itertools.islice(pages, MAX_PAGES)
    if next(pages, None) is not None:
        raise PhotoError(
            f"Cannot read {name}: expected a TIFF of at most {MAX_PAGES} pages and previews. "
            "Received: more. Split it into several files first."
        )


def check_inflated(data: bytes, page: tifffile.TiffPage, name: StrPath) -> None:
    """Refuses a deflated page that would be inflated to much more than its pixels take.

    tifffile and zlib inflate as much as there is: a thousand times the file.

    Args:
        data: The file as bytes.
        page: `tifffile.TiffPage`.
        name: What to call the file in errors.

    Raises:
        PhotoError: If it would.
    """
    if page.compression not in DEFLATE:
        return
    bits = page.imagewidth * page.imagelength * page.samplesperpixel * page.bitspersample
    left = bits // 4 + _SLACK
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        with contextlib.suppress(zlib.error):  # Decoding will tell.
            inflated = zlib.decompressobj().decompress(data[offset : offset + count], left + 1)
            left -= len(inflated)
        if left < 0:
            raise PhotoError(
                f"Cannot read {name}: expected the pixels of a photograph. Received: compressed "
                "data of many times their size. Save it anew in a photo editor."
            )
