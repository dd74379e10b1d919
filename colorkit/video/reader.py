"""Reads a video file as upright frames with timestamps."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from colorkit.typing import StrPath
from colorkit.video.color_tags import ACCURATE, FULL, LIMITED, find_color_tags
from colorkit.video.formats import VideoError, load_av, open_media
from colorkit.video.frames import Deinterlacer, orientation_of

if TYPE_CHECKING:
    import av

_DEFAULT_RATE = Fraction(25)  # frames a second of clips without timestamps
_EXPANDED = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype("uint8")


@dataclasses.dataclass(frozen=True, eq=False)
class ClipFrame:
    """One upright frame.

    Attributes:
        pixels: uint8 array of shape `(H, W)` or `(H, W, 3)`, sRGB-encoded, full range.
        pts: Int, presentation time in the clip's time base.
        duration: Int, in the time base; 0 if unknown.
    """

    pixels: NDArray[np.uint8]
    pts: int
    duration: int


class ClipReader:
    """Opens a video and reads its first video stream frame by frame.

    Cover pictures are skipped. Frames are turned upright, deinterlaced, and converted to 8 bits.
    A packet that cannot be decoded is skipped and counted.

    Leaving its `with` block waits for a frame that another thread is decoding, since FFmpeg crashes
    if its file is closed meanwhile; for that thread the frames then end.

    Args:
        path: Path of the file.

    Attributes:
        time_base: `Fraction`, seconds of one tick of `ClipFrame.pts`.
        frame_count: Int, number of frames by the file's header or duration; 0 if unknown.
        rate: `Fraction`, frames a second on average.
        size: `(H, W)` of the upright frames.
        pixel_aspect: `Fraction`, width of an upright pixel to its height.
        tags: `ColorTags`.

    Raises:
        VideoError: If the file is no video, is damaged from its start on, or has high dynamic
            range.
        ImportError: If PyAV is not installed.
    """

    def __init__(self, path: StrPath) -> None:
        self._av = load_av()
        self._path = path
        self._reformatter = self._av.video.reformatter.VideoReformatter()
        self._decoding = threading.Lock()
        self._container = open_media(path)
        try:
            self._stream = find_video_stream(self._container, path)
            self._stream.thread_type = "AUTO"
            self.time_base = self._stream.time_base
            self.rate = self._stream.average_rate or self._stream.guessed_rate or _DEFAULT_RATE
            self.frame_count = self._stream.frames or self._estimate_count()
            self._undecodable = 0
            self._raw_frames = self._decode()
            self._first = next(self._raw_frames, None)
            if self._first is None:
                raise VideoError(
                    f"Cannot read {path}: none of its frames can be decoded. "
                    "Copy it again from its source."
                )
            self.tags = find_color_tags(self._first, path)
            self._orientation = orientation_of(self._first)
        except BaseException:
            self._container.close()
            raise
        self._stored_size = self._first.width, self._first.height
        swaps = self._orientation.swaps_sides
        self.size = self._stored_size if swaps else self._stored_size[::-1]
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        self.pixel_aspect = 1 / aspect if swaps else aspect

    def __enter__(self) -> ClipReader:
        return self

    def __exit__(self, *_: object) -> None:
        with self._decoding:
            self._raw_frames.close()
            self._container.close()

    def first_pixels(self) -> NDArray[np.uint8]:
        """Returns the pixels of the first frame, as in `ClipFrame`."""
        return self._pixels_of(self._first)

    def frames(self, start: int = 0) -> Iterator[ClipFrame]:
        """Reads the frames, once.

        Args:
            start: Number of frames to skip. They are decoded, but not converted.

        Yields:
            `ClipFrame`, times strictly increasing.
        """
        last = None
        for number, frame in enumerate(self._whole_frames(Deinterlacer())):
            pts = self._time_of(frame, last)
            last = pts, frame.duration
            if number >= start:
                yield ClipFrame(self._pixels_of(frame), pts, frame.duration)

    @property
    def damage(self) -> str | None:
        """A sentence about what could not be decoded so far; `None` where all could."""
        if not self._undecodable:
            return None
        return f"{self._undecodable} packets could not be decoded; their frames are missing."

    def _estimate_count(self) -> int:
        if self._stream.duration:
            return round(self._stream.duration * self.time_base * self.rate)
        if self._container.duration:
            return round(self._container.duration * self.rate / self._av.time_base)
        return 0

    def _decode(self) -> Generator[av.VideoFrame, None, None]:
        for packet in self._packets():
            try:
                yield from packet.decode()
            except self._av.error.FFmpegError:
                self._undecodable += 1

    def _packets(self) -> Iterator[av.Packet]:
        try:
            yield from self._container.demux(self._stream)
        except self._av.error.FFmpegError:
            self._undecodable += 1

    def _whole_frames(self, deinterlacer: Deinterlacer) -> Iterator[av.VideoFrame]:
        yield from deinterlacer.push(self._first)
        while (frame := self._next_raw_frame()) is not None:
            yield from deinterlacer.push(frame)
        yield from deinterlacer.finish()

    def _next_raw_frame(self) -> av.VideoFrame | None:
        with self._decoding:
            return next(self._raw_frames, None)

    def _time_of(self, frame: av.VideoFrame, last: tuple[int, int] | None) -> int:
        """Returns the frame's time, forced to increase."""
        if last is None:
            return frame.pts or 0
        step = last[1] or max(1, round(1 / (self.rate * self.time_base)))
        if frame.pts is None:
            return last[0] + step
        return max(frame.pts, last[0] + 1)

    def _pixels_of(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        width, height = self._stored_size
        is_gray = frame.format.name.startswith(("gray", "ya"))
        pixels = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format="gray" if is_gray else "rgb24",
            src_colorspace=self.tags.source_matrix,
            src_color_range=self.tags.source_range,
            dst_color_range=FULL,
            interpolation=ACCURATE,
        ).to_ndarray()
        if is_gray and self.tags.source_range == LIMITED:
            pixels = _EXPANDED[pixels]  # libswscale treats gray as full range
        return self._orientation.apply(pixels)


def find_video_stream(container: av.container.InputContainer, name: StrPath) -> av.VideoStream:
    """Finds the first video stream that is not a cover picture.

    Args:
        container: `av.container.InputContainer`.
        name: What to call it in errors.

    Returns:
        `av.video.stream.VideoStream`.

    Raises:
        VideoError: If there is none.
    """
    attached = load_av().stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & attached:
            return stream
    received = "sound only" if container.streams.audio else "neither pictures nor sound"
    raise VideoError(f"Cannot colour {name}: expected a video. Received: {received}.")
