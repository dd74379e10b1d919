"""The one loop of all training: resumes, trains, validates, logs, saves and draws."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras

from colorkit.backend.precision import choose_training_precision
from colorkit.io.atomic_write import write_whole
from colorkit.training.callbacks import (
    AveragedWeights,
    BestWeights,
    Checkpoint,
    EarlyStopping,
    EpochLog,
    StopOnNaN,
    TrainedWeights,
    order_callbacks,
)
from colorkit.training.distribution.strategy import SharedLogs, Strategy
from colorkit.training.errors import explained_end
from colorkit.training.model_card import render_card
from colorkit.training.plots import draw_contact_sheet, draw_curves
from colorkit.training.progress import TrainingProgress
from colorkit.training.run_record import describe_start
from colorkit.training.tensorboard import TensorBoardLog, tensorboard_is_installed
from colorkit.training.validation import ValidationMetrics, ValidationPictures, ValidationSet

if TYPE_CHECKING:
    from colorkit.training.method import Phase, TrainingMethod
    from colorkit.training.run_folder import RunFolder

PICTURED_PHOTOS = 6
"""Number of validation photographs that are drawn."""


def fit_run(
    method: TrainingMethod, run: RunFolder, strategy: Strategy, precision: str = "auto"
) -> keras.Model:
    """Trains by a method from where the run's folder was left to the end.

    Args:
        method: The `TrainingMethod`.
        run: The `RunFolder`, which no other process may use.
        strategy: The `Strategy`.
        precision: As for `train_model`.

    Returns:
        The trained `keras.Model` in float32.

    Raises:
        ValueError, PhotoError, TrainingError: As `train_model`.
    """
    recipe, photos, epoch_steps = method.recipe, method.photos, method.epoch_steps
    metrics = method.validation_metrics()
    if precision == "auto":
        precision = strategy.broadcast(run.precision() or choose_training_precision())
    description = method.describe(precision)
    strategy.chief_first(lambda: run.check(description, photos.source.names, photos.split))
    with strategy.scope():
        trainer = method.build_trainer(precision, strategy)
        first_step = run.restore(trainer)
    with explained_end(run, method.stream):
        validation = method.open_validation(strategy)
        method.prepare_batches(strategy)

    # Now that all values of the recipe have been used, and none was refused
    strategy.chief_first(
        lambda: run.start_or_resume(description, photos.source.names, photos.split)
    )
    start = describe_start(first_step, trainer.jit_compile, strategy.replicas)
    if strategy.is_chief:
        run.drop_log_rows(from_epoch=first_step // epoch_steps)
        run.record_start(start)
    strategy.check_same_step(first_step, run)
    progress = TrainingProgress(
        first_step,
        epoch_steps,
        recipe.epochs,
        recipe.batch_size,
        method.learning_rate,
        strategy.is_chief,
    )
    with explained_end(run, method.stream), progress:
        for note in photos.notes:
            progress.print_line(note)
        progress.print_line(_summary(method, validation, precision, start))
        guard = StopOnNaN(run, first_step, epoch_steps)
        callbacks = [guard, SharedLogs(strategy)]
        if strategy.is_chief:
            statistics = method.batch_statistics(precision)
            validating = _validation_callbacks(method, run, validation, metrics)
            callbacks += [*statistics, *validating, EpochLog(run.log), Checkpoint(run, guard)]
            callbacks.append(progress)
            if method.ema_momentum is not None:
                averages = AveragedWeights()
                callbacks += [averages, TrainedWeights(averages)]
        stopping = []
        if method.patience and method.monitor and len(validation):
            stopping = [EarlyStopping(run, method.monitor, method.patience)]
        callbacks = order_callbacks([*callbacks, *stopping])
        for begin, end in _fit_spans(first_step, epoch_steps, recipe.epochs, method.phase):
            strategy.broadcast(None)  # Waits until the chief has logged the previous epochs.
            if any(callback.is_over(trainer) for callback in stopping):
                break
            if begin > first_step and method.ema_momentum is not None:
                run.restore(trainer)  # `fit` has replaced the weights by their averages.
            method.begin_phase(trainer, begin // epoch_steps)
            trainer.fit(
                method.open_batches(begin, end - begin, strategy),
                initial_epoch=begin // epoch_steps,
                epochs=end // epoch_steps,
                steps_per_epoch=min(end - begin, epoch_steps),
                callbacks=callbacks,
                shuffle=False,
                verbose=0,
            )
        # As `fit` does at its end, which a finished run that is called again does not reach.
        trainer.optimizer.finalize_variable_values(trainer.trainable_variables)
        model = method.finish(run)
        if strategy.is_chief:
            _save(model, run, validation, method.monitor)
        strategy.broadcast(None)  # All workers wait here until everything is written.
        return model


def _validation_callbacks(
    method: TrainingMethod,
    run: RunFolder,
    validation: ValidationSet,
    metrics: Sequence[keras.metrics.Metric],
) -> list[keras.callbacks.Callback]:
    if not len(validation):
        return []
    board = [TensorBoardLog(run.tensorboard)] if tensorboard_is_installed() else []
    show = board[0].add_pictures if board else None
    epochs = method.recipe.epochs
    best = [BestWeights(run, method.model, method.monitor)] if method.monitor else []
    return [
        ValidationMetrics(validation, method.validation_loss(), metrics),
        ValidationPictures(validation, PICTURED_PHOTOS, run.pictures, epochs, show),
        *best,
        *board,
    ]


def _summary(
    method: TrainingMethod, validation: ValidationSet, precision: str, start: Mapping[str, Any]
) -> str:
    """Returns one line on what is trained, on what data, and how."""
    hardware = start["hardware"]
    gpus = f", {len(hardware['gpus'])} x {hardware['gpus'][0]}" if hardware["gpus"] else ""
    together = f", {start['replicas']} devices together" if start["replicas"] > 1 else ""
    return (
        f"Training {method.title} on {len(method.stream)} photographs, {len(validation)} for "
        f"validation, from step {start['first_step']}: {precision}"
        f"{' with loss scaling' if precision == 'mixed_float16' else ''}, "
        f"{'with' if start['xla'] else 'without'} XLA, on {start['versions']['backend']}, "
        f"{hardware['cores']} cores of {hardware['cpu']}{gpus}{together}; "
        f"TensorBoard {'on' if tensorboard_is_installed() else 'not installed, skipped'}."
    )


def _fit_spans(
    first_step: int, epoch_steps: int, epochs: int, phase: Callable[[int], Phase]
) -> Iterator[tuple[int, int]]:
    """Yields spans of steps with epochs of equal length, the first perhaps cut, and one phase."""

    def alike(epoch: int) -> tuple[bool, Phase]:
        return epoch * epoch_steps < first_step, phase(epoch)

    for _, together in itertools.groupby(range(first_step // epoch_steps, epochs), alike):
        span = [*together]
        yield max(first_step, span[0] * epoch_steps), (span[-1] + 1) * epoch_steps


def _save(
    model: keras.Model, run: RunFolder, validation: ValidationSet, monitor: str | None
) -> None:
    run.save_model(model)
    if rows := run.read_log():
        draw_curves(rows, run.curves, monitor)
    if len(validation):
        draw_contact_sheet(validation.colorize(PICTURED_PHOTOS), run.samples)
    if not run.card.exists():  # which may have been edited since
        write_whole(run.card, render_card(model, run.model).encode())
