"""What became of a photograph's file."""

import dataclasses
from pathlib import Path

MADE, SKIPPED, FAILED, PASSED_OVER = "made", "skipped", "failed", "passed over"
"""What becomes of a file; `FileResult.status` is one of the first three."""


@dataclasses.dataclass(frozen=True)
class FileResult:
    """The result of one photograph.

    Attributes:
        source, output: Paths of the photograph and of its result.
        status: `MADE`, `SKIPPED` (its result was there already) or `FAILED`.
        reason: Why it failed, or `None`.
        width, height: Of the photograph in pixels; `None` where it was not read.
        input_size: `(height, width)` of it in the model's input, or `None`.
        out_of_gamut: Number of pixels whose colour sRGB cannot show at their lightness, or `None`.
        seconds: Dict from "read", "color" and "write" to the time that each took; from "video" to
            that of a video.
        frames: Number of frames of a video; `None` for a photograph.
        is_video: Whether it is a video.
        lacks: Name of the missing module because of which it failed, or `None`.
        page: Number of the page of a TIFF of several, from 1; `None` for others.
        damage: `Photo.damage` of the photograph.
        notes: Tuple of sentences about what was left out or re-encoded.
        lost: Tuple of names of the metadata that the result's format does not hold.
    """

    source: Path
    output: Path
    status: str
    reason: str | None = None
    width: int | None = None
    height: int | None = None
    input_size: tuple[int, ...] | None = None
    out_of_gamut: int | None = None
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    frames: int | None = None
    page: int | None = None
    damage: str | None = None
    notes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    is_video: bool = False
    lacks: str | None = None
