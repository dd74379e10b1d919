"""Encodes coloured frames as H.264, one file per part of a video."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from colorkit.video.color_tags import ACCURATE, BT709, LIMITED
from colorkit.video.formats import load_av, open_media

if TYPE_CHECKING:
    from colorkit.video.reader import ClipReader

REORDERED = 2
"""Maximum reordering of packets by x264, in frames: its B-frames form a pyramid of two."""

_PRESET = "medium"
_REPEATABLE = "mbtree=0"  # with its macroblock tree, x264's output differs from run to run


class PartWriter:
    """Encodes consecutive frames as a file of their own: 8-bit H.264, 4:2:0, limited range.

    Frames are numbered; their timestamps are set when parts are joined. Sides of odd length grow by
    a pixel that repeats the last, since 4:2:0 needs even sides.

    Args:
        path: Path of the file to make, in FFmpeg's NUT format.
        clip: `ClipReader` that the frames come from, for size, rate and colour tags.
        quality: Int in [0, 51], as `colorize_video` takes it.
    """

    def __init__(self, path: Path, clip: ClipReader, quality: int) -> None:
        av = load_av()
        self._av = av
        self._tags = clip.tags
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._container = open_media(path, "w", format="nut")
        stream = self._container.add_stream("libx264", rate=clip.rate)
        height, width = clip.size
        stream.height, stream.width = height + height % 2, width + width % 2
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = self._time_base = 1 / clip.rate
        self._count = 0
        context.sample_aspect_ratio = clip.pixel_aspect
        context.color_range = LIMITED
        context.colorspace = clip.tags.matrix
        context.color_primaries = context.color_trc = BT709
        stream.options = {"crf": str(quality), "preset": _PRESET, "x264-params": _REPEATABLE}
        self._stream = stream

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def write(self, pixels: NDArray[np.uint8]) -> None:
        """Adds a frame.

        Args:
            pixels: uint8 RGB array of shape `(H, W, 3)`.
        """
        height, width = pixels.shape[:2]
        if height % 2 or width % 2:
            pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        frame = self._reformatter.reformat(
            frame,
            format="yuv420p",
            dst_colorspace=self._tags.matrix_name,
            dst_color_range=LIMITED,
            interpolation=ACCURATE,
        )
        frame.pts, frame.time_base = self._count, self._time_base
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Flushes the encoder."""
        self._container.mux(self._stream.encode(None))
