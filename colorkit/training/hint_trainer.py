"""Trains a model that takes hints, on hints sampled from the photographs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.backend.jit import compile_elementwise
from colorkit.color.lab import AB_SCALE, rgb_to_lab
from colorkit.data.augmentation.hint_sampling import count_uniforms, sample_hints
from colorkit.training.method import TrainingMethod
from colorkit.training.trainer import Trainer
from colorkit.training.validation import ValidationSet
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.data.augmentation.config import Augmentation
    from colorkit.training.distribution.strategy import Strategy


class HintTrainer(Trainer):
    """A `Trainer` that samples hints from each photograph in each step.

    They are drawn by the same saved seed generator as the augmentation.

    Args:
        model: `keras.Model` from L and hints (`colorkit.models.colorkit_hints`).
        points: Maximum number of hints of a photograph.
        augmentation, trained_layer, seed: As for `Trainer`.

    Call arguments:
        rgb: uint8 of shape `(batch, height, width, 3)`.
        training: Whether to augment.
    """

    def __init__(
        self,
        model: keras.Model,
        points: int,
        augmentation: Augmentation | None = None,
        trained_layer: str | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(model, augmentation, trained_layer, seed)
        self._points = points

    def call(self, rgb: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        rgb, lightness = self._prepare(rgb, training)
        uniforms = self._uniforms(rgb, count_uniforms(self._points))
        return rgb, self._model([lightness, _hint_sampler()(rgb, uniforms)], training=training)


class HintValidationSet(ValidationSet):
    """A `ValidationSet` with hints sampled from each photograph, always the same ones.

    Args:
        points: Maximum number of hints of a photograph.
        model, photos, trained_layer, batch_size: As for `ValidationSet`.
    """

    def __init__(
        self,
        points: int,
        model: keras.Model,
        photos: NDArray[np.uint8],
        trained_layer: str | None = None,
        batch_size: int = 32,
    ) -> None:
        super().__init__(model, photos, trained_layer, batch_size)
        random = np.random.default_rng(0)
        self._uniforms = random.random((len(photos), count_uniforms(points)), dtype="float32")

    def _inputs(self, lab: NDArray[np.float32], rows: slice) -> list[NDArray[np.float32]]:
        hints = sample_hints(lab[..., 1:] / np.float32(AB_SCALE), self._uniforms[rows])
        return [lab[..., :1], keras.ops.convert_to_numpy(hints)]


class HintMethod(TrainingMethod):
    """Trains a model that takes hints, on hints sampled from the photographs."""

    def check_model(self) -> None:
        if len(self.model.inputs) == 1:
            raise ValueError(
                f"`hint_points` must be None, with the model {self.recipe.model!r}. "
                f"Received: {self.recipe.hint_points}"
            )

    def wrap_model(self) -> Trainer:
        recipe = self.recipe
        return HintTrainer(
            self.model, recipe.hint_points, recipe.augmentation, recipe.trained_layer, self.seed
        )

    def open_validation(self, strategy: Strategy) -> ValidationSet:
        recipe = self.recipe
        return HintValidationSet(
            recipe.hint_points,
            self.model,
            self.validation_crops(),
            recipe.trained_layer,
            recipe.batch_size,
        )


# Cached, so that several trainers share the compiled function.
@functools.cache
def _hint_sampler() -> Callable[[Tensor, Tensor], Tensor]:
    def sample(rgb: Tensor, uniforms: Tensor) -> Tensor:
        lab = rgb_to_lab(keras.ops.cast(rgb, "float32") / 255.0)
        return sample_hints(lab[..., 1:] / AB_SCALE, uniforms)

    return compile_elementwise(sample)
