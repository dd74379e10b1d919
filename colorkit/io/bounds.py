"""Bounds on small files that would take long to decode."""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from colorkit.io.photo import PhotoError
from colorkit.typing import StrPath

MAX_SCANS = 100
"""Scans of a JPEG. Progressive ones have about 10, and libtiff's bound is the same."""

MAX_PAGES = 10_000
"""Pages of a TIFF, previews and masks included."""

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
    # Thumbnails and further pictures have scans too, so that a few more than allowed say nothing.
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
