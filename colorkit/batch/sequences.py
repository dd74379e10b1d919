"""Colours numbered pictures as the frames of a film, steadied from one to the next.

Frames that are made already are not touched. Where others follow them, colouring resumes from the
state that a stopped run has saved beside the results; without one, from some frames before, which
are coloured again and not written.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import warnings
import zipfile
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from colorkit.batch.file_pipeline import colorize_files
from colorkit.batch.file_result import MADE, SKIPPED, FileResult
from colorkit.batch.frame_numbers import describe_gaps, find_gaps, group_frames
from colorkit.io.atomic_write import replace_when_whole
from colorkit.io.photo import PhotoError, PhotoWarning
from colorkit.io.read import read_photo
from colorkit.video.stabilizer import ChromaStabilizer

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto
    from colorkit.inference.colorizer import Colorizer
    from colorkit.inference.pictures import PredictedColor, PreparedPicture

WARM_UP = 64
"""Frames that are coloured once more before others: after them, a thousandth is left of a
difference in colour (0.9 to the power of 64)."""

STATE_NAME = ".colorkit-sequence.npz"
"""Name of the stabiliser's state beside the results, while a sequence is not finished."""


def colorize_sequences(
    colorizer: Colorizer,
    photos: Sequence[PlannedPhoto],
    settings_of: Callable[[PlannedPhoto], Mapping[str, Any]],
    **choices: Any,
) -> Generator[FileResult, None, None]:
    """Colours numbered pictures with colours that are steady within each sequence.

    Args:
        colorizer: `Colorizer`; not used where every result exists already.
        photos: List of `PlannedPhoto`, as `order_frames` orders them.
        settings_of: Function of a `PlannedPhoto`: the settings of its result, as the journal has
            them.
        **choices: `strict`, `mark`, `jpeg_quality` and `on_written`, as `colorize_files` takes
            them.

    Yields:
        A `FileResult` for each frame, in order. Its notes name numbers that are missing before
        it, and a size other than that of the frame before.

    Warns:
        PhotoWarning: for each sequence with missing numbers, and where a size changes.
    """
    for name, numbered in group_frames(photos).items():
        gaps = find_gaps([number for number, _ in numbered])
        if gaps:
            warnings.warn(f"{name}: {describe_gaps(gaps)}", PhotoWarning, stacklevel=2)
        notes = {after: f"no pictures between {before} and {after}" for before, after in gaps}
        size: tuple[int | None, int | None] | None = None
        frames = [planned for _, planned in numbered]
        with contextlib.closing(_colorize(colorizer, frames, settings_of, choices)) as results:
            for (number, _), result in zip(numbered, results, strict=True):
                told = [notes.pop(number)] if number in notes else []
                if result.status == MADE:
                    before, size = size, (result.width, result.height)
                    if before is not None and before != size:
                        change = (
                            f"{before[0]} x {before[1]} pixels before, {size[0]} x {size[1]} now"
                        )
                        told.append(f"another size, colour starts anew: {change}")
                        warnings.warn(f"{result.source}: {told[-1]}", PhotoWarning, stacklevel=2)
                yield dataclasses.replace(result, notes=(*result.notes, *told)) if told else result


def _colorize(
    colorizer: Colorizer,
    frames: Sequence[PlannedPhoto],
    settings_of: Callable[[PlannedPhoto], Mapping[str, Any]],
    choices: Mapping[str, Any],
) -> Generator[FileResult, None, None]:
    """Yields the results of one sequence."""
    steadying = _Steadying(colorizer, frames, settings_of)
    start = 0
    for is_made, alike in itertools.groupby(frames, key=lambda planned: planned.is_made):
        run = list(alike)
        if is_made:
            yield from map(_skip, run)
        else:
            steadying.go_to(start)
            with contextlib.closing(
                colorize_files(colorizer, run, steady=steadying.steady, **choices)
            ) as results:
                for planned, result in zip(run, results, strict=True):
                    steadying.keep(planned)
                    yield result
        start += len(run)
    steadying.forget()


def _skip(planned: PlannedPhoto) -> FileResult:
    page = None if planned.page is None else planned.page + 1
    return FileResult(planned.source, planned.output, SKIPPED, page=page)


class _Steadying:
    """Steadies the frames of one sequence, and keeps the state after the last one written."""

    def __init__(
        self,
        colorizer: Colorizer,
        frames: Sequence[PlannedPhoto],
        settings_of: Callable[[PlannedPhoto], Mapping[str, Any]],
    ) -> None:
        self._colorizer = colorizer
        self._frames, self._settings_of = frames, settings_of
        self._stabilizer = ChromaStabilizer()
        # After frames that are not written yet
        self._states: dict[PlannedPhoto, dict[str, Any]] = {}
        self._state_file: Path | None = None  # of this sequence
        self._next = self._load()  # index of the frame that follows the stabiliser's state

    def steady(
        self, planned: PlannedPhoto, prepared: PreparedPicture, color: PredictedColor
    ) -> PredictedColor:
        """Steadies the next frame's colour."""
        ab = self._stabilizer.stabilize(prepared.lightness, color.ab)
        self._states[planned] = self._stabilizer.state
        return dataclasses.replace(color, ab=ab)

    def go_to(self, start: int) -> None:
        """Prepares for the frame of an index: colours those before it that the state lacks."""
        if not start - WARM_UP <= self._next <= start:
            self._stabilizer.state = {}
            self._next = max(0, start - WARM_UP)
        for planned in self._frames[self._next : start]:
            with contextlib.suppress(PhotoError, MemoryError):
                photo = read_photo(planned.source, page=planned.page)
                prepared = self._colorizer.prepare(photo.pixels, find_border=False)
                (color,) = self._colorizer.predict([prepared])
                self._stabilizer.stabilize(prepared.lightness, color.ab)
        self._next = start

    def keep(self, planned: PlannedPhoto) -> None:
        """Keeps the state after a frame whose result is there."""
        self._next += 1
        state = self._states.pop(planned, None)  # None after a frame that failed
        if state is None:
            return
        claim, path = self._claim(planned), planned.output.with_name(STATE_NAME)
        with (
            contextlib.suppress(OSError),
            replace_when_whole(path) as temporary,
            open(temporary, "xb") as file,
        ):
            np.savez(file, source=str(planned.source), claim=claim, **state)
            self._state_file = path

    def forget(self) -> None:
        """Deletes the state: the sequence is finished."""
        if self._state_file is not None:
            self._state_file.unlink(missing_ok=True)

    def _load(self) -> int:
        with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile):
            path = self._frames[0].output.with_name(STATE_NAME)
            with np.load(path) as stored:
                state = dict(stored)
            source, claim = str(state.pop("source")), str(state.pop("claim"))
            for index, planned in enumerate(self._frames):
                if str(planned.source) == source and self._claim(planned) == claim:
                    self._stabilizer.state, self._state_file = state, path
                    return index + 1
        return 0

    def _claim(self, planned: PlannedPhoto) -> str:
        """Describes a frame and its settings."""
        with contextlib.suppress(OSError):
            status = os.stat(planned.source)
            file = [planned.page, status.st_size, status.st_mtime_ns]
            return json.dumps([file, self._settings_of(planned)], sort_keys=True)
        return ""
