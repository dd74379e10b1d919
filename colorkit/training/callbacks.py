"""Keras callbacks that save a run's weights: the last and the best, never ones with NaN."""

from __future__ import annotations

import graphlib
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.training.errors import TrainingError
from colorkit.training.recipes.recipes import direction
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.training.run_folder import RunFolder

CHECKPOINT_SECONDS = 60
"""Minimum seconds between checkpoints within an epoch."""

CHECKPOINT_SHARE = 0.05
"""Maximum share of the training time, approximately, that is spent writing checkpoints."""


def order_callbacks(callbacks: Iterable[keras.callbacks.Callback]) -> list[Any]:
    """Orders callbacks so that each comes after those whose classes its `comes_after` names.

    Those without `comes_after` come first.
    """
    callbacks = list(callbacks)
    names = [type(callback).__name__ for callback in callbacks]
    before = {
        place: [n for n, name in enumerate(names) if name in getattr(each, "comes_after", ())]
        for place, each in enumerate(callbacks)
    }
    return [callbacks[place] for place in graphlib.TopologicalSorter(before).static_order()]


class StopOnNaN(keras.callbacks.Callback):
    """Ends training with an error as soon as loss or weights are not finite.

    Keras' `TerminateOnNaN` ends training normally, so that later callbacks save the broken weights.
    It comes first, so that no other callback runs on that epoch.

    Args:
        run: A `RunFolder`.
        first_step: Number of training steps done before.
        epoch_steps: Number of training steps in an epoch.

    Attributes:
        step: Number of training steps done.

    Raises:
        TrainingError: In training; names the step, the last checkpoint and what to try.
    """

    def __init__(self, run: RunFolder, first_step: int, epoch_steps: int) -> None:
        super().__init__()
        self.step = first_step
        self._run = run
        self._epoch_steps = epoch_steps

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        self.step += 1
        loss = float(logs["loss"])
        if not np.isfinite(loss):
            raise self._error(f"The loss became {loss}")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.check_weights()

    def check_weights(self) -> None:
        """Raises a `TrainingError` if a weight or an optimizer variable is not finite."""
        for variable in [*self.model.weights, *self.model.optimizer.variables]:
            if not np.isfinite(keras.ops.convert_to_numpy(variable)).all():
                raise self._error(f"The weights are not finite any more ({variable.path})")

    def _error(self, what: str) -> TrainingError:
        epoch, step = divmod(self.step - 1, self._epoch_steps)
        best = ""
        if self._run.best.exists():
            best = f", which can begin with the best model so far (start_from={self._run.best})"
        return TrainingError(
            f"{what} at step {self.step} (epoch {epoch + 1}, step {step + 1} of "
            f"{self._epoch_steps}). Nothing of it was saved. {self._run.resume_advice()} It would "
            "meet the same photographs again, so try a lower learning_rate, clipnorm=1 or "
            f'precision="float32" in a new run{best}.'
        )


class Checkpoint(keras.callbacks.Callback):
    """Writes the trainer's weights and optimizer to the run's folder, from which it resumes.

    At the end of an epoch, and within long ones, as often as `CHECKPOINT_SHARE` allows;
    always at the end of training, before Keras replaces the weights by their moving averages.

    Args:
        run: A `RunFolder`.
        guard: `StopOnNaN` of the same training, which counts steps and checks the weights.
    """

    comes_after = ("StopOnNaN", "TrainedWeights", "EpochLog")

    def __init__(self, run: RunFolder, guard: StopOnNaN) -> None:
        super().__init__()
        self._run = run
        self._guard = guard
        self._saved_step = guard.step
        self._saved_at = time.monotonic()
        self._cost = 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if self._is_due(CHECKPOINT_SECONDS):
            self._save()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self._is_due(0) or epoch + 1 == self.params["epochs"]:
            self._save()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if self._guard.step != self._saved_step:
            self._save()

    def _is_due(self, least_seconds: float) -> bool:
        passed = time.monotonic() - self._saved_at
        return passed >= max(least_seconds, self._cost / CHECKPOINT_SHARE)

    def _save(self) -> None:
        start = time.monotonic()
        self._guard.check_weights()
        self._run.save_checkpoint(self.model, self._guard.step)
        self._saved_step, self._saved_at = self._guard.step, time.monotonic()
        self._cost = self._saved_at - start


class AveragedWeights(keras.callbacks.Callback):
    """Puts the moving averages of the weights in their place, for the callbacks that follow.

    `TrainedWeights` puts the weights back. Unlike Keras' `SwapEMAWeights`, which swaps by sums and
    differences, both together swap exactly.

    Attributes:
        trained: The weights that the averages have replaced.
    """

    comes_after = ("StopOnNaN",)
    trained: list[NDArray[Any]]

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        variables = self.model.trainable_variables
        self.trained = _copies(variables)
        self.model.optimizer.finalize_variable_values(variables)
        # On JAX, a weight and its average would share an array, which the next step donates.
        _assign(variables, _copies(variables))


class TrainedWeights(keras.callbacks.Callback):
    """Puts the weights back that `AveragedWeights` has replaced.

    Args:
        averages: The `AveragedWeights`.
    """

    comes_after = ("AveragedWeights", "BatchStatistics", "BestWeights", "ValidationPictures")

    def __init__(self, averages: AveragedWeights) -> None:
        super().__init__()
        self._averages = averages

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        _assign(self.model.trainable_variables, self._averages.trained)


def _copies(variables: Iterable[keras.Variable]) -> list[NDArray[Any]]:
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def _assign(variables: Iterable[keras.Variable], values: Iterable[NDArray[Any]]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


class BestWeights(keras.callbacks.Callback):
    """Writes the model's weights of the best epoch so far.

    Args:
        run: A `RunFolder`; its log has the best value of earlier epochs.
        trained: `keras.Model` whose weights are written.
        monitor: Name of the monitored metric.
    """

    comes_after = ("ValidationMetrics",)

    def __init__(self, run: RunFolder, trained: keras.Model, monitor: str) -> None:
        super().__init__()
        self._run = run
        self._trained = trained
        self._monitor = monitor
        self._sign = -1 if direction(monitor) == "min" else 1
        self._best = max((self._merit(row) for row in run.read_log()), default=-np.inf)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        if self._merit(logs) > self._best:
            self._best = self._merit(logs)
            _ = self.model  # On JAX, brings the weights from the training loop to the model
            self._run.save_best(self._trained)

    def _merit(self, row: Mapping[str, float]) -> float:
        return np.nan_to_num(self._sign * row[self._monitor], nan=-np.inf)


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras' early stopping, whose state survives resuming a run.

    When training begins, it is replayed from the epochs in the log.

    Args:
        run: A `RunFolder`.
        monitor: Name of the monitored metric.
        patience: Number of epochs without improvement after which training stops.
    """

    comes_after = ("EpochLog", "SharedLogs", "Checkpoint")

    def __init__(self, run: RunFolder, monitor: str, patience: int) -> None:
        super().__init__(monitor=monitor, mode=direction(monitor), patience=patience)
        self._run = run

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        super().on_train_begin(logs)
        for row in self._run.read_log():
            self.on_epoch_end(int(row["epoch"]), row)

    def is_over(self, model: keras.Model) -> bool:
        """Returns whether the epochs in the log have used up the patience."""
        self.set_model(model)
        self.on_train_begin()
        return self.wait >= self.patience


class EpochLog(keras.callbacks.CSVLogger):
    """Keras' `CSVLogger` in append mode, with the file open only while a row is written.

    So no file is left open where training fails, and each epoch is on disk when it ends.

    Args:
        path: Path of the CSV file.
    """

    comes_after = ("SharedLogs", "ValidationMetrics")

    def __init__(self, path: StrPath) -> None:
        super().__init__(str(path), append=True)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        pass

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        super().on_train_begin()
        try:
            super().on_epoch_end(epoch, logs)
        finally:
            super().on_train_end()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        pass
