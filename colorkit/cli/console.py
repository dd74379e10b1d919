"""Terminal output of the commands: errors, tables, progress."""

import contextlib
import sys
import time

from rich import box
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from colorkit.cli.startup import hide_startup_output


def load_colorizer(options, console, model=None, runtime=None):
    """Loads the `Colorizer` of the options, with a status line.

    Args:
        options: The command's options.
        console: `rich.console.Console`.
        model: Which network; `None` for that of the options.
        runtime: Its runtime; `None` to choose by the model's suffix.
    """
    model = options.model if model is None else model
    with console.status("Loading the network"), hide_startup_output(options.verbose):
        from colorkit.inference.colorizer import Colorizer

        return Colorizer(
            model,
            size=options.size,
            saturation=options.saturation,
            style=options.style,
            runtime=runtime,
        )


@contextlib.contextmanager
def progress_bar(console):
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


class VideoProgress:
    """Shows a progress bar for the frames of each video.

    Args:
        progress: As `progress_bar` gives it.
    """

    def __init__(self, progress):
        self._progress = progress
        self._tasks = {}

    def __call__(self, planned, done, total):
        """Takes a `PlannedPhoto`, the number of its frames done and of all of them."""
        if planned not in self._tasks:
            task = self._progress.add_task(escape(printable(planned.source.name)), rate="")
            self._tasks[planned] = task, done, time.perf_counter()
        task, before, start = self._tasks[planned]
        rate = (done - before) / max(time.perf_counter() - start, 1e-9)
        self._progress.update(task, completed=done, total=total, rate=f"{rate:.1f} frames/s")


def table_of(title):
    """Returns an empty `rich.table.Table` in the style of all commands."""
    return Table(title=escape(title), box=box.SIMPLE_HEAD, title_justify="left")


def printable(text):
    """Returns text without what no terminal shows: the bytes of names that are not UTF-8."""
    return text.encode(errors="backslashreplace").decode()


def print_error(reason):
    """Prints one line to standard error."""
    print(f"colorkit: {reason}", file=sys.stderr)
