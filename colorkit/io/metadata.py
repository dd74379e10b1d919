"""What travels with a photograph beside EXIF and ICC: resolution, XMP, IPTC, comments, text."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from colorkit.io.exif import describes_layout, load_exif

if TYPE_CHECKING:
    import tifffile
    from PIL import Image

_XMP, _IPTC = 700, 33723  # TIFF tags
_IPTC_RESOURCE = 0x0404  # of a Photoshop block in a JPEG
_X_RESOLUTION, _DESCRIPTION = 282, 270
_RESOLUTION_UNITS = {2: 1.0, 3: 2.54}  # inch and centimetre, to pixels per inch (TIFF 6.0)
_NOT_TEXT = ("XML:com.adobe.xmp", "Raw profile type ")  # PNG text of other kinds
_TIFF_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|\s*>\s*))[2-8](?=\s*[\"'<])")


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What travels with a photograph beside EXIF and ICC profile.

    Args:
        dpi: Horizontal and vertical pixels per inch, or `None`.
        xmp: XMP packet as bytes, or `None`.
        iptc: IPTC-IIM records as bytes, or `None`.
        comment: Comment as bytes, mostly UTF-8, or `None`.
        text: Tuple of pairs of keyword and text, as PNG has them.
    """

    dpi: tuple[float, float] | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    comment: bytes | None = None
    text: tuple[tuple[str, str], ...] = ()


def read_metadata(image: Image.Image, text: bool = True) -> Metadata:
    """Reads the metadata of a picture.

    Args:
        image: `PIL.Image.Image`, opened from a file.
        text: Whether to read PNG text, for which the picture is decoded.

    Returns:
        `Metadata`, without what is damaged.
    """
    info = image.info
    tags = getattr(image, "tag_v2", {})
    photoshop = info.get("photoshop")
    iptc = tags.get(_IPTC)
    if isinstance(photoshop, dict):
        iptc = photoshop.get(_IPTC_RESOURCE)
    comment = info.get("comment")
    pairs: tuple[tuple[str, str], ...] = ()
    if text:
        with contextlib.suppress(Exception):  # Pillow raises many kinds for damaged text.
            given = getattr(image, "text", {})
            pairs = tuple((k, str(v)) for k, v in given.items() if not k.startswith(_NOT_TEXT))
    return Metadata(
        _sane_dpi(_dpi_of_tags(tags) if image.format == "TIFF" else _find_dpi(image)),
        _as_bytes(info.get("xmp") or tags.get(_XMP)),
        _as_bytes(iptc),
        _as_bytes(comment),
        pairs,
    )


def read_tiff_metadata(page: tifffile.TiffPage) -> Metadata:
    """Reads the metadata of a `tifffile.TiffPage`. Returns `Metadata`."""
    value = page.tags.valueof
    tags = {code: value(code) for code in (282, 283, 296, _XMP, _IPTC) if code in page.tags}
    return Metadata(
        _sane_dpi(_dpi_of_tags(tags)),
        _as_bytes(tags.get(_XMP)),
        _as_bytes(tags.get(_IPTC)),
        _as_bytes(_hidden_description(page)),
    )


def _hidden_description(page: tifffile.TiffPage) -> str | None:
    """Finds the description that tifffile writes before one of the layout, which EXIF then has."""
    tags = page.tags.getall(_DESCRIPTION) or []
    first, *others = [tag.value for tag in tags] or [None]
    return first if any(map(describes_layout, others)) else None


def turn_metadata(metadata: Metadata, orientation: int) -> Metadata:
    """Makes metadata right for a photograph that was turned upright.

    Args:
        metadata: `Metadata` of the file.
        orientation: The EXIF orientation that was applied, 1 to 8.

    Returns:
        `Metadata`: the two resolutions swapped where sides were, and XMP of orientation 1.
    """
    dpi = metadata.dpi[::-1] if metadata.dpi and orientation >= 5 else metadata.dpi
    xmp = metadata.xmp and _TIFF_ORIENTATION.sub(rb"\g<1>1", metadata.xmp)
    return dataclasses.replace(metadata, dpi=dpi, xmp=xmp)


def text_as_comment(text: Iterable[tuple[str, str]]) -> bytes | None:
    """Returns pairs of keyword and text as bytes, a line each; `None` where there are none."""
    return "\n".join(f"{keyword}: {value}" for keyword, value in text).encode() or None


def _find_dpi(image: Image.Image) -> tuple[float, float] | None:
    """Finds the resolution that a picture states; Pillow makes one up for JPEG with EXIF alone."""
    is_stated = image.info.get("jfif_unit") in (1, 2) or _X_RESOLUTION in load_exif(image)
    return image.info.get("dpi") if image.format not in ("JPEG", "MPO") or is_stated else None


def _dpi_of_tags(tags: Mapping[int, Any]) -> tuple[float, float] | None:
    """Reads pixels per inch from TIFF tags; `None` where the unit is unknown."""
    with contextlib.suppress(Exception):
        unit = _RESOLUTION_UNITS[int(tags.get(296, 2))]
        x, y = (_as_float(tags[tag]) * unit for tag in (282, 283))
        return x, y
    return None


def _as_float(value: Any) -> float:
    return value[0] / value[1] if isinstance(value, tuple) else float(value)


def _sane_dpi(dpi: Any) -> tuple[float, float] | None:
    with contextlib.suppress(Exception):
        x, y = map(float, dpi)
        # Below 2, it is the shape of pixels that is meant.
        if 2 < x < 1e5 and 2 < y < 1e5:
            return x, y
    return None


def _as_bytes(value: object) -> bytes | None:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (tuple, list)):  # TIFF numbers of 32 bits, in which some write IPTC
        with contextlib.suppress(Exception):
            return b"".join(int(each).to_bytes(4, "little") for each in value)
        return None
    return bytes(value) or None if isinstance(value, (bytes, bytearray)) else None
