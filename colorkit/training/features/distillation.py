"""Feature distillation: a model learns to predict a pretrained model's features too.

Features of a classifier tell objects apart; a colouriser that also predicts them learns to do so
from fewer photographs (hint layers as in Romero et al. 2015, "FitNets"). Two 1 x 1 convolutions on
the student's features predict them in training, and are left out of the saved model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from colorkit.backend.replica_loss import share_of_replica
from colorkit.data.stream import PhotoStream
from colorkit.io.photo import PhotoError
from colorkit.training.features.teacher_features import (
    MAP_CHANNELS,
    TEACHER_LAYERS,
    TeacherFeatures,
)
from colorkit.training.method import TrainingMethod
from colorkit.training.trainer import Trainer
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.data.augmentation.config import Augmentation
    from colorkit.training.distribution.strategy import Strategy

STUDENT_LAYERS = ("features16", "context_add")
"""The layers of colorkit_base from which the feature maps of `TEACHER_LAYERS` are predicted."""


class DistillationTrainer(Trainer):
    """A `Trainer` whose loss adds the mean squared errors of the teacher's feature maps.

    Args:
        model, augmentation, trained_layer, seed: As for `Trainer`; the augmentation must not
            move pixels.

    Call arguments:
        batch: Dict of "rgb" and the teacher's feature maps by the names of `TEACHER_LAYERS`.

    Raises:
        ValueError: If the model lacks `STUDENT_LAYERS`, or the augmentation moves pixels.
    """

    def __init__(
        self,
        model: keras.Model,
        augmentation: Augmentation | None = None,
        trained_layer: str | None = None,
        seed: int = 0,
    ) -> None:
        names = {layer.name for layer in model.layers}
        if not names.issuperset(STUDENT_LAYERS):
            raise ValueError(
                "`teacher` is for the model 'colorkit_base', which has the layers that are "
                f"distilled: give None. Received: the model {model.name!r}"
            )
        if augmentation is not None and (
            augmentation.rotation or augmentation.horizontal_flip or augmentation.vertical_flip
        ):
            raise ValueError(
                "`teacher` needs an augmentation without rotation and flips, as the teacher's maps "
                f"lie where the crop was cut. Received: {augmentation}"
            )
        trained = model.get_layer(trained_layer).output if trained_layer else model.output
        student = keras.Model(model.input, [trained, *_heads(model)])
        super().__init__(student, augmentation, seed=seed)

    def call(self, batch: Mapping[str, Tensor], training: bool = False) -> tuple[Tensor, Tensor]:
        return super().call(batch["rgb"], training)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        rgb, (output, *predictions) = y_pred
        loss = super().compute_loss(x, y, (rgb, output), sample_weight, training)
        errors = [
            ops.mean(ops.square(ops.cast(x[layer.name], "float32") - prediction))
            for layer, prediction in zip(TEACHER_LAYERS, predictions, strict=True)
        ]
        return loss + share_of_replica(sum(errors) / len(errors))

    def compute_metrics(
        self, x: Tensor, y: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> dict[str, Tensor]:
        rgb, (output, *_) = y_pred
        return super().compute_metrics(x, y, (rgb, output), sample_weight)


class DistillationBatches(keras.utils.PyDataset):
    """Training batches with the teacher's feature maps, of a stream addressed by position.

    Args:
        stream: `PhotoStream`.
        maps: `TeacherFeatures` of its photographs.
        batch_size: Photographs in a batch.
        steps: Batches in the dataset.
        first_step: Number of batches to skip at the beginning.
    """

    def __init__(
        self,
        stream: PhotoStream,
        maps: TeacherFeatures,
        batch_size: int,
        steps: int,
        first_step: int = 0,
    ) -> None:
        super().__init__(workers=2, max_queue_size=4)
        self._stream = stream
        self._maps = maps
        self._batch_size = batch_size
        self._steps = steps
        self._first_step = first_step

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[dict[str, NDArray[Any]], NDArray[np.uint8]]:
        first = (self._first_step + step) * self._batch_size
        crops, maps = [], []
        for position in range(first, first + self._batch_size):
            rgb, index, crop = self._stream.find(position)
            crops.append(rgb)
            maps.append(self._maps.crop_features(index, crop, self._stream.image_size))
        batch = {"rgb": np.stack(crops)}
        for layer, parts in zip(TEACHER_LAYERS, zip(*maps, strict=True), strict=True):
            batch[layer.name] = np.stack(parts)
        return batch, batch["rgb"]


class DistillationMethod(TrainingMethod):
    """Trains on a teacher's features too, which are computed once and cached."""

    def wrap_model(self) -> Trainer:
        recipe = self.recipe
        return DistillationTrainer(self.model, recipe.augmentation, recipe.trained_layer, self.seed)

    def prepare_batches(self, strategy: Strategy) -> None:
        self._maps = strategy.chief_first(self._cache)
        readable = [index for index in self.indices if index in self._maps]
        if not readable:
            raise PhotoError("Expected at least one readable photograph. Received none.")
        self._readable = PhotoStream(
            self.photos.source, self.recipe.image_size, indices=readable, seed=self.seed
        )

    def open_batches(self, first_step: int, steps: int, strategy: Strategy) -> Any:
        stream = self.resized(self._readable, first_step)
        batches = DistillationBatches(stream, self._maps, self.recipe.batch_size, steps, first_step)
        return strategy.parts(batches)

    def _cache(self) -> TeacherFeatures:
        maps = TeacherFeatures(self.features, self.recipe.teacher, self.photos.source)
        maps.compute(self.indices)
        return maps


def _heads(model: keras.Model) -> Iterator[Tensor]:
    for layer, student in zip(TEACHER_LAYERS, STUDENT_LAYERS, strict=True):
        features = layers.ReLU()(model.get_layer(student).output)
        yield layers.Conv2D(MAP_CHANNELS, 1, dtype="float32", name=f"{layer.name}_head")(features)
