"""Reads EXIF, and rewrites it for an upright photograph with other pixels."""

import contextlib
import re
from typing import Any

from PIL import ExifTags, Image

# What IFD0 says about the photograph rather than about the layout of its file.
CARRIED_TAGS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.XResolution,
    ExifTags.Base.YResolution,
    ExifTags.Base.ResolutionUnit,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
    ExifTags.Base.XPTitle,
    ExifTags.Base.XPComment,
    ExifTags.Base.XPAuthor,
    ExifTags.Base.XPKeywords,
    ExifTags.Base.XPSubject,
    ExifTags.Base.Rating,
)

# How tifffile, ImageJ and OME begin the descriptions in which they note the shape of a file's data.
_LAYOUT = re.compile(
    r'\s*(\{"(axes|shape)": |ImageJ=|(<\?xml.*\?>\s*)?(<!--.*?-->\s*)*<OME[ >])', re.DOTALL
)


def load_exif(image: Image.Image) -> Image.Exif:
    """Reads the EXIF block of a Pillow image.

    Args:
        image: `PIL.Image.Image`.

    Returns:
        `PIL.Image.Exif`, empty where the block is missing or damaged.
    """
    try:
        return image.getexif()
    except Exception:  # Pillow raises many kinds for a damaged block; the picture is fine.
        return Image.Exif()


def load_tiff_exif(data: bytes, orientation: int) -> Image.Exif:
    """Reads the EXIF block of a TIFF.

    Args:
        data: The file as bytes.
        orientation: Its orientation, as other software reads it.

    Returns:
        `PIL.Image.Exif`; of a BigTIFF, which Pillow does not understand here, the orientation only.
    """
    exif = Image.Exif()
    with contextlib.suppress(Exception):
        exif.load(data)
    exif[ExifTags.Base.Orientation] = orientation
    return exif


def read_orientation(exif: Image.Exif) -> int:
    """Reads the EXIF orientation.

    Args:
        exif: `PIL.Image.Exif`.

    Returns:
        1 to 8 (EXIF 2.32, tag 274); 1 where it is missing or invalid.
    """
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    return orientation if orientation in range(1, 9) else 1


def describes_layout(description: Any) -> bool:
    """Tells whether an image description notes the layout of its file, which no other file has.

    Args:
        description: Text, or what else a tag may hold.
    """
    return isinstance(description, str) and bool(_LAYOUT.match(description))


def rewrite_exif(
    exif: Image.Exif, width: int, height: int, orientation: int | None = 1
) -> bytes | None:
    """Rewrites EXIF for an upright photograph.

    Camera, exposure, place, date and rights are kept; the orientation becomes 1, the
    dimensions those of the pixels, and the thumbnail, which would show the old
    picture, is left out; so is a description of the old file's layout.

    Args:
        exif: `PIL.Image.Exif` of the photograph's file.
        width: Width of the upright photograph in pixels.
        height: Its height in pixels.
        orientation: The orientation to state, or `None` for none.

    Returns:
        Bytes starting with `b"Exif\\x00\\x00"`, or `None` where it is empty
        or damaged.
    """
    try:
        upright = Image.Exif()
        for tag in CARRIED_TAGS:
            if tag in exif and not describes_layout(exif[tag]):
                upright[tag] = _keep_bytes(exif[tag])
        details = dict(exif.get_ifd(ExifTags.IFD.Exif))
        if details:
            if ExifTags.IFD.Interop in details:
                details[ExifTags.IFD.Interop] = exif.get_ifd(ExifTags.IFD.Interop)
            details[ExifTags.Base.ExifImageWidth] = width
            details[ExifTags.Base.ExifImageHeight] = height
            upright[ExifTags.IFD.Exif] = details
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        if place:
            upright[ExifTags.IFD.GPSInfo] = dict(place)
        if not len(upright):
            return None
        if orientation is not None:
            upright[ExifTags.Base.Orientation] = orientation
        return upright.tobytes()
    except Exception:  # As above.
        return None


def _keep_bytes(value: Any) -> Any:
    """Pillow decodes text as Latin-1, and would write `?` for non-ASCII characters."""
    foreign = isinstance(value, str) and not value.isascii()
    return value.encode("latin-1", "replace") if foreign else value
