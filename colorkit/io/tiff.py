"""TIFF with 8 or 16 bits, alpha, EXIF and ICC profile."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import tifffile
from PIL import ExifTags, Image, TiffImagePlugin

if TYPE_CHECKING:
    from colorkit.io.metadata import Metadata
    from colorkit.io.photo import Pixels

# tifffile writes no EXIF directories. Each is appended to the finished file, and a tag that held
# its place in the (sorted) directory is turned into the one that points to it.
PLACEHOLDERS: dict[int, int] = {ExifTags.IFD.Exif: 34666, ExifTags.IFD.GPSInfo: 34852}

_XMP, _IPTC = 700, 33723  # tags

_TEXT_TAGS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)


def write_tiff(
    file: IO[bytes],
    pixels: Pixels,
    alpha: Pixels | None,
    exif: bytes | None,
    icc_profile: bytes | None,
    metadata: Metadata,
) -> None:
    """Writes a TIFF of one page, losslessly compressed (deflate).

    Args:
        file: Empty binary file, open for reading and writing.
        pixels: uint8 or uint16 array of shape `(height, width)` or `(height, width, 3)`.
        alpha: Array of shape `(height, width)` and the same dtype, not multiplied into `pixels`,
            or `None`.
        exif: EXIF block as bytes, or `None`.
        icc_profile: ICC profile as bytes, or `None`.
        metadata: `Metadata`, of which XMP and IPTC are written; the resolution is EXIF's.
    """
    block = Image.Exif()
    block.load(exif or b"")
    directories = {tag: block.get_ifd(tag) for tag in PLACEHOLDERS}
    directories = {tag: values for tag, values in directories.items() if values}
    tags: list[tuple[int, str, int, Any, bool]] = [
        (int(tag), "s", 0, str(block[tag]).encode("latin-1", "replace"), True)
        for tag in _TEXT_TAGS
        if tag in block
    ]
    for code, content in ((_XMP, metadata.xmp), (_IPTC, metadata.iptc)):
        if content:
            tags.append((code, "B", len(content), content, True))
    tags += [(PLACEHOLDERS[tag], "I", 1, 0, True) for tag in directories]
    tifffile.imwrite(
        file,
        pixels if alpha is None else np.dstack([pixels, alpha]),
        byteorder="<",
        bigtiff=False,
        photometric="rgb" if pixels.ndim == 3 else "minisblack",
        planarconfig="contig",
        extrasamples=None if alpha is None else ["unassalpha"],
        compression="zlib",
        compressionargs={"level": 3},
        predictor=True,
        metadata=None,
        software=False,
        iccprofile=icc_profile,
        extratags=tags,
        **_read_resolution(block),
    )
    for tag, values in directories.items():
        _append_directory(file, tag, values)


def _read_resolution(block: Image.Exif) -> dict[str, Any]:
    try:
        x, y = (float(block[tag]) for tag in (ExifTags.Base.XResolution, ExifTags.Base.YResolution))
        unit = block.get(ExifTags.Base.ResolutionUnit, 2)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return {}
    sane = x > 0 and y > 0 and unit in (1, 2, 3)
    return {"resolution": (x, y), "resolutionunit": unit} if sane else {}


def _append_directory(file: IO[bytes], tag: int, values: Mapping[int, Any]) -> None:
    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        entry = tiff.pages.first.tags[PLACEHOLDERS[tag]].offset
    offset = file.seek(0, os.SEEK_END)
    if offset % 2:
        offset += file.write(b"\0")
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for name, value in values.items():
        directory[name] = value
    file.write(directory.tobytes(offset))
    file.seek(entry)
    file.write(struct.pack("<HHII", tag, 4, 1, offset))
