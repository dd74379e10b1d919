"""Colours photograph files in a pipeline of threads; a bad file does not stop the others.

Some threads read and prepare photographs; the caller's thread runs the model on batches of
prepared ones of one shape; other threads upsample the colour and write. The pixels in flight are
limited, so that memory does not grow with the number of files.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import itertools
import logging
import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from colorkit.batch.failure import describe_failure, find_missing_module
from colorkit.batch.file_result import FAILED, MADE, SKIPPED, FileResult
from colorkit.batch.memory_limit import MemoryLimit
from colorkit.batch.photo_store import LocalFiles, PhotoStore
from colorkit.choices import JPEG_QUALITY
from colorkit.io.photo import FORMAT_OF_SUFFIX, Photo, Pixels
from colorkit.io.predicted_mark import mark_predicted

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto
    from colorkit.inference.hints import Hint
    from colorkit.inference.pictures import ColorizedPicture, PredictedColor, PreparedPicture

_CORES = os.cpu_count() or 1

PIXELS_IN_FLIGHT = 12_000_000 * (_CORES + 2)
"""Maximum number of pixels between reading and writing at which another photograph is read. A pixel
takes about 10 bytes there."""

LARGEST_BATCH = 8
"""Maximum batch size of the model."""

WINDOW = 4 * max(LARGEST_BATCH, _CORES)
"""Maximum number of photographs between reading and being yielded."""

_NO_PIXELS = np.empty((0, 0), np.uint8)
_log = logging.getLogger(__name__)


class PictureColorizer(Protocol):
    """The three steps of colouring: `Colorizer`, or an object with these parts of it.

    Where variants are planned, `prepare` takes `variant` too.
    """

    def prepare(
        self, image: Pixels, hints: Sequence[Hint] | None = None, *, find_border: bool = True
    ) -> PreparedPicture:
        """Prepares a picture for the model."""

    def predict(self, prepared: Sequence[PreparedPicture]) -> list[PredictedColor]:
        """Runs the model."""

    def finish(self, prepared: PreparedPicture, color: PredictedColor) -> ColorizedPicture:
        """Upsamples the colour to a picture's own size."""


Steady: TypeAlias = "Callable[[PlannedPhoto, PreparedPicture, PredictedColor], PredictedColor]"


def colorize_files(
    colorizer: PictureColorizer,
    photos: Iterable[PlannedPhoto],
    *,
    strict: bool = False,
    mark: bool = False,
    jpeg_quality: int = JPEG_QUALITY,
    steady: Steady | None = None,
    on_written: Callable[[PlannedPhoto], None] | None = None,
    pixels_in_flight: int = PIXELS_IN_FLIGHT,
    store: PhotoStore | None = None,
    cores: int = _CORES,
) -> Generator[FileResult, None, None]:
    """Colours photograph files, and keeps their size, bit depth, alpha, EXIF and ICC profile.

    Closing the generator, or an exception in the caller's thread such as `KeyboardInterrupt`,
    stops the work; results being written then are finished, and no partial file is left.

    Args:
        colorizer: A `Colorizer`, or an object with its `prepare`, `predict` and `finish`; not used
            where every result exists already.
        photos: Iterable of `colorkit.batch.plan.PlannedPhoto`.
        strict: Whether photographs cut short are refused rather than coloured as far as they go.
        mark: Whether the results' metadata say that their colours are predicted.
        jpeg_quality: Int in [1, 100], of results in JPEG.
        steady: Function of a `PlannedPhoto`, what `prepare` made of it, and its `PredictedColor`:
            the colour that it gets. It is called in the order of the photographs, which are then
            coloured with their borders. `None` for photographs on their own.
        on_written: Function of a `PlannedPhoto`, called by several threads as soon as its result is
            there, which may be long before it is yielded, or never if the generator is closed.
        pixels_in_flight: Maximum number of pixels read and not yet written at which another
            photograph is read.
        store: `PhotoStore` that reads and writes; `None` for files of this machine.
        cores: Number of threads that read, and of those that write.

    Yields:
        A `FileResult` for each photograph, in order.
    """
    line = _Pipeline(
        colorizer,
        pixels_in_flight,
        strict=strict,
        mark=mark,
        jpeg_quality=jpeg_quality,
        steady=steady,
        on_written=on_written,
        store=LocalFiles() if store is None else store,
        cores=cores,
    )
    with contextlib.closing(line):
        yield from line.run(photos)


class _Work:
    """A photograph in the pipeline, and the futures of its reading and its writing."""

    def __init__(self, planned: PlannedPhoto) -> None:
        page = None if planned.page is None else planned.page + 1
        self.result = FileResult(planned.source, planned.output, SKIPPED, page=page)
        self.planned = planned
        self.photo: Photo | None = None
        self.prepared: PreparedPicture | None = None
        self.colored: tuple[PreparedPicture, PredictedColor] | None = None
        self.reading: Future[None] | None = None
        self.writing: Future[None] | None = None
        self.pixels = 0

    def fail(self, error: Exception) -> None:
        _log.debug("%s", self.result.source, exc_info=error)
        reason = describe_failure(error, self.result.source, self.result.output)
        lacks = find_missing_module(error)
        self.result = dataclasses.replace(self.result, status=FAILED, reason=reason, lacks=lacks)

    def note(self, stage: str, seconds: float, **changes: Any) -> None:
        times = self.result.seconds
        times = {**times, stage: times.get(stage, 0.0) + seconds}
        self.result = dataclasses.replace(self.result, seconds=times, **changes)


class _Pipeline:
    """The threads, and the photographs in flight."""

    def __init__(
        self,
        colorizer: PictureColorizer,
        pixels_in_flight: int,
        *,
        strict: bool,
        mark: bool,
        jpeg_quality: int,
        steady: Steady | None,
        on_written: Callable[[PlannedPhoto], None] | None,
        store: PhotoStore,
        cores: int,
    ) -> None:
        self._colorizer = colorizer
        self._strict, self._mark, self._jpeg_quality = strict, mark, jpeg_quality
        self._steady, self._on_written = steady, on_written
        self._store = store
        self._gate = MemoryLimit(pixels_in_flight)
        self._readers = ThreadPoolExecutor(cores, "read")
        self._writers = ThreadPoolExecutor(cores, "write")
        # In order, from reading to being yielded, and those of them that are not coloured yet.
        self._all: collections.deque[_Work] = collections.deque()
        self._uncolored: collections.deque[_Work] = collections.deque()

    def run(self, photos: Iterable[PlannedPhoto]) -> Generator[FileResult, None, None]:
        """Yields the result of each photograph, in order."""
        photos = iter(photos)
        while True:
            for planned in itertools.islice(photos, WINDOW - len(self._all)):
                self._submit_read(planned)
            if not self._all:
                return
            if _is_done(self._all[0]):
                yield self._all.popleft().result
            elif self._uncolored:
                self._color_some()
            else:
                _wait_for(self._all[0].writing)

    def close(self) -> None:
        """Stops the work; files being written are finished."""
        self._gate.open()
        self._readers.shutdown(cancel_futures=True)
        self._writers.shutdown(cancel_futures=True)

    def _submit_read(self, planned: PlannedPhoto) -> None:
        work = _Work(planned)
        self._all.append(work)
        if not planned.is_made:
            work.reading = self._readers.submit(self._read, work, self._gate.take_ticket())
            self._uncolored.append(work)

    def _read(self, work: _Work, ticket: int) -> None:
        counted = self._gate.enter(ticket)
        start = time.perf_counter()
        try:
            planned = work.planned
            photo = self._store.read(planned, strict=self._strict)
            further: dict[str, Any] = {} if self._steady is None else {"find_border": False}
            if planned.variant is not None:
                further["variant"] = planned.variant
            work.prepared = self._colorizer.prepare(photo.pixels, planned.hints, **further)
        except Exception as error:
            work.fail(error)
        else:
            work.pixels = photo.height * photo.width
            work.photo = dataclasses.replace(photo, pixels=_NO_PIXELS)
            seconds = time.perf_counter() - start
            size = {"width": photo.width, "height": photo.height}
            told = {"damage": photo.damage, "notes": photo.notes}
            work.note("read", seconds, status=MADE, **size, **told)
        self._gate.correct(counted, work.pixels)

    def _color_some(self) -> None:
        """Runs the model on the first photograph, and on prepared ones of its shape.

        Those that are steadied follow each other directly.
        """
        first = self._uncolored.popleft()
        _wait_for(first.reading)
        if first.prepared is None:
            return
        choose = filter if self._steady is None else itertools.takewhile
        alike = choose(lambda work: _is_alike(work, first), self._uncolored)
        batch = [first, *itertools.islice(alike, LARGEST_BATCH - 1)]
        for work in batch[1:]:
            self._uncolored.remove(work)
        self._color(batch)
        for work in batch:
            work.writing = self._writers.submit(self._write, work)

    def _color(self, batch: Sequence[_Work]) -> None:
        """Colours one by one where a batch fails."""
        start = time.perf_counter()
        prepared = [work.prepared for work in batch if work.prepared is not None]
        try:
            colors = self._colorizer.predict(prepared)
        except Exception as error:
            if len(batch) == 1:
                batch[0].fail(error)
                return
            for work in batch:
                self._color([work])
            return
        seconds = (time.perf_counter() - start) / len(batch)
        for work, picture, color in zip(batch, prepared, colors, strict=True):
            if self._steady is not None:
                color = self._steady(work.planned, picture, color)
            work.colored = picture, color
            work.note("color", seconds)

    def _write(self, work: _Work) -> None:
        try:
            if work.photo is not None and work.colored is not None:
                self._finish_and_write(work, work.photo, *work.colored)
        except Exception as error:
            work.fail(error)
        finally:
            work.photo = work.prepared = work.colored = None
            self._gate.correct(work.pixels, 0)

    def _finish_and_write(
        self, work: _Work, photo: Photo, prepared: PreparedPicture, color: PredictedColor
    ) -> None:
        start = time.perf_counter()
        picture = self._colorizer.finish(prepared, color)
        finished = time.perf_counter()
        path = work.result.output
        known = path.suffix.lower() in FORMAT_OF_SUFFIX
        photo = dataclasses.replace(photo, pixels=picture.pixels)
        written = mark_predicted(photo) if self._mark else photo
        file_format = None if known else photo.file_format
        lost = self._store.write(
            path, written, file_format=file_format, jpeg_quality=self._jpeg_quality
        )
        if self._on_written is not None:
            self._on_written(work.planned)
        own = {"EXIF": photo.exif, "XMP": photo.metadata.xmp}  # without the mark
        lost = tuple(name for name in lost or () if own.get(name, True))
        work.result = dataclasses.replace(work.result, lost=lost)
        work.note(
            "color",
            finished - start,
            input_size=picture.input_size,
            out_of_gamut=picture.out_of_gamut,
        )
        work.note("write", time.perf_counter() - finished)


def _wait_for(future: Future[None] | None) -> None:
    if future is not None:
        future.result()


def _is_done(work: _Work) -> bool:
    if work.writing is not None:
        return work.writing.done()
    return work.reading is None or (work.result.status == FAILED and work.reading.done())


def _is_alike(work: _Work, first: _Work) -> bool:
    if work.reading is None or not work.reading.done():
        return False
    if work.prepared is None or first.prepared is None:
        return False
    return work.prepared.input_shape == first.prepared.input_shape
