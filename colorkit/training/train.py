"""Trains a network by a recipe, in a folder from which a stopped run resumes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
from numpy.typing import NDArray

from colorkit import losses, metrics
from colorkit.backend.precision import choose_training_precision, choose_xla, use_precision
from colorkit.data.dataset import load_center_crops
from colorkit.data.stream import PhotoStream
from colorkit.data.training_photos import open_training_photos
from colorkit.models.layers.common import trained_normalizations
from colorkit.training.batch_statistics import BatchStatistics
from colorkit.training.build import (
    build_finished_network,
    build_network,
    build_optimizer,
    find_named,
)
from colorkit.training.callbacks import (
    AveragedWeights,
    BestWeights,
    Checkpoint,
    EarlyStopping,
    EpochLog,
    StopOnNaN,
)
from colorkit.training.distribution.strategies import open_strategy
from colorkit.training.distribution.strategy import SharedLogs, Strategy
from colorkit.training.errors import explained_end
from colorkit.training.features.distillation import DistillationTrainer, cache_teacher_features
from colorkit.training.features.feature_trainer import (
    FeatureTrainer,
    cache_features,
    split_for_features,
)
from colorkit.training.hint_trainer import HintTrainer, HintValidationSet, check_hints_are_taken
from colorkit.training.plots import draw_contact_sheet, draw_curves
from colorkit.training.progress import TrainingProgress, survey_progress
from colorkit.training.recipes.recipes import Recipe, get_recipe
from colorkit.training.run_folder import RunFolder
from colorkit.training.run_record import describe_run, describe_start
from colorkit.training.tensorboard import TensorBoardLog, tensorboard_is_installed
from colorkit.training.trainer import Trainer
from colorkit.training.validation import ValidationMetrics, ValidationPictures, ValidationSet
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import numpy as np

    from colorkit.data.source import Photographs

VALIDATION_PHOTOS = 320
"""Maximum number of validation photographs evaluated after each epoch."""

PICTURED_PHOTOS = 6
"""Number of them that are drawn."""


def train_model(
    recipe: Recipe | str,
    photos: StrPath | NDArray[np.uint8],
    run_dir: StrPath,
    *,
    seed: int = 0,
    precision: str = "auto",
    strategy: str = "none",
    features: StrPath | None = None,
    further: StrPath | NDArray[np.uint8] | None = None,
    **changes: Any,
) -> keras.Model:
    """Trains a network by a recipe, or resumes where an earlier call was stopped.

    The photographs are split 80 / 10 / 10, unless `dataset build` has split them. Gray and toned
    ones are left out, and those that show the same picture come into one part. `run_dir` receives
    the recipe and the split, a log, pictures of validation photographs, checkpoints, and in the end
    the network as `model.keras` (see `training.run_folder`). Called again with the same `run_dir`,
    training resumes at the step of the last checkpoint with the photographs that would have come
    next.

    Args:
        recipe: Name of a recipe, a key of `RECIPES` such as "vgg16" or "vgg16_modern", or a
            `Recipe`.
        photos: Path of a folder or tar of photographs, or a uint8 array of shape
            `(number, height, width, 3)`.
        run_dir: Folder of this run; made if missing.
        seed: Integer that fixes split, order, augmentation and random weights.
        precision: "auto" (the fastest on this machine, or that of the run being resumed),
            "float32", "mixed_bfloat16" or "mixed_float16".
        strategy: "none" for one device, or which devices train together: "mirrored", "multiworker"
            or "tpu" (see `open_strategy`). A run may be stopped under one and resumed under
            another.
        features: Folder for the features of a frozen backbone or a teacher, where the recipe caches
            them (`Recipe.feature_views`, `Recipe.teacher`). Several runs may share one; by default
            it is in `run_dir`.
        further: Further photographs, given as `photos` are, all used for training: they do
            not change the split of `photos`.
        **changes: Other values for fields of the recipe, such as `epochs=5` or
            `weights=None` (a backbone with random weights).

    Returns:
        The trained `keras.Model` in float32, from L to ab or RGB.

    Raises:
        ValueError: If the recipe is unknown, a value is wrong, or `run_dir` holds a run of another
            recipe or other photographs, or is in use by another process.
        PhotoError: If there are no photographs to train on.
        TrainingError: If the loss or the weights became NaN, the disk is full, the photographs
            cannot be read any more, or another worker ended. The last good checkpoint is kept.
    """
    recipe = get_recipe(recipe, **changes)
    with survey_progress() as on_progress:
        source, split, notes = open_training_photos(photos, further, seed, on_progress)
    devices = open_strategy(strategy, recipe.batch_size)
    run = RunFolder(run_dir)
    with devices.running(run), run.held() if devices.is_chief else contextlib.nullcontext():
        features = features or run.features
        return _train(recipe, source, split, notes, run, seed, precision, devices, features)


def _train(
    recipe: Recipe,
    source: Photographs,
    split: Mapping[str, NDArray[np.int_]],
    notes: Iterable[str],
    run: RunFolder,
    seed: int,
    precision: str,
    strategy: Strategy,
    features: StrPath,
) -> keras.Model:
    loss = find_named(losses, "loss", recipe.loss, keras.losses.Loss)()
    validation_metrics = _build_metrics(recipe)
    if precision == "auto":
        precision = strategy.broadcast(run.precision() or choose_training_precision())
    description = describe_run(recipe, seed, source, precision)
    strategy.chief_first(lambda: run.check(description, source.names, split))

    indices = split["train"][: recipe.max_photos]
    stream = PhotoStream(source, recipe.image_size, indices=indices, seed=seed)
    epoch_steps = recipe.steps_per_epoch or math.ceil(len(stream) / recipe.batch_size)
    with strategy.scope():
        network, trainer = _build_trainer(recipe, loss, epoch_steps, seed, precision, strategy)
        first_step = run.restore(trainer)
    # No more than the photographs of an epoch, so that validation takes less time than training.
    count = min(VALIDATION_PHOTOS, epoch_steps * recipe.batch_size)
    validation_indices = split["validation"][:count]
    with explained_end(run, stream):
        open_batches: Callable[..., keras.utils.PyDataset] | None = None
        validation: ValidationSet
        if recipe.feature_views:
            open_batches, validation = strategy.chief_first(
                lambda: cache_features(
                    recipe, network, source, indices, validation_indices, features, seed
                )
            )
        else:
            crops = load_center_crops(source, recipe.image_size, validation_indices)
            seen = (network, crops, recipe.trained_layer, recipe.batch_size)
            points = recipe.hint_points
            validation = HintValidationSet(points, *seen) if points else ValidationSet(*seen)
        if recipe.teacher:
            open_batches = strategy.chief_first(
                lambda: cache_teacher_features(recipe, source, indices, features, seed)
            )

    def batches(**place: int) -> Any:
        if open_batches is None:
            return strategy.batches(stream, recipe.batch_size, **place)
        return strategy.parts(open_batches(**place))

    # Now that all values of the recipe have been used, and none was refused
    strategy.chief_first(lambda: run.start_or_resume(description, source.names, split))
    start = describe_start(first_step, trainer.jit_compile, strategy.replicas)
    if strategy.is_chief:
        run.drop_log_rows(from_epoch=first_step // epoch_steps)
        run.record_start(start)
    strategy.check_same_step(first_step, run)
    progress = TrainingProgress(first_step, epoch_steps, recipe.epochs, strategy.is_chief)
    with explained_end(run, stream), progress:
        for note in notes:
            progress.print_line(note)
        progress.print_line(_summary(recipe, stream, validation, precision, start))
        guard = StopOnNaN(run, first_step, epoch_steps)
        callbacks = [guard, SharedLogs(strategy)]
        if strategy.is_chief:
            validation_callbacks = _validation_callbacks(
                recipe, run, network, validation, loss, validation_metrics
            )
            statistics = _batch_statistics(recipe, network, source, indices, precision)
            averages = [AveragedWeights()] if recipe.ema_momentum is not None else []
            callbacks[1:1] = [*averages, *statistics, *validation_callbacks, *averages]
            callbacks += [
                EpochLog(run.log),
                Checkpoint(run, guard),
                progress,
            ]
        stopping = []
        if recipe.patience and len(validation):
            stopping = [EarlyStopping(run, recipe.monitor, recipe.patience)]
        for begin, end in _fit_spans(first_step, epoch_steps, recipe.epochs):
            strategy.broadcast(None)  # Waits until the chief has logged the previous epochs.
            if any(callback.is_over(trainer) for callback in stopping):
                break
            if begin > first_step and recipe.ema_momentum is not None:
                run.restore(trainer)  # `fit` has replaced the weights by their averages.
            trainer.fit(
                batches(first_step=begin, steps=end - begin),
                initial_epoch=begin // epoch_steps,
                epochs=end // epoch_steps,
                steps_per_epoch=min(end - begin, epoch_steps),
                callbacks=[*callbacks, *stopping],
                shuffle=False,
                verbose=0,
            )
        # As `fit` does at its end, which a finished run that is called again does not reach.
        trainer.optimizer.finalize_variable_values(trainer.trainable_variables)
        return _finish(recipe, run, network, validation, strategy)


def _build_metrics(recipe: Recipe) -> list[keras.metrics.Metric]:
    further = [
        find_named(metrics, "metrics", name, keras.metrics.Metric) for name in recipe.metrics
    ]
    always = (metrics.Psnr, metrics.AbErrorAuc, metrics.RebalancedAbErrorAuc, metrics.Colorfulness)
    return [metric() for metric in (*always, *further)]


def _build_trainer(
    recipe: Recipe,
    loss: keras.losses.Loss,
    epoch_steps: int,
    seed: int,
    precision: str,
    strategy: Strategy,
) -> tuple[keras.Model, Trainer]:
    keras.utils.set_random_seed(seed)
    with use_precision(precision):
        network = build_network(recipe)
        check_hints_are_taken(recipe, network)
        strategy.adapt_network(network)
        if recipe.feature_views:
            trainer = FeatureTrainer(split_for_features(recipe, network), recipe.augmentation)
        elif recipe.teacher:
            trainer = DistillationTrainer(network, recipe.augmentation, recipe.trained_layer, seed)
        elif recipe.hint_points:
            trainer = HintTrainer(
                network, recipe.hint_points, recipe.augmentation, recipe.trained_layer, seed
            )
        else:
            trainer = Trainer(network, recipe.augmentation, recipe.trained_layer, seed)
    optimizer = strategy.adapt_optimizer(build_optimizer(recipe, epoch_steps, network), precision)
    trainer.compile(optimizer, loss, jit_compile=strategy.allows_xla and choose_xla())
    return network, trainer


def _summary(
    recipe: Recipe,
    stream: PhotoStream,
    validation: ValidationSet,
    precision: str,
    start: Mapping[str, Any],
) -> str:
    """Returns one line on what is trained, on what data, and how."""
    hardware = start["hardware"]
    gpus = f", {len(hardware['gpus'])} x {hardware['gpus'][0]}" if hardware["gpus"] else ""
    together = f", {start['replicas']} devices together" if start["replicas"] > 1 else ""
    return (
        f"Training {recipe.name} on {len(stream)} photographs, {len(validation)} for validation, "
        f"from step {start['first_step']}: {precision}"
        f"{' with loss scaling' if precision == 'mixed_float16' else ''}, "
        f"{'with' if start['xla'] else 'without'} XLA, on {start['versions']['backend']}, "
        f"{hardware['cores']} cores of {hardware['cpu']}{gpus}{together}; "
        f"TensorBoard {'on' if tensorboard_is_installed() else 'not installed, skipped'}."
    )


def _validation_callbacks(
    recipe: Recipe,
    run: RunFolder,
    network: keras.Model,
    validation: ValidationSet,
    loss: keras.losses.Loss,
    validation_metrics: Sequence[keras.metrics.Metric],
) -> list[keras.callbacks.Callback]:
    if not len(validation):
        return []
    board = [TensorBoardLog(run.tensorboard)] if tensorboard_is_installed() else []
    show = board[0].add_pictures if board else None
    return [
        ValidationMetrics(validation, loss, validation_metrics),
        ValidationPictures(validation, PICTURED_PHOTOS, run.pictures, recipe.epochs, show),
        BestWeights(run, network, recipe.monitor),
        *board,
    ]


def _batch_statistics(
    recipe: Recipe,
    network: keras.Model,
    source: Photographs,
    indices: NDArray[np.int_],
    precision: str,
) -> list[BatchStatistics]:
    if not (recipe.batch_norm_photos and trained_normalizations(network)):
        return []
    photos = load_center_crops(source, recipe.image_size, indices[: recipe.batch_norm_photos])
    copy = build_finished_network(recipe, network, precision)
    return [BatchStatistics(network, copy, photos, recipe.batch_size)]


def _fit_spans(first_step: int, epoch_steps: int, epochs: int) -> list[tuple[int, int]]:
    """Spans of steps with epochs of equal length: the rest of an interrupted epoch, the others."""
    last_step = epochs * epoch_steps
    whole = -(-first_step // epoch_steps) * epoch_steps
    return [(a, b) for a, b in ((first_step, whole), (whole, last_step)) if a < b <= last_step]


def _finish(
    recipe: Recipe,
    run: RunFolder,
    network: keras.Model,
    validation: ValidationSet,
    strategy: Strategy,
) -> keras.Model:
    """Saves the network in float32, whatever the training precision, and draws its results."""
    if recipe.keep == "best" and run.best.exists():
        network.load_weights(run.best)
    model = build_finished_network(recipe, network)
    if strategy.is_chief:
        run.save_model(model)
        if rows := run.read_log():
            draw_curves(rows, run.curves, recipe.monitor)
        if len(validation):
            draw_contact_sheet(validation.colorize(PICTURED_PHOTOS), run.samples)
    strategy.broadcast(None)  # All workers wait here until everything is written.
    return model
