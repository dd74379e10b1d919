"""How each format takes what travels with a photograph, and what it cannot hold."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image, PngImagePlugin

from colorkit.io.exif import rewrite_exif
from colorkit.io.metadata import Metadata, text_as_comment
from colorkit.io.png_repair import make_chunk

if TYPE_CHECKING:
    from colorkit.io.photo import Photo

# What each format holds, as Pillow and tifffile write it.
_HOLDS = {
    "JPEG": {"EXIF", "resolution", "XMP", "IPTC", "comment"},
    "PNG": {"EXIF", "resolution", "XMP", "comment", "text"},
    "TIFF": {"EXIF", "resolution", "XMP", "IPTC"},
    "WEBP": {"EXIF", "resolution", "XMP"},
    "AVIF": {"EXIF", "resolution", "XMP"},
    "BMP": {"resolution"},
    "JPEG2000": {"comment"},
}
_LARGEST_IN_JPEG = {"EXIF": 65533, "XMP": 65502, "IPTC": 65500, "comment": 65533}  # bytes
_INCHES_PER_METER = 1 / 0.0254
_INCH = 2  # EXIF 2.32, ResolutionUnit


@dataclasses.dataclass(frozen=True)
class FittedMetadata:
    """What a format holds of a photograph's metadata.

    Args:
        exif: EXIF block as bytes, or `None`.
        metadata: `Metadata`, without what the format does not hold.
        lost: Tuple of names of what it does not hold.
    """

    exif: bytes | None
    metadata: Metadata
    lost: tuple[str, ...] = ()


def fit_metadata(photo: Photo, file_format: str) -> FittedMetadata:
    """Makes the metadata of a photograph fit a file format.

    Text of a PNG becomes a comment, and either becomes EXIF's description, where the format holds
    no other and the photograph has none; the resolution becomes EXIF's where the format has no
    field of its own.

    Args:
        photo: `Photo`.
        file_format: Format of the file, see `find_format`.

    Returns:
        `FittedMetadata`.
    """
    holds, exif, metadata = _HOLDS[file_format], photo.exif, photo.metadata
    comment, text = metadata.comment, metadata.text
    if text and "text" not in holds and comment is None:
        comment, text = text_as_comment(text), ()
    if "EXIF" in holds:
        dpi = metadata.dpi if file_format in ("WEBP", "AVIF", "TIFF") else None
        description = comment if "comment" not in holds else None
        exif, is_described = _complete_exif(photo, dpi, description, file_format)
        if is_described:
            comment = None
    values: dict[str, Any] = {
        "EXIF": exif,
        "resolution": metadata.dpi,
        "XMP": metadata.xmp,
        "IPTC": metadata.iptc,
        "comment": comment,
        "text": text,
    }
    lost = []
    for name, value in values.items():
        is_large = file_format == "JPEG" and len(value or b"") > _LARGEST_IN_JPEG.get(name, 1 << 40)
        if value and (name not in holds or is_large):
            lost.append(name)
            values[name] = None
    fitted = dataclasses.replace(
        metadata,
        dpi=values["resolution"],
        xmp=values["XMP"],
        iptc=values["IPTC"],
        comment=values["comment"],
        text=values["text"] or (),
    )
    return FittedMetadata(values["EXIF"], fitted, tuple(lost))


def make_save_options(fitted: FittedMetadata, file_format: str) -> dict[str, Any]:
    """Returns what `PIL.Image.Image.save` takes of `FittedMetadata`: a dict."""
    metadata = fitted.metadata
    options: dict[str, Any] = {}
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    if file_format == "PNG":
        options["pnginfo"] = _make_png_info(metadata)
        options["exif"] = fitted.exif or b""
        return options
    if metadata.comment:
        options["comment"] = metadata.comment
    if "EXIF" in _HOLDS[file_format]:
        options["exif"] = fitted.exif or b""
        options["xmp"] = metadata.xmp or b""
    if metadata.iptc and file_format == "JPEG":
        options["extra"] = _make_iptc_segment(metadata.iptc)
    return options


def make_png_chunks(fitted: FittedMetadata, icc_profile: bytes | None) -> bytes:
    """Makes the chunks that precede the pixels of a PNG: bytes."""
    chunks = b""
    if icc_profile:
        chunks += make_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc_profile))
    if fitted.metadata.dpi:
        per_meter = [round(dpi * _INCHES_PER_METER) for dpi in fitted.metadata.dpi]
        chunks += make_chunk(b"pHYs", struct.pack(">IIB", *per_meter, 1))
    if fitted.exif:
        chunks += make_chunk(b"eXIf", fitted.exif.removeprefix(b"Exif\0\0"))
    for kind, content, *_ in _make_png_info(fitted.metadata).chunks:
        chunks += make_chunk(kind, content)
    return chunks


def _make_png_info(metadata: Metadata) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    if metadata.xmp:
        info.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
    text = metadata.text
    if metadata.comment and "Comment" not in dict(text):
        text = (*text, ("Comment", metadata.comment.decode("utf-8", "replace")))
    for keyword, value in text:
        if _is_latin(value):
            info.add_text(keyword, value)
        else:
            info.add_itxt(keyword, value)
    return info


def _is_latin(value: str) -> bool:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _make_iptc_segment(iptc: bytes) -> bytes:
    """Makes the JPEG segment of a Photoshop block that holds IPTC alone."""
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + b"\0" * (len(iptc) % 2)
    content = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content


def _complete_exif(
    photo: Photo, dpi: tuple[float, float] | None, description: bytes | None, file_format: str
) -> tuple[bytes | None, bool]:
    """Adds resolution and description where they are missing.

    Returns:
        The block, and whether it has the description.
    """
    # Pillow writes AVIF's orientation beside EXIF, and would make `?` of what is not ASCII.
    orientation = None if file_format == "AVIF" else 1
    if not dpi and not description and (orientation or not photo.exif):
        return photo.exif, False
    exif = Image.Exif()
    exif.load(photo.exif or b"")
    if dpi:
        exif[ExifTags.Base.XResolution], exif[ExifTags.Base.YResolution] = dpi
        exif[ExifTags.Base.ResolutionUnit] = _INCH
    is_described = bool(description) and ExifTags.Base.ImageDescription not in exif
    if is_described:
        exif[ExifTags.Base.ImageDescription] = description
    block = rewrite_exif(exif, photo.width, photo.height, orientation)
    return (photo.exif, False) if block is None else (block, is_described)
