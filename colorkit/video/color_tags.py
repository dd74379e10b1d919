"""The colour tags of a video: matrix, range and transfer."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from colorkit.typing import StrPath
from colorkit.video.formats import VideoError

if TYPE_CHECKING:
    import av

# Code points of ITU-T H.273, tables 2 to 4.
BT709 = 1
UNSPECIFIED = 2
BT470BG, SMPTE170M = 5, 6  # the two of BT.601
_BT2020_MATRICES = (9, 10)
_HIGH_DYNAMIC_RANGE = {16: "PQ (SMPTE ST 2084)", 18: "HLG (ARIB STD-B67)"}

LIMITED, FULL = 1, 2  # AVColorRange
_FULL_FORMATS = ("gray", "ya", "mono", "pal", "yuvj")
# libswscale's bicubic, accurate rounding and full chroma interpolation (SWS_BICUBIC |
# SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT): without the latter two, gray comes out up to two of 255
# levels too dark.
ACCURATE = 0x4 | 0x40000 | 0x2000

_HD_HEIGHT = 720  # rows from which an untagged matrix is taken for BT.709, as players do


@dataclasses.dataclass(frozen=True)
class ColorTags:
    """How a clip's frames are decoded, and how its coloured copy is tagged.

    Attributes:
        source_matrix: `"itu709"`, `"itu601"` or `"bt2020"`: how its frames become RGB.
        source_range: `LIMITED` or `FULL`.
        matrix: `BT709` or `SMPTE170M`: of the coloured copy.
    """

    source_matrix: str
    source_range: int
    matrix: int

    @property
    def matrix_name(self) -> str:
        """PyAV's name of `matrix`."""
        return "itu709" if self.matrix == BT709 else "itu601"


def find_color_tags(frame: av.VideoFrame, name: StrPath) -> ColorTags:
    """Decides how a clip's colours are read and written, from its first frame.

    The file's tags count; without tags, BT.709 from 720 rows and BT.601 below, as in players. Gray,
    RGB and what FFmpeg names `yuvj` use the full range unless tagged.

    Args:
        frame: `av.VideoFrame`.
        name: Name of the clip in errors.

    Returns:
        `ColorTags`.

    Raises:
        VideoError: If the clip has high dynamic range.
    """
    if frame.color_trc in _HIGH_DYNAMIC_RANGE:
        raise VideoError(
            f"Cannot colour {name}: expected standard dynamic range. Received: high dynamic range, "
            f"{_HIGH_DYNAMIC_RANGE[frame.color_trc]}. Map its tones to BT.709 first."
        )
    by_size = BT709 if frame.height >= _HD_HEIGHT else SMPTE170M
    found = frame.colorspace
    if found in _BT2020_MATRICES:
        source, matrix = "bt2020", BT709
    else:
        matrix = {BT709: BT709, BT470BG: SMPTE170M, SMPTE170M: SMPTE170M}.get(found, by_size)
        source = "itu709" if matrix == BT709 else "itu601"
    full_by_format = frame.format.is_rgb or frame.format.name.startswith(_FULL_FORMATS)
    tagged = frame.color_range in (LIMITED, FULL)
    source_range = frame.color_range if tagged else FULL if full_by_format else LIMITED
    return ColorTags(source, source_range, matrix)
