"""TIFF of one or several pages, and of the rarer kinds of samples."""

import dataclasses
import io
import itertools
import logging
import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from colorkit.io.bounds import bounded_pages, check_inflated
from colorkit.io.decode import check_size, decode_with_pillow, make_deep_photo, make_photo
from colorkit.io.exif import load_tiff_exif, read_orientation
from colorkit.io.metadata import read_tiff_metadata, turn_metadata
from colorkit.io.packed_samples import can_unpack, unpack_samples
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.sixteen_bit import decode_deep_tiff, is_deep_tiff
from colorkit.io.tiff_directories import find_directories
from colorkit.typing import StrPath

_DNG_VERSION = 50706  # TIFF tags
_ICC_PROFILE = 34675
_ORIENTATION = 274
_SAMPLE_KINDS = {2: "signed whole", 3: "floating-point", 5: "complex", 6: "complex"}
_YCBCR, _LAB = 6, (8, 9, 10)  # TIFF 6.0, PhotometricInterpretation

# tifffile's logs of damaged files are silenced; the PhotoError reports them.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def count_pages(path: StrPath) -> int:
    """Counts the pages of a TIFF file, without previews and masks.

    Args:
        path: Path of the file.

    Returns:
        Int; 1 for what is no TIFF or cannot be read.
    """
    try:
        with tifffile.TiffFile(path) as tiff:
            with mmap.mmap(tiff.filehandle.fileno(), 0, access=mmap.ACCESS_READ) as data:
                whole, _ = find_directories(data)
            return max(1, sum(1 for _ in _iterate_pages(tiff, path, len(whole))))
    except Exception:  # tifffile raises many kinds; reading the photograph will tell.
        return 1


def count_pages_in(data: bytes) -> int:
    """Counts the pages of a TIFF file as `count_pages` does.

    Args:
        data: The file as bytes.

    Returns:
        Int; 1 for what is no TIFF or is damaged.
    """
    try:
        whole, _ = find_directories(data)
        with tifffile.TiffFile(io.BytesIO(data)) as tiff:
            return max(1, sum(1 for _ in _iterate_pages(tiff, "the TIFF", len(whole))))
    except Exception:  # As above
        return 1


def decode_tiff(
    data: bytes, name: str, max_pixels: int, page: int | None = None, tolerant: bool = False
) -> Photo:
    """Decodes a page of a TIFF.

    Args:
        data: The file as bytes.
        name: What to call it in errors.
        max_pixels: Pictures with more pixels are refused before they are decoded.
        page: Number of the page, from 0; `None` for the only one.
        tolerant: Whether pages may be missing behind it.

    Returns:
        `Photo`.

    Raises:
        PhotoError: where there is no such page, or it is no photograph.
        Exception: of many kinds, where the file is damaged.
    """
    directories, is_complete = find_directories(data)
    if not directories:
        raise ValueError("the directory of its pages, near its end, is missing")
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        first = tiff.pages.first
        check_size(first.imagewidth, first.imagelength, name, max_pixels)
        if first.is_reduced or _DNG_VERSION in first.tags or data[8:10] == b"CR":
            raise PhotoError(
                f"Cannot read {name}: expected a photograph. Received: a camera's raw file or a "
                "preview. Develop it to TIFF or JPEG first."
            )
        whole = len(directories)
        pages = _iterate_pages(tiff, name, whole)
        found = next(itertools.islice(pages, max(0, page or 0), None), None)
        if page is None and next(pages, None) is not None:
            count = sum(1 for _ in _iterate_pages(tiff, name, whole))
            raise PhotoError(
                f"Cannot read {name}: expected one picture. Received: {count} pages. "
                "Choose one of them (`page`, --page)."
            )
        if found is None or (page or 0) < 0:
            count = sum(1 for _ in _iterate_pages(tiff, name, whole))
            raise PhotoError(
                f"Cannot read {name}: expected a page from 1 to {count}. "
                f"Received: {(page or 0) + 1}."
            )
        number, chosen = found
        if not (is_complete or tolerant) and number == whole - 1:
            raise ValueError(f"what follows page {number + 1} is missing")
        return _decode_page(data, name, max_pixels, chosen, number, directories[number])


def _decode_page(
    data: bytes,
    name: str,
    max_pixels: int,
    page: tifffile.TiffPage,
    number: int,
    has_all_values: bool,
) -> Photo:
    check_size(page.imagewidth, page.imagelength, name, max_pixels)
    is_plain = page.photometric in (0, 1, 2)
    kind = _SAMPLE_KINDS.get(page.sampleformat)
    if kind or page.bitspersample > 16 or page.photometric in _LAB and page.bitspersample > 8:
        raise PhotoError(
            f"Cannot read {name}: expected gray, RGB or CMYK of at most 16 bits a channel, in "
            f"whole numbers. Received: {page.bitspersample}-bit {kind or 'whole'} numbers"
            f"{' of Lab' if page.photometric in _LAB else ''}. Save it as 8- or 16-bit RGB first."
        )
    exif = load_tiff_exif(data, page.tags.valueof(_ORIENTATION, 1))
    icc_profile = page.tags.valueof(_ICC_PROFILE)
    metadata = read_tiff_metadata(page)
    if is_deep_tiff(page):
        check_inflated(data, page, name)
        deep, alpha = decode_deep_tiff(data, page, number)
        return make_deep_photo(deep, alpha, icc_profile, exif, "TIFF", (), metadata)
    is_whole_ycbcr = page.photometric == _YCBCR and page.subsampling in (None, (1, 1))
    try:
        if page.photometric == _YCBCR and page.compression == 1:
            raise SyntaxError("Pillow takes it for RGB")
        photo = decode_with_pillow(data, name, "TIFF", max_pixels, number)
        metadata = turn_metadata(metadata, read_orientation(exif))
        return dataclasses.replace(photo, metadata=metadata)
    except (SyntaxError, OSError, IndexError) as error:
        if not ((is_plain or is_whole_ycbcr) and can_unpack(page)):
            if isinstance(error, OSError) or not has_all_values:
                raise
            raise PhotoError(
                f"Cannot read {name}: expected gray, RGB, CMYK or Lab in a usual layout. "
                f"Received: {_describe_layout(page)}. Save it as 8- or 16-bit RGB first."
            ) from error
    check_inflated(data, page, name)
    pixels = unpack_samples(data, page)
    if is_whole_ycbcr:
        size = page.imagewidth, page.imagelength
        pixels = np.asarray(Image.frombytes("YCbCr", size, pixels.tobytes()).convert("RGB"))
    if page.bitspersample <= 8:
        return make_photo(pixels, None, None, exif, "TIFF", (), metadata)
    deep = pixels.astype("uint16", copy=False)
    return make_deep_photo(deep, None, icc_profile, exif, "TIFF", (), metadata)


def _describe_layout(page: tifffile.TiffPage) -> str:
    samples = page.samplesperpixel
    words = [
        f"{samples} channel{'' if samples == 1 else 's'} of {page.bitspersample} bits",
        f"of the kind {_name(page.photometric)}",
        f"compression {_name(page.compression)}",
        *(["in separate planes"] if page.planarconfig == 2 else []),
        *([f"{page.imagedepth} pictures deep"] if page.imagedepth > 1 else []),
    ]
    return ", ".join(words) + " (TIFF's names)"


def _name(number: Any) -> str:
    """Returns the name that TIFF gives a number; the number where it has none."""
    return str(getattr(number, "name", number))


def _iterate_pages(
    tiff: tifffile.TiffFile, name: StrPath, whole: int
) -> Iterator[tuple[int, tifffile.TiffPage]]:
    """Yields those of the `whole` first pages that are no previews or masks, with their numbers."""
    for number, page in enumerate(itertools.islice(bounded_pages(tiff.pages, name), whole)):
        if not isinstance(page, tifffile.TiffPage):
            continue
        if number == 0 or not (page.is_reduced or page.is_mask):
            yield number, page
