"""Curves and matrix of an ICC profile, for 16-bit pixels (ICC.1:2022, 8.3 and 10)."""

import functools
import struct

import numpy as np
from numpy.typing import NDArray

# Linear sRGB from CIE XYZ under D50, the white of ICC profiles: the inverse of the colorants of
# "sRGB IEC61966-2.1" (IEC 61966-2-1, Bradford-adapted).
SRGB_FROM_XYZ_D50 = np.linalg.inv(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)

_CODES = np.linspace(0, 1, 65536)


@functools.lru_cache(maxsize=4)
def read_curves_and_matrix(
    icc_profile: bytes,
) -> tuple[list[NDArray[np.float32]], NDArray[np.float32] | None] | None:
    """Reads how a profile's 16-bit codes become linear sRGB light.

    Args:
        icc_profile: Profile of a gray or RGB device as bytes.

    Returns:
        `None` where the profile is made of lookup tables or cannot be understood, otherwise a list
        of one (gray) or three float32 curves of shape `(65536,)` from code to linear light in
        [0, 1], and the float32 matrix `(3, 3)` by which rows of linear RGB are multiplied from the
        right (`None` for gray).
    """
    try:
        tags = _read_tags(icc_profile)
        if b"kTRC" in tags:
            return [_read_curve(tags[b"kTRC"])], None
        if b"A2B0" in tags:
            return None
        curves = [_read_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
        colorants = [_read_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    except (KeyError, IndexError, ValueError, struct.error):
        return None
    return curves, (np.array(colorants) @ SRGB_FROM_XYZ_D50.T).astype(np.float32)


def _read_tags(icc_profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc_profile, 128)
    entries = struct.iter_unpack(">4sII", icc_profile[132 : 132 + 12 * count])
    return {name: icc_profile[offset : offset + size] for name, offset, size in entries}


def _read_xyz(tag: bytes) -> NDArray[np.float64]:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _read_curve(tag: bytes) -> NDArray[np.float32]:
    if tag[:4] == b"para":
        return _read_parametric_curve(tag).astype(np.float32)
    if tag[:4] != b"curv":
        raise ValueError(f"Expected a curve. Received: {tag[:4]!r}")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return _CODES.astype(np.float32)
    table = np.frombuffer(tag, ">u2", count, 12)
    if count == 1:
        return (_CODES ** (table[0] / 256)).astype(np.float32)
    return np.interp(_CODES, np.linspace(0, 1, count), table / 65535).astype(np.float32)


def _read_parametric_curve(tag: bytes) -> NDArray[np.float64]:
    """Reads `(a * x + b) ** g + e` from x = d on, `c * x + f` below (ICC.1:2022, 10.18)."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    count = (1, 3, 4, 5, 7)[kind]
    g, *rest = np.array(struct.unpack_from(f">{count}i", tag, 12)) / 65536
    a, b, c, d, e, f = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind in (1, 2):
        a, b = rest[:2]
        d = -b / a
        e = f = rest[2] if kind == 2 else 0.0
    elif kind >= 3:
        a, b, c, d, e, f = [*rest, 0.0, 0.0][:6]
    power = np.clip(a * _CODES + b, 0, None) ** g + e
    return np.where(d <= _CODES, power, c * _CODES + f)
