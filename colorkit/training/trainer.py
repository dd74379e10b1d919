"""Trains a model on batches of RGB photographs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.backend.jit import compile_elementwise
from colorkit.backend.replica_random import draw_uniforms
from colorkit.color.lab import rgb_to_lab
from colorkit.data.augmentation.ops import augment_photos, count_uniforms, degrade_lightness
from colorkit.models.layers.hypercolumns import HypercolumnHistograms
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.data.augmentation.config import Augmentation


class Trainer(keras.Model):
    """Trains a model from lightness on batches of RGB photographs.

    Fits on pairs `(rgb, rgb)`, uint8 of shape `(batch, height, width, 3)`, as `load_photo_dataset`
    and `PhotoBatches` give them, with a loss from `colorkit.losses`. In training, the photographs
    are augmented first, on the accelerator, and the loss compares with the augmented ones.

    The states of all random generators (augmentation, dropout) are saved with the weights, so that
    a run that resumes from a checkpoint continues the same random sequence.

    Args:
        model: `keras.Model` from L in [0, 100], whose weights are trained.
        augmentation: `Augmentation`, or `None`.
        trained_layer: Name of the layer whose output is passed to the loss; `None` for the last. Of
            `HypercolumnHistograms`, its output at random pixels.
        seed: Integer that fixes the augmentation.

    Call arguments:
        rgb: uint8 of shape `(batch, height, width, 3)`.
        training: Whether to augment.

    Output:
        The photographs, augmented in training, in [0, 255], and the model's output.
    """

    def __init__(
        self,
        model: keras.Model,
        augmentation: Augmentation | None = None,
        trained_layer: str | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(name="trainer")
        if trained_layer is not None:
            model = keras.Model(model.input, _trained_output(model.get_layer(trained_layer)))
        self._model = model
        self._augmentation = augmentation
        self._random = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, rgb: Tensor, training: bool = False) -> tuple[Tensor, ...]:
        rgb, lightness = self._prepare(rgb, training)
        return rgb, self._model(lightness, training=training)

    def _prepare(self, rgb: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        """Returns the photographs, augmented in training, and their input lightness."""
        if not training or self._augmentation is None:
            return rgb, _lightness_of()(rgb)
        uniforms = self._uniforms(rgb, count_uniforms(self._augmentation))
        return _augmented_by(self._augmentation)(rgb, uniforms)

    def _uniforms(self, rgb: Tensor, columns: int) -> Tensor:
        """Draws uniform random numbers for each photograph, of shape `(batch, columns)`."""
        return draw_uniforms(keras.ops.shape(rgb)[0], columns, self._random)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        target, output = y_pred
        return super().compute_loss(x, target, output, sample_weight, training)

    def compute_metrics(
        self, x: Tensor, y: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> dict[str, Tensor]:
        target, output = y_pred
        return super().compute_metrics(x, target, output, sample_weight)

    def save_own_variables(self, store: MutableMapping[str, NDArray[Any]]) -> None:
        super().save_own_variables(store)
        for number, state in enumerate(self._random_states()):
            store[f"random_state_{number}"] = keras.ops.convert_to_numpy(state)

    def load_own_variables(self, store: Mapping[str, NDArray[Any]]) -> None:
        for number, state in enumerate(self._random_states()):
            state.assign(np.asarray(store[f"random_state_{number}"]))

    def _random_states(self) -> list[keras.Variable]:
        weights = {id(weight) for weight in self.non_trainable_weights}
        return [state for state in self.non_trainable_variables if id(state) not in weights]


def _trained_output(layer: keras.Layer) -> Tensor:
    """Returns a layer's output for the loss: all of it, or that at random pixels."""
    if isinstance(layer, HypercolumnHistograms):
        return layer(layer.input, sampled=True)
    return layer.output


# Cached, so that several trainers share the compiled function.
@functools.cache
def _lightness_of() -> Callable[[Tensor], Tensor]:
    return compile_elementwise(lambda rgb: rgb_to_lab(rgb)[..., :1])


@functools.cache
def _augmented_by(augmentation: Augmentation) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    def augment(rgb: Tensor, uniforms: Tensor) -> tuple[Tensor, Tensor]:
        rgb = augment_photos(rgb, augmentation, uniforms)
        return rgb, degrade_lightness(rgb_to_lab(rgb / 255.0)[..., :1], augmentation, uniforms)

    return compile_elementwise(augment)
