"""A kind of training as an object: what is built, what it is trained on, how it is validated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
from numpy.typing import NDArray

from colorkit import losses, metrics
from colorkit.backend.precision import choose_xla, use_precision
from colorkit.data.dataset import load_center_crops
from colorkit.data.stream import PhotoStream
from colorkit.models.layers.common import trained_normalizations
from colorkit.training.batch_statistics import BatchStatistics
from colorkit.training.build import (
    build_finished_model,
    build_optimizer,
    build_recipe_model,
    find_named,
    schedule_rate,
)
from colorkit.training.photos import VALIDATION_PHOTOS, TrainingPhotos
from colorkit.training.run_record import describe_run
from colorkit.training.trainer import Trainer
from colorkit.training.transfer import encoder_rates
from colorkit.training.validation import ValidationSet
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import numpy as np

    from colorkit.training.distribution.strategy import Strategy
    from colorkit.training.run_folder import RunFolder


class Phase(NamedTuple):
    """What stays the same from epoch to epoch, until another phase begins.

    Attributes:
        image_size: Side of the training crops, in pixels.
        is_encoder_frozen: Whether a pretrained encoder is left as it is.
    """

    image_size: int
    is_encoder_frozen: bool = False


class TrainingMethod:
    """Plain training: a recipe's model on crops of the photographs.

    Other kinds of training derive from it and override what they do otherwise.
    `colorkit.training.fit.fit_run` calls the methods.

    Args:
        recipe: A `Recipe`.
        photos: `TrainingPhotos`.
        seed: Integer that fixes order, augmentation and random weights.
        features: Folder of cached features, for methods that cache any.

    Attributes:
        stream: `PhotoStream` of the training photographs.
        epoch_steps: Number of training steps in an epoch.
        model: The `keras.Model` that is trained, once `build_trainer` has built it.
    """

    model: keras.Model

    def __init__(
        self, recipe: Any, photos: TrainingPhotos, seed: int, features: StrPath = ""
    ) -> None:
        self.recipe = recipe
        self.photos = photos
        self.seed = seed
        self.features = features
        self._begun = Phase(recipe.image_size)  # as a trainer is compiled
        self._resting: set[str] = set()
        self.indices = photos.split["train"][: recipe.max_photos]
        self.stream = PhotoStream(photos.source, recipe.image_size, indices=self.indices, seed=seed)
        self.epoch_steps = recipe.steps_per_epoch or math.ceil(len(self.stream) / recipe.batch_size)
        # No more than the photographs of an epoch: validation takes less time than training.
        count = min(VALIDATION_PHOTOS, self.epoch_steps * recipe.batch_size)
        self.validation_indices = photos.split["validation"][:count]

    @property
    def monitor(self) -> str | None:
        """The validation metric by which epochs are compared, if any is."""
        return self.recipe.monitor

    @property
    def patience(self) -> int | None:
        """Number of epochs without improvement after which training stops, if it does."""
        return self.recipe.patience

    @property
    def ema_momentum(self) -> float | None:
        """Momentum of the moving averages of the weights, if they are used."""
        return self.recipe.ema_momentum

    @property
    def title(self) -> str:
        """What is trained, for the person who trains."""
        return self.recipe.name

    def learning_rate(self, step: int) -> float:
        """Returns the learning rate of a step, of what has no rate of its own."""
        recipe = self.recipe
        steps = self.epoch_steps * recipe.epochs
        rate = schedule_rate(recipe.learning_rate, recipe.schedule, steps)
        return float(rate(step)) if callable(rate) else rate

    def phase(self, epoch: int) -> Phase:
        """Returns the phase that an epoch belongs to, the first epoch being 0."""
        recipe = self.recipe
        sizes = recipe.early_sizes
        size = sizes[epoch] if epoch < len(sizes) else recipe.image_size
        return Phase(size, is_encoder_frozen=epoch < recipe.encoder_frozen_epochs)

    def begin_phase(self, trainer: Any, epoch: int) -> None:
        """Prepares a trainer for an epoch; where another phase begins, steps are traced anew."""
        phase = self.phase(epoch)
        if phase == self._begun:
            return
        self._begun = phase
        self._resting.clear()
        if phase.is_encoder_frozen:
            self._resting.update(encoder_rates(self.model, 1.0))
        trainer.train_function = None

    def describe(self, precision: str) -> dict[str, Any]:
        """Describes all that determines the result, fit for JSON."""
        return describe_run(self.recipe, self.seed, self.photos.source, precision)

    def build_trainer(self, precision: str, strategy: Strategy) -> Any:
        """Builds the model, and returns the compiled trainer of it."""
        keras.utils.set_random_seed(self.seed)
        with use_precision(precision):
            self.model = build_recipe_model(self.recipe)
            self.check_model()
            strategy.adapt_model(self.model)
            trainer = self.wrap_model()
        optimizer = build_optimizer(self.recipe, self.epoch_steps, self.model, self._resting)
        trainer.compile(
            strategy.adapt_optimizer(optimizer, precision),
            self.validation_loss(),
            jit_compile=strategy.allows_xla and choose_xla(),
        )
        return trainer

    def check_model(self) -> None:
        """Checks that the model can be trained by this method.

        Raises:
            ValueError: If it cannot.
        """
        if len(self.model.inputs) > 1:
            raise ValueError(
                "`hint_points` must be a number, since the model takes hints, with the model "
                f"{self.recipe.model!r}. Received: {self.recipe.hint_points}"
            )

    def wrap_model(self) -> Trainer:
        """Returns the `Trainer` of the model, not compiled."""
        recipe = self.recipe
        return Trainer(self.model, recipe.augmentation, recipe.trained_layer, self.seed)

    def open_validation(self, strategy: Strategy) -> ValidationSet:
        """Opens the photographs that are validated on after each epoch."""
        return ValidationSet(
            self.model, self.validation_crops(), self.recipe.trained_layer, self.recipe.batch_size
        )

    def validation_crops(self) -> NDArray[np.uint8]:
        """Returns the centre crops of the validation photographs."""
        return load_center_crops(
            self.photos.source, self.recipe.image_size, self.validation_indices
        )

    def prepare_batches(self, strategy: Strategy) -> None:
        """Computes what `open_batches` needs and what can be computed once."""

    def open_batches(self, first_step: int, steps: int, strategy: Strategy) -> Any:
        """Opens this worker's part of the batches, as `keras.Model.fit` takes them.

        Args:
            first_step: Number of batches to skip at the beginning.
            steps: Number of batches.
            strategy: A `Strategy`.
        """
        stream = self.resized(self.stream, first_step)
        return strategy.batches(stream, self.recipe.batch_size, first_step=first_step, steps=steps)

    def resized(self, stream: PhotoStream, first_step: int) -> PhotoStream:
        """Returns a stream with crops of the size that a step's epoch has."""
        return stream.resized(self.phase(first_step // self.epoch_steps).image_size)

    def batch_statistics(self, precision: str) -> list[BatchStatistics]:
        """Returns the callback that recomputes batch statistics, where the recipe wants one."""
        recipe = self.recipe
        if not (recipe.batch_norm_photos and trained_normalizations(self.model)):
            return []
        indices = self.indices[: recipe.batch_norm_photos]
        photos = load_center_crops(self.photos.source, recipe.image_size, indices)
        copy = self.copy_model(precision)
        return [BatchStatistics(self.model, copy, photos, recipe.batch_size)]

    def validation_loss(self) -> keras.losses.Loss:
        """Returns the loss, in training as in validation."""
        return find_named(losses, "loss", self.recipe.loss, keras.losses.Loss)()

    def validation_metrics(self) -> list[keras.metrics.Metric]:
        """Returns the metrics of validation."""
        named = [
            find_named(metrics, "metrics", name, keras.metrics.Metric)
            for name in self.recipe.metrics
        ]
        return [metric() for metric in (*ALWAYS_MEASURED, *named)]

    def finish(self, run: RunFolder) -> keras.Model:
        """Returns the trained model in float32, whatever the training precision."""
        if self.recipe.keep == "best" and run.best.exists():
            self.model.load_weights(run.best)
        return self.copy_model("float32")

    def copy_model(self, precision: str) -> keras.Model:
        """Returns a model with the weights of the trained one, for any size if it can be."""
        return build_finished_model(self.recipe, self.model, precision)


ALWAYS_MEASURED = (
    metrics.Psnr,
    metrics.AbErrorAuc,
    metrics.RebalancedAbErrorAuc,
    metrics.Colorfulness,
)
"""Metrics of every validation."""
