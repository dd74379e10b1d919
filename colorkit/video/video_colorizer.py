"""Colours a video with stable colours, and keeps its sound and timing."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import colorkit
from colorkit.choices import VIDEO_QUALITY
from colorkit.io.atomic_write import replace_when_whole
from colorkit.typing import StrPath
from colorkit.video.encoder import PartWriter
from colorkit.video.formats import VideoError, VideoWarning
from colorkit.video.muxer import find_container, join_parts
from colorkit.video.parts import PartFolder, hold_parts
from colorkit.video.reader import ClipFrame, ClipReader
from colorkit.video.stabilizer import MEMORY, ChromaStabilizer
from colorkit.video.tracks import plan_tracks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from colorkit.inference.colorizer import Colorizer
    from colorkit.inference.pictures import PredictedColor, PreparedPicture

FRAMES_PER_PART = 240
"""Frames in a part, the most that is lost when a run is stopped."""

_LARGEST_BATCH = 16
_PIXELS_PER_BATCH = 16_000_000
_PROBE_STEP = 8  # pixels of the first frame that are compared between runs: every 8th
_THREADS = 3  # one reads ahead


class VideoResult(NamedTuple):
    """What became of a video.

    Attributes:
        size: `(H, W)` of the frames.
        frames: Int, their number.
        notes: Tuple of sentences about what was re-encoded, left out or damaged.
    """

    size: tuple[int, int]
    frames: int
    notes: tuple[str, ...]


def colorize_video(
    colorizer: Colorizer,
    source: StrPath,
    target: StrPath,
    *,
    memory: float = MEMORY,
    quality: int = VIDEO_QUALITY,
    sound: str = "copy",
    on_progress: Callable[[int, int], None] | None = None,
) -> VideoResult:
    """Colours a video file.

    The result is H.264 (8-bit 4:2:0) with as many frames at the same times, upright; its sound is
    copied packet for packet where the result's format holds it, and re-encoded otherwise. Colour is
    steadied along the optical flow (`video.stabilizer`). A run that was stopped, in whatever way,
    resumes with the same call and gives the same result: coloured parts wait in a hidden folder
    beside `target`.

    Args:
        colorizer: `Colorizer`.
        source: Path of a video that FFmpeg reads.
        target: Path of the file to make: `.mp4`, `.m4v`, `.mov` or `.mkv`. An existing one is
            replaced, once the new one is whole.
        memory: Float in [0, 1): weight of the previous frame's colour; 0 colours frame by frame.
        quality: Int in [0, 51], x264's constant quality: 0 is lossless, more is smaller and worse.
        sound: `"copy"`, `"encode"` (AAC, or FLAC or PCM where it is lossless) or `"drop"`.
        on_progress: Function of the number of frames done and the number of all (0 if unknown),
            or `None`.

    Returns:
        `VideoResult`.

    Raises:
        VideoError: If `source` is no video or damaged, or `target` cannot hold the result.
        ValueError: If another process is making `target`.
        ImportError: If PyAV is not installed.
        OSError: If a file cannot be written.

    Warns:
        VideoWarning: for each of the result's `notes`.

    Example:
        >>> result = colorkit.colorize_video(colorkit.Colorizer(), "1936.mp4", "1936-colour.mp4")
    """
    container_format = find_container(target)
    if Path(target).exists() and Path(target).samefile(source):
        raise VideoError(f"Expected another name for the result than {source}. Received: {target}")
    stabilizer = ChromaStabilizer(memory)
    with ClipReader(source) as clip, hold_parts(target):
        tracks = plan_tracks(source, container_format, sound)
        for note in tracks.notes:
            warnings.warn(f"{source}: {note}", VideoWarning, stacklevel=2)
        probe = colorizer.colorize(clip.first_pixels())[::_PROBE_STEP, ::_PROBE_STEP]
        settings = {"memory": memory, "crf": quality, "colorkit": colorkit.__version__}
        folder = PartFolder(source, target, settings, probe)
        parts = folder.finished()
        if parts:
            stabilizer.state = parts[-1].state
        done = sum(len(part.pts) for part in parts)
        run = _Run(colorizer, stabilizer, clip, quality, on_progress, done)
        for frames in _in_parts(clip.frames(run.done)):
            with folder.add(len(parts)) as (path, records):
                run.color_part(frames, path, records)
            parts = folder.finished()
        with replace_when_whole(target) as temporary:
            join_parts(source, parts, clip.time_base, temporary, container_format, tracks.encodings)
        folder.delete()
        if clip.damage:
            warnings.warn(f"{source}: {clip.damage}", VideoWarning, stacklevel=2)
        notes = (*tracks.notes, clip.damage) if clip.damage else tracks.notes
        return VideoResult(clip.size, run.done, notes)


class _Run:
    """Colours a clip part by part and reports progress."""

    def __init__(
        self,
        colorizer: Colorizer,
        stabilizer: ChromaStabilizer,
        clip: ClipReader,
        quality: int,
        on_progress: Callable[[int, int], None] | None,
        done: int,
    ) -> None:
        self._colorizer = colorizer
        self._stabilizer = stabilizer
        self._clip, self._quality = clip, quality
        self._on_progress = on_progress or (lambda done, total: None)
        self.done = done
        self._report(0)

    def color_part(self, frames: Iterator[ClipFrame], path: Path, records: dict[str, Any]) -> None:
        """Encodes coloured frames, and records their times and the stabilizer's state."""
        pts, durations = [], []
        with (
            ThreadPoolExecutor(_THREADS) as threads,
            PartWriter(path, self._clip, self._quality) as writer,
        ):
            for batch in _read_ahead(threads, frames, _batch_size(self._clip.size)):
                for frame, pixels in zip(batch, self._color(batch, threads), strict=True):
                    writer.write(pixels)
                    pts.append(frame.pts)
                    durations.append(frame.duration)
                self._report(len(batch))
            writer.finish()
        records.update(self._stabilizer.state, pts=pts, durations=durations)

    def _color(
        self, batch: Sequence[ClipFrame], threads: ThreadPoolExecutor
    ) -> Iterator[NDArray[np.uint8]]:
        # No border search per frame, since stabilising needs the same content in all frames.
        prepare = functools.partial(self._colorizer.prepare, find_border=False)
        prepared = list(threads.map(prepare, (frame.pixels for frame in batch)))
        colors = map(self._stabilize, prepared, self._colorizer.predict(prepared))
        finished = threads.map(self._colorizer.finish, prepared, colors)
        return (picture.pixels for picture in finished)

    def _stabilize(self, prepared: PreparedPicture, color: PredictedColor) -> PredictedColor:
        ab = self._stabilizer.stabilize(prepared.lightness, color.ab)
        return dataclasses.replace(color, ab=ab)

    def _report(self, frames: int) -> None:
        self.done += frames
        self._on_progress(self.done, max(self.done, self._clip.frame_count))


def _in_parts(frames: Iterator[ClipFrame]) -> Iterator[Iterator[ClipFrame]]:
    """Yields iterators over the frames of each part; each must be consumed before the next."""
    for first in frames:
        yield itertools.chain([first], itertools.islice(frames, FRAMES_PER_PART - 1))


def _read_ahead(
    threads: ThreadPoolExecutor, frames: Iterator[ClipFrame], size: int
) -> Iterator[list[ClipFrame]]:
    """Yields lists of `size` frames, the next of which is read meanwhile."""

    def read() -> list[ClipFrame]:
        return list(itertools.islice(frames, size))

    ahead = threads.submit(read)
    while batch := ahead.result():
        ahead = threads.submit(read)
        yield batch


def _batch_size(size: tuple[int, int]) -> int:
    return max(1, min(_LARGEST_BATCH, _PIXELS_PER_BATCH // (size[0] * size[1])))
