"""From the bytes of one photograph to its pair of pictures, or to the reason why there is none."""

import re
from pathlib import PurePosixPath

import cv2

from colorkit.data.build_database import Finding
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
from colorkit.data.resize_square import square
from colorkit.io.atomic_write import replace_when_whole

KINDS = ("gray", "color")
"""The two pictures of a pair, and the folders they lie in."""

# As small as the default for photographs, and faster.
_PNG_OPTIONS = [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
_STEM_CHARACTERS, _DIGEST_CHARACTERS = 40, 16
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # In messages; another in each process


def prepare_photo(member, data, folder, *, size, fit, min_side):
    """Makes the pair of one photograph: the colour picture and its gray by OpenCV, as PNG.

    Args:
        member: `colorkit.data.archives.Member`.
        data: Bytes of its file.
        folder: `Path` of a folder that receives `gray/FILE` and `color/FILE`.
        size: Side of the pictures, in pixels.
        fit: One of `colorkit.choices.FITS`.
        min_side: Smallest shorter side of the photograph that is taken, in pixels.

    Returns:
        A `Finding`, without a split.

    Raises:
        OSError: If the pictures cannot be written.
    """
    finding = Finding(member.name, source_sha256=digest(data))
    try:
        rgb = decode_rgb(data, member.name)
        finding.height, finding.width = rgb.shape[:2]
        thumbnail = make_thumbnail(rgb)
        check_photo(rgb, thumbnail, min_side)
        finding.hashes = hash_picture(thumbnail)
        color = square(rgb, size, fit)
        pictures = (_encode(cv2.cvtColor(color, cv2.COLOR_RGB2GRAY)), _encode(color[..., ::-1]))
    except Dropped as dropped:
        return _drop(finding, *dropped.args)
    except Exception as error:  # One odd picture of a million shall not stop the others.
        return _drop(finding, UNREADABLE, repr(error))
    finding.file = _name_file(member.name, finding.source_sha256)
    finding.gray_sha256, finding.color_sha256 = map(digest, pictures)
    for kind, picture in zip(KINDS, pictures, strict=True):
        with replace_when_whole(folder / kind / finding.file) as temporary:
            temporary.write_bytes(picture)
    return finding


def refuse(member):
    """Returns the `Finding` of a member that may not be read."""
    return Finding(member.name, drop_reason=REFUSED, detail=_ADDRESS.sub("", member.refusal))


def fail_to_read(member, error):
    """Returns the `Finding` of a member whose bytes could not be read."""
    return _drop(Finding(member.name), UNREADABLE, str(error) or repr(error))


def _drop(finding, reason, detail):
    finding.drop_reason, finding.detail = reason, _ADDRESS.sub("", detail)
    finding.hashes = None
    return finding


def _encode(pixels):
    return cv2.imencode(".png", pixels, _PNG_OPTIONS)[1].tobytes()


def _name_file(source, source_sha256):
    """Names a pair: readable, unique, and the same wherever the photograph lay."""
    stem = re.sub(r"[^A-Za-z0-9-]+", "_", PurePosixPath(source).stem)
    stem = stem[:_STEM_CHARACTERS].strip("_")
    return f"{stem}_{source_sha256[:_DIGEST_CHARACTERS]}.png".lstrip("_")
