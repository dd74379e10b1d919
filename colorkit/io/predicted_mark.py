"""The mark in a photograph's metadata which says that its colours are predicted."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from PIL import ExifTags, Image

import colorkit
from colorkit.io.exif import rewrite_exif

if TYPE_CHECKING:
    from colorkit.io.photo import Photo

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's term for a picture to which a trained algorithm added something (NewsCodes, Digital Source
Type)."""

_NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_DESCRIPTION = (
    f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_NAMESPACE}" '
    f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"/>'
).encode()
_PACKET = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    + _DESCRIPTION
    + b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
_STATED = re.compile(
    rb"(<(?:\w+:)?DigitalSourceType\s*>\s*|\s(?:\w+:)?DigitalSourceType\s*=\s*[\"']"
    rb"|DigitalSourceType\s+rdf:resource\s*=\s*[\"'])[^\"'<]*"
)


def mark_predicted(photo: Photo, software: str | None = None) -> Photo:
    """Marks a photograph as one whose colours are predicted.

    Args:
        photo: `Photo`.
        software: Name and version of what predicted them; `None` for this colorkit.

    Returns:
        `Photo` whose EXIF `Software` names `software` after what it said before, and whose XMP
        `DigitalSourceType` is `SOURCE_TYPE`.
    """
    exif = Image.Exif()
    exif.load(photo.exif or b"")
    mark = f"colours predicted by {software or f'colorkit {colorkit.__version__}'}"
    before = str(exif.get(ExifTags.Base.Software, "")).strip(" \0")
    if mark not in before:
        exif[ExifTags.Base.Software] = f"{before}; {mark}" if before else mark
    marked = rewrite_exif(exif, photo.width, photo.height) or photo.exif
    metadata = dataclasses.replace(photo.metadata, xmp=_mark_xmp(photo.metadata.xmp))
    return dataclasses.replace(photo, exif=marked, metadata=metadata)


def _mark_xmp(xmp: bytes | None) -> bytes:
    if not xmp:
        return _PACKET
    if _STATED.search(xmp):
        return _STATED.sub(rb"\g<1>" + SOURCE_TYPE.encode(), xmp)
    before, end, after = xmp.rpartition(b"</rdf:RDF>")
    return before + _DESCRIPTION + end + after if end else xmp
