"""Progress of a training run: a bar on a terminal, else one line per epoch."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator

import keras
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_PACE_SECONDS = 1.0  # between two looks at the rate, which is computed anew for each


class TrainingProgress(keras.callbacks.Callback):
    """Shows progress, metrics, learning rate, photographs a second and the time left.

    Used as a context, within which `fit` may be called several times.

    Args:
        first_step: Number of training steps done before.
        epoch_steps: Number of training steps in an epoch.
        epochs: Number of epochs.
        batch_size: Photographs in a batch.
        rate: Function from a step to its learning rate.
        shown: Whether anything is shown; of several workers, the chief does.
    """

    comes_after = ("Checkpoint", "TensorBoardLog")

    def __init__(
        self,
        first_step: int,
        epoch_steps: int,
        epochs: int,
        batch_size: int,
        rate: Callable[[int], float],
        shown: bool = True,
    ) -> None:
        super().__init__()
        self._step = first_step
        self._timed_steps, self._timed_seconds = 0, 0.0
        self._step_end: float | None = None
        self._between_epochs = 0.0
        self._epoch_steps = epoch_steps
        self._epochs = epochs
        self._batch_size = batch_size
        self._rate, self._pace_text, self._paced_at = rate, "", -math.inf
        self._console = Console(soft_wrap=True, highlight=False, quiet=not shown)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[loss]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=epochs * epoch_steps, completed=first_step,
                                        loss="", left="")  # fmt: skip

    def __enter__(self) -> TrainingProgress:
        self._epoch_start = time.monotonic()
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def print_line(self, line: str) -> None:
        """Prints a line."""
        self._console.print(escape(line))

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._timed_steps, self._timed_seconds = 0, 0.0  # Steps may take another time than before

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch_start = time.monotonic()
        self._step_end = None
        self._bar.update(self._task, description=f"Epoch {epoch + 1}/{self._epochs}")

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        self._step += 1
        now = time.monotonic()
        if self._step_end is not None:  # An epoch's first step waits for photographs or compiles
            self._timed_steps += 1
            self._timed_seconds += now - self._step_end
        self._step_end = now
        self._bar.update(
            self._task,
            completed=self._step,
            loss=f"loss {logs['loss']:.4g}",
            left=self._pace(now),
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        now = time.monotonic()
        seconds = now - self._epoch_start
        if self._step_end is not None:
            self._between_epochs = now - self._step_end
        metrics = ", ".join(f"{name} {value:.4g}" for name, value in logs.items())
        self.print_line(
            f"Epoch {epoch + 1}/{self._epochs}: {metrics}; "
            f"{', '.join(filter(None, [format_time(seconds), self._pace(now)]))}"
        )

    def _pace(self, now: float) -> str:
        """Returns the learning rate, the photographs a second, and the time left, once known."""
        if self._timed_steps and now - self._paced_at >= _PACE_SECONDS:
            speed = self._batch_size * self._timed_steps / self._timed_seconds
            rate = f"rate {self._rate(self._step - 1):.2g}"
            self._pace_text = f"{rate}, {speed:.3g} photographs/s, {self._time_left()}"
            self._paced_at = now
        return self._pace_text

    def _time_left(self) -> str:
        """Returns the estimated time of the remaining steps and of what follows each epoch."""
        steps = self._epochs * self._epoch_steps - self._step
        seconds = steps * self._timed_seconds / self._timed_steps
        seconds += math.ceil(steps / self._epoch_steps) * self._between_epochs
        return f"{format_time(seconds)} left"


@contextlib.contextmanager
def survey_progress() -> Iterator[Callable[[int, int], None]]:
    """Shows a bar while photographs are looked at, on a terminal.

    Yields:
        Function to be called as `on_progress(done, total)`.
    """
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    console = Console()
    bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
    task = bar.add_task("Looking for gray photographs and near-duplicates")
    with bar if console.is_terminal else contextlib.nullcontext():
        yield lambda done, total: bar.update(task, completed=done, total=total)


def format_time(seconds: float) -> str:
    """Returns a span of time as text: "42 s", "7:05 min" or "26:03 h"."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d} min"
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d} h"
