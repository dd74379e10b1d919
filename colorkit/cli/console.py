"""Terminal output of the commands: errors, tables, progress."""

from __future__ import annotations

import collections
import contextlib
import math
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from colorkit.cli.startup import hide_startup_output
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from colorkit.batch.file_result import FileResult
    from colorkit.batch.plan import PlannedPhoto
    from colorkit.inference.colorizer import Colorizer

SECONDS_PER_LINE = 60
"""Minimum seconds between lines of progress in a log."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def load_colorizer(
    options: argparse.Namespace,
    console: Console,
    model: StrPath | None = None,
    runtime: str | None = None,
) -> Colorizer:
    """Loads the `Colorizer` of the options, with a status line.

    Args:
        options: The command's options.
        console: `rich.console.Console`.
        model: Which model; `None` for that of the options.
        runtime: Its runtime; `None` to choose by the model's suffix.
    """
    model = options.model if model is None else model
    with console.status("Loading the model"), hide_startup_output(options.verbose):
        from colorkit.inference.colorizer import Colorizer

        return Colorizer(
            model,
            size=options.size,
            saturation=options.saturation,
            style=options.style,
            runtime=runtime,
        )


@contextlib.contextmanager
def progress_bar(console: Console) -> Iterator[Progress]:
    """Shows a bar with count, rate and time left; nothing where the output is not a terminal."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        redirect_stderr=sys.stderr.isatty(),
        transient=True,
    )
    # Rich before 14 prints an empty line where a bar that is disabled ends.
    with progress if console.is_terminal else contextlib.nullcontext():
        yield progress


class ProgressLog:
    """Prints a line of progress a minute where there is no terminal to show a bar, as in logs.

    Args:
        console: `rich.console.Console`.
        clock: Function that returns seconds.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_shown = not console.is_terminal
        self._clock = clock
        self._next = clock() + SECONDS_PER_LINE

    def tell(self, line: str) -> None:
        """Prints a line to standard error, unless the last one is less than a minute old."""
        if self._is_shown and self._clock() >= self._next:
            print(f"colorkit: {printable(line)}", file=sys.stderr, flush=True)
            self._next = self._clock() + SECONDS_PER_LINE


class VideoProgress:
    """Shows a progress bar for the frames of each video, or lines in a log.

    Args:
        progress: As `progress_bar` gives it.
        log: `ProgressLog`, or `None`.
    """

    def __init__(self, progress: Progress, log: ProgressLog | None = None) -> None:
        self._progress = progress
        self._log = log
        self._tasks: dict[PlannedPhoto, tuple[TaskID, int, float]] = {}

    def __call__(self, planned: PlannedPhoto, done: int, total: int) -> None:
        """Takes a `PlannedPhoto`, the number of its frames done and of all of them."""
        if planned not in self._tasks:
            task = self._progress.add_task(escape(printable(planned.source.name)), rate="")
            self._tasks[planned] = task, done, time.perf_counter()
        task, before, start = self._tasks[planned]
        rate = (done - before) / max(time.perf_counter() - start, 1e-9)
        self._progress.update(task, completed=done, total=total, rate=f"{rate:.1f} frames/s")
        if self._log is not None:
            left = describe_time_left(total - done, rate)
            self._log.tell(f"{planned.source}: {done} of {total} frames, {rate:.1f} a second{left}")


def describe_time_left(number: int, rate: float) -> str:
    """Describes how long a number of things takes; nothing where it is unknown.

    Example:
        >>> describe_time_left(7200, 1.0)
        ', 2 h 0 min left'
    """
    if number <= 0 or rate <= 0:
        return ""
    hours, minutes = divmod(math.ceil(number / rate / 60), 60)
    return f", {f'{hours} h ' if hours else ''}{minutes} min left"


def table_of(title: str) -> Table:
    """Returns an empty `rich.table.Table` in the style of all commands."""
    return Table(title=escape(title), box=box.SIMPLE_HEAD, title_justify="left")


def printable(text: str) -> str:
    """Returns text in one line, with escapes for what no terminal shows as it is.

    Names of files may have line breaks, a terminal's commands, and bytes that are not UTF-8.
    """
    escaped = text.encode(errors="backslashreplace").decode()
    return _CONTROLS.sub(lambda found: repr(found.group())[1:-1], escaped)


def print_error(reason: str) -> None:
    """Prints one line to standard error."""
    print(f"colorkit: {reason}", file=sys.stderr)


class FailureLog:
    """Prints why each file failed; of those that lack the same package, the first and a count."""

    def __init__(self) -> None:
        self._lacking: collections.Counter[str | None] = collections.Counter()

    def tell(self, result: FileResult) -> None:
        """Prints the reason of a `FileResult` that failed."""
        if result.lacks is not None:
            self._lacking[result.lacks] += 1
        if self._lacking[result.lacks] <= 1:
            print_error(printable(result.reason or ""))

    def close(self) -> None:
        """Prints how many more failed for want of a package."""
        for module, count in self._lacking.items():
            if count > 1:
                others = f"{count - 1} more file{'' if count == 2 else 's'}"
                print_error(f"{others} failed for want of {module} too (--report lists them)")
