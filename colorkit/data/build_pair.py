"""Makes the pair of pictures of one photograph, or records why it is dropped."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import cv2

from colorkit.data.build_database import PhotoRecord
from colorkit.data.filters import (
    REFUSED,
    UNREADABLE,
    Dropped,
    check_photo,
    decode_rgb,
    digest,
    make_thumbnail,
)
from colorkit.data.near_duplicates import hash_picture
from colorkit.data.resize_square import resize_to_square
from colorkit.io.atomic_write import write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from colorkit.data.archives import Member

KINDS = ("gray", "color")
"""The two pictures of a pair, and their folders."""

# As small as the default level for photographs, but faster.
_PNG_OPTIONS = [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
_STEM_CHARACTERS, _DIGEST_CHARACTERS = 40, 16
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # Memory addresses in messages, which vary


def prepare_photo(
    member: Member, data: bytes, folder: Path, *, size: int, fit: str, min_side: int
) -> PhotoRecord:
    """Writes the pair of one photograph: the colour picture and its gray version, as PNG.

    Args:
        member: `colorkit.data.archives.Member`.
        data: Bytes of its file.
        folder: `Path` of a folder that receives `gray/FILE` and `color/FILE`.
        size: Side of the pictures, in pixels.
        fit: One of `colorkit.choices.FITS`.
        min_side: Minimum shorter side of the photograph, in pixels.

    Returns:
        A `PhotoRecord`, without a split.

    Raises:
        OSError: If the pictures cannot be written.
    """
    record = PhotoRecord(member.name, source_sha256=digest(data))
    try:
        rgb = decode_rgb(data, member.name)
        record.height, record.width = rgb.shape[:2]
        thumbnail = make_thumbnail(rgb)
        check_photo(rgb, thumbnail, min_side)
        record.hashes = hash_picture(thumbnail)
        color = resize_to_square(rgb, size, fit)
        pictures = (_encode(cv2.cvtColor(color, cv2.COLOR_RGB2GRAY)), _encode(color[..., ::-1]))
    except Dropped as dropped:
        return _drop(record, *dropped.args)
    except Exception as error:  # One bad photograph must not stop the build.
        return _drop(record, UNREADABLE, repr(error))
    record.file = _name_file(member.name, record.source_sha256)
    record.gray_sha256, record.color_sha256 = map(digest, pictures)
    for kind, picture in zip(KINDS, pictures, strict=True):
        write_whole(folder / kind / record.file, picture)
    return record


def record_refused(member: Member) -> PhotoRecord:
    """Returns the `PhotoRecord` of a refused member."""
    return PhotoRecord(
        member.name, drop_reason=REFUSED, detail=_ADDRESS.sub("", member.refusal or "")
    )


def record_unreadable(member: Member, error: Exception) -> PhotoRecord:
    """Returns the `PhotoRecord` of a member whose bytes could not be read."""
    detail = getattr(error, "strerror", None) or str(error) or repr(error)
    return _drop(PhotoRecord(member.name), UNREADABLE, detail)


def _drop(record: PhotoRecord, reason: str, detail: str) -> PhotoRecord:
    record.drop_reason, record.detail = reason, _ADDRESS.sub("", detail)
    record.hashes = None
    return record


def _encode(pixels: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", pixels, _PNG_OPTIONS)[1].tobytes()


def _name_file(source: str, source_sha256: str) -> str:
    """Names a pair: readable, unique, and independent of the photograph's folder."""
    stem = re.sub(r"[^A-Za-z0-9-]+", "_", PurePosixPath(source).stem)
    stem = stem[:_STEM_CHARACTERS].strip("_")
    return f"{stem}_{source_sha256[:_DIGEST_CHARACTERS]}.png".lstrip("_")
