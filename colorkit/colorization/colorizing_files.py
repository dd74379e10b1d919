"""Colours photograph files: reading, colouring and writing overlap, and a bad file stops nothing.

One thread reads ahead, the caller's thread colours what is ready, a few threads write. A limit on
the pixels between reading and writing keeps memory flat, however long the list of files.
"""

import collections
import dataclasses
import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from colorkit.files.photo import FORMAT_OF_SUFFIX
from colorkit.files.reading import read_photo
from colorkit.files.writing import write_photo

MADE, SKIPPED, FAILED = "made", "skipped", "failed"
"""What became of a photograph: `FileResult.status`."""

PIXELS_IN_FLIGHT = 48_000_000
"""No further photograph is read while those between reading and writing have more pixels."""

LARGEST_BATCH = 8
"""At most so many photographs are coloured at once."""

_PIXELS_PER_BATCH = 12_000_000
_WRITERS = min(4, os.cpu_count() or 1)
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class FileResult:
    """What became of one photograph.

    Attributes:
        source, output: Paths of the photograph and of its result.
        status: `MADE`, `SKIPPED` (its result was there already) or `FAILED`.
        reason: Why it failed, or `None`.
        width, height: Of the photograph in pixels; `None` where it was not read.
        network_size: `(height, width)` at which the network saw it, or `None`.
        out_of_gamut: Number of pixels whose colour sRGB cannot show at their lightness, or `None`.
        seconds: Dict from "read", "color" and "write" to the time that each took; from "video" to
            that of a video.
        frames: Number of frames of a video; `None` for a photograph.
    """

    source: object
    output: object
    status: str
    reason: str | None = None
    width: int | None = None
    height: int | None = None
    network_size: tuple | None = None
    out_of_gamut: int | None = None
    seconds: dict = dataclasses.field(default_factory=dict)
    frames: int | None = None


def colorize_files(colorizer, photos, *, pixels_in_flight=PIXELS_IN_FLIGHT):
    """Colours photograph files, and keeps their size, bit depth, alpha, EXIF and ICC profile.

    Closing the generator, or an exception in the caller's thread such as `KeyboardInterrupt`,
    ends the work; results being written then are finished, and no half file stays behind.

    Args:
        colorizer: A `Colorizer`, or whatever has its `colorize_in_detail`; not used where every
            result is made already.
        photos: Iterable of `colorkit.colorization.output_plan.PlannedPhoto`.
        pixels_in_flight: Greatest number of pixels read and not yet written at which another
            photograph is read.

    Yields:
        A `FileResult` for each photograph, in order.
    """
    gate = _PixelGate(pixels_in_flight)
    reader = ThreadPoolExecutor(1, "read")
    writers = ThreadPoolExecutor(_WRITERS, "write")
    try:
        reading = _read_ahead(reader, photos, gate)
        yield from _in_order(_color_and_write(colorizer, reading, writers, gate))
    finally:
        gate.open()
        reader.shutdown(cancel_futures=True)
        writers.shutdown()


class _PixelGate:
    """Holds a reader back while too many pixels are between reading and writing."""

    def __init__(self, limit):
        self._limit = limit
        self._pixels = 0
        self._is_open = False
        self._changed = threading.Condition()

    def wait(self):
        with self._changed:
            self._changed.wait_for(lambda: self._is_open or self._pixels < self._limit)

    def add(self, pixels):
        with self._changed:
            self._pixels += pixels
            self._changed.notify_all()

    def open(self):
        with self._changed:
            self._is_open = True
            self._changed.notify_all()


@dataclasses.dataclass
class _Work:
    """A photograph on its way."""

    result: FileResult
    photo: object = None

    @property
    def pixels(self):
        return 0 if self.photo is None else self.photo.height * self.photo.width

    def fail(self, error):
        _log.debug("%s", self.result.source, exc_info=error)
        reason = str(error) if isinstance(error, (ValueError, MemoryError)) else repr(error)
        reason = reason or type(error).__name__
        self.result = dataclasses.replace(self.result, status=FAILED, reason=reason)

    def note(self, stage, seconds, **changes):
        times = {**self.result.seconds, stage: seconds}
        self.result = dataclasses.replace(self.result, seconds=times, **changes)


def _read_ahead(reader, photos, gate):
    """Yields futures of `_Work`, with two batches of them submitted ahead."""
    waiting = collections.deque()
    for planned in photos:
        waiting.append(reader.submit(_read, planned, gate))
        if len(waiting) > 2 * LARGEST_BATCH:
            yield waiting.popleft()
    yield from waiting


def _read(planned, gate):
    work = _Work(FileResult(planned.source, planned.output, SKIPPED))
    if planned.is_made:
        return work
    gate.wait()
    start = time.perf_counter()
    try:
        work.photo = read_photo(planned.source)
    except Exception as error:
        work.fail(error)
        return work
    gate.add(work.pixels)
    height, width = work.photo.height, work.photo.width
    work.note("read", time.perf_counter() - start, status=MADE, width=width, height=height)
    return work


def _color_and_write(colorizer, reading, writers, gate):
    """Yields futures of `FileResult`, in order."""
    for batch in _batches(reading):
        _color(colorizer, [work for work in batch if work.photo is not None])
        for work in batch:
            yield writers.submit(_write, work, work.pixels, gate)


def _batches(reading):
    """Groups photographs that are ready, so that a slow disk does not hold up a quick network."""
    batch = []
    for future in reading:
        full = len(batch) == LARGEST_BATCH or sum(w.pixels for w in batch) > _PIXELS_PER_BATCH
        if batch and (full or not future.done()):
            yield batch
            batch = []
        batch.append(future.result())
    if batch:
        yield batch


def _color(colorizer, batch):
    """Replaces the pixels of each photograph; colours one by one where a batch fails."""
    if not batch:
        return
    start = time.perf_counter()
    try:
        pictures = colorizer.colorize_in_detail([work.photo.pixels for work in batch])
    except Exception as error:
        if len(batch) == 1:
            batch[0].fail(error)
            return
        for work in batch:
            _color(colorizer, [work])
        return
    seconds = (time.perf_counter() - start) / len(batch)
    for work, picture in zip(batch, pictures, strict=True):
        work.photo = dataclasses.replace(work.photo, pixels=picture.pixels)
        work.note(
            "color",
            seconds,
            network_size=picture.network_size,
            out_of_gamut=picture.out_of_gamut,
        )


def _write(work, pixels, gate):
    start = time.perf_counter()
    try:
        if work.result.status == MADE:
            path = work.result.output
            known = path.suffix.lower() in FORMAT_OF_SUFFIX
            write_photo(path, work.photo, file_format=None if known else work.photo.file_format)
            work.note("write", time.perf_counter() - start)
    except Exception as error:
        work.fail(error)
    finally:
        work.photo = None
        gate.add(-pixels)
    return work.result


def _in_order(futures):
    """Yields results as soon as they and all before them are there, so that few are waited for."""
    waiting = collections.deque()
    for future in futures:
        waiting.append(future)
        while waiting and (waiting[0].done() or len(waiting) > 4 * LARGEST_BATCH):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
