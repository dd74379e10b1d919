"""Trains a network against a discriminator, which learns to tell its colours from photographs'.

Squared and absolute error are least at the mean or the median of all colours that an object may
have, which is pale. A discriminator learns that such pictures are paler than photographs, and the
generator learns to avoid what it detects (Isola et al. 2017). The generator is a network that a
recipe has trained already; `colorkit.training.adversarial.trainers` has the alternating steps, the
same on every backend.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import keras
from numpy.typing import NDArray

from colorkit import metrics
from colorkit.backend.precision import (
    choose_training_precision,
    choose_xla,
    copy_in_precision,
    use_precision,
)
from colorkit.backend.weights import copy_weights, hash_weights
from colorkit.data.dataset import load_center_crops
from colorkit.data.stream import PhotoStream
from colorkit.data.training_photos import open_training_photos
from colorkit.models.contract import model_spec
from colorkit.models.load import load_model
from colorkit.models.patch_discriminator import MIN_SIZE, build_discriminator
from colorkit.training.adversarial.loop import AlternatingTrainer, fit_epochs
from colorkit.training.adversarial.losses import ContentLoss
from colorkit.training.adversarial.trainers import DiscriminatorTrainer, GeneratorTrainer
from colorkit.training.build import schedule_rate
from colorkit.training.callbacks import Checkpoint, EpochLog, StopOnNaN
from colorkit.training.errors import explained_end
from colorkit.training.plots import draw_contact_sheet, draw_curves
from colorkit.training.progress import TrainingProgress, survey_progress
from colorkit.training.recipes.adversarial_recipes import AdversarialRecipe, get_adversarial_recipe
from colorkit.training.run_folder import RunFolder
from colorkit.training.run_record import describe_run, describe_start
from colorkit.training.tensorboard import TensorBoardLog, tensorboard_is_installed
from colorkit.training.validation import ValidationMetrics, ValidationPictures, ValidationSet
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import numpy as np

    from colorkit.data.source import Photographs
    from colorkit.models.spec import ModelSpec

VALIDATION_PHOTOS = 320
"""Maximum number of validation photographs evaluated after each epoch."""

PICTURED_PHOTOS = 6
"""Number of them that are drawn."""

DEFAULT_SIZE = 128
"""Side of the training crops of a generator that takes any size, in pixels."""


def train_adversarially(
    generator: keras.Model | StrPath,
    photos: StrPath | NDArray[np.uint8],
    run_dir: StrPath,
    recipe: AdversarialRecipe | str = "hinge",
    *,
    seed: int = 0,
    precision: str = "auto",
    **changes: Any,
) -> keras.Model:
    """Fine-tunes a network against a discriminator, or resumes where an earlier call was stopped.

    The photographs are split 80 / 10 / 10, unless `dataset build` has split them, and as
    `train_model` splits them, given the same seed. `run_dir` receives what `train_model` writes
    there, except `best.keras`: no metric identifies the best epoch, so the last one's network
    becomes `model.keras`. The discriminator is in `checkpoint.npz`.

    A network that classifies colour is trained through its annealed mean, in its own style; use it
    in that style. Frozen layers stay frozen.

    Args:
        generator: Any builder's `keras.Model`, path of a `.keras` file such as the `model.keras` of
            a training run, or "colorkit_base" for the network that colorkit ships. It is not
            modified.
        photos: Path of a folder or tar of photographs, or a uint8 array of shape
            `(number, height, width, 3)`.
        run_dir: Folder of this run; made if missing.
        recipe: Name of a recipe, a key of `ADVERSARIAL_RECIPES`, or an `AdversarialRecipe`.
        seed: Integer that fixes split, order, augmentation and the discriminator's first weights.
        precision: "auto" (the fastest on this machine, or that of the run being resumed),
            "float32", "mixed_bfloat16" or "mixed_float16".
        **changes: Other values for fields of the recipe, such as `epochs=5` or `content="mse"`.

    Returns:
        The trained `keras.Model` in float32, of the same architecture as `generator`.

    Raises:
        ValueError: If the generator or the recipe is unknown, a value is wrong, or `run_dir` holds
            a run of another recipe, generator or other photographs, or another process uses it.
        PhotoError: If there are no photographs to train on.
        TrainingError: If the loss or the weights became NaN, the disk is full, or the photographs
            cannot be read any more. The last good checkpoint is kept.

    Example:
        >>> colorkit.train_adversarially("runs/vgg/model.keras", "photos", "runs/vgg-adversarial")
    """
    recipe = get_adversarial_recipe(recipe, **changes)
    run = RunFolder(run_dir, AdversarialRecipe)
    if not isinstance(generator, keras.Model):
        generator = load_model(generator)
    recipe = dataclasses.replace(recipe, image_size=_training_size(recipe, model_spec(generator)))
    with survey_progress() as on_progress:
        source, split, notes = open_training_photos(photos, None, seed, on_progress)
    with run.held():
        return _train(generator, recipe, source, split, notes, run, seed, precision)


def _train(
    generator: keras.Model,
    recipe: AdversarialRecipe,
    source: Photographs,
    split: Mapping[str, NDArray[np.int_]],
    notes: Iterable[str],
    run: RunFolder,
    seed: int,
    precision: str,
) -> keras.Model:
    if precision == "auto":
        precision = run.precision() or choose_training_precision()
    plan = {**describe_run(recipe, seed, source, precision), "generator": _describe(generator)}
    run.check(plan, source.names, split)

    size = recipe.image_size or DEFAULT_SIZE
    stream = PhotoStream(source, size, indices=split["train"][: recipe.max_photos], seed=seed)
    epoch_steps = recipe.steps_per_epoch or math.ceil(len(stream) / recipe.batch_size)
    network, trainer = _build_trainer(recipe, generator, epoch_steps, seed, precision)
    first_step = run.restore(trainer)
    count = min(VALIDATION_PHOTOS, epoch_steps * recipe.batch_size)
    with explained_end(run, stream):
        crops = load_center_crops(source, size, split["validation"][:count])
    validation = ValidationSet(network, crops, batch_size=recipe.batch_size)
    run.start_or_resume(plan, source.names, split)
    start = describe_start(first_step, trainer.jit_compile)
    run.drop_log_rows(from_epoch=first_step // epoch_steps)
    run.record_start(start)
    progress = TrainingProgress(first_step, epoch_steps, recipe.epochs)
    with explained_end(run, stream), progress:
        for note in notes:
            progress.print_line(note)
        progress.print_line(
            f"Training {generator.name} adversarially by {recipe.name} on {len(stream)} "
            f"photographs, {len(validation)} for validation, from step {first_step}: {precision}, "
            f"{'with' if start['xla'] else 'without'} XLA, on {start['versions']['backend']}."
        )
        guard = StopOnNaN(run, first_step, epoch_steps)
        callbacks = [
            guard,
            *_validation_callbacks(recipe, run, validation),
            EpochLog(run.log),
            Checkpoint(run, guard),
            progress,
        ]
        fit_epochs(
            trainer,
            stream,
            recipe.batch_size,
            first_step,
            epoch_steps,
            recipe.epochs,
            callbacks,
        )
        return _finish(run, generator, network, validation)


def _training_size(recipe: AdversarialRecipe, spec: ModelSpec) -> int:
    """Returns the side of the crops that fits both the recipe and the generator."""
    size = recipe.image_size
    if spec.image_size is not None:
        size = spec.image_size[0]
        if spec.image_size != (size, size) or recipe.image_size not in (None, size):
            raise ValueError(
                f"The generator takes pictures of {spec.image_size} pixels (height, width), "
                "which must be square and the recipe's `image_size`; leave that out. "
                f"Received: image_size={recipe.image_size}"
            )
    size = size or DEFAULT_SIZE
    if size % spec.size_multiple or size < MIN_SIZE:
        raise ValueError(
            f"`image_size` must be a multiple of {spec.size_multiple}, as the generator takes "
            f"it, and {MIN_SIZE} or more. Received: {size}"
        )
    return size


def _describe(generator: keras.Model) -> dict[str, str]:
    return {"name": generator.name, "weights_sha256": hash_weights(generator)}


def _build_trainer(
    recipe: AdversarialRecipe, generator: keras.Model, epoch_steps: int, seed: int, precision: str
) -> tuple[keras.Model, AlternatingTrainer]:
    """Returns a copy of the generator in the training precision, and its trainer."""
    keras.utils.set_random_seed(seed)
    network = copy_in_precision(generator, precision)
    with use_precision(precision):
        discriminator = build_discriminator(
            recipe.image_size,
            filters=recipe.discriminator_filters,
            spectral_normalization=recipe.spectral_normalization,
        )
    rates = {GeneratorTrainer: recipe.learning_rate}
    if recipe.adversarial_weight:
        rates[DiscriminatorTrainer] = recipe.discriminator_learning_rate
    trainers = []
    for kind, rate in rates.items():
        with use_precision("float32"):
            trainer = kind(network, discriminator, recipe, seed)
        optimizer = keras.optimizers.Adam(
            schedule_rate(rate, recipe.schedule, epoch_steps * recipe.epochs),
            beta_1=recipe.beta_1,
            beta_2=recipe.beta_2,
            clipnorm=recipe.clipnorm,
        )
        if precision == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        trainer.compile(optimizer, jit_compile=choose_xla())
        trainers.append(trainer)
    return network, AlternatingTrainer(*trainers)


def _validation_callbacks(
    recipe: AdversarialRecipe, run: RunFolder, validation: ValidationSet
) -> list[keras.callbacks.Callback]:
    if not len(validation):
        return []
    board = [TensorBoardLog(run.tensorboard)] if tensorboard_is_installed() else []
    show = board[0].add_pictures if board else None
    kinds = (metrics.Psnr, metrics.AbErrorAuc, metrics.RebalancedAbErrorAuc, metrics.Colorfulness)
    return [
        ValidationMetrics(validation, ContentLoss(recipe.content), [kind() for kind in kinds]),
        ValidationPictures(validation, PICTURED_PHOTOS, run.pictures, recipe.epochs, show),
        *board,
    ]


def _finish(
    run: RunFolder, generator: keras.Model, trained: keras.Model, validation: ValidationSet
) -> keras.Model:
    """Saves the network in float32, whatever the training precision, and draws its results."""
    model = copy_in_precision(generator, "float32")
    copy_weights(trained, model)
    run.save_model(model)
    if rows := run.read_log():
        draw_curves(rows, run.curves, monitor=None)
    if len(validation):
        draw_contact_sheet(validation.colorize(PICTURED_PHOTOS), run.samples)
    return model
