"""Recomputes the statistics of batch normalisation for inference.

Training keeps moving means and variances of activations while dropout is on. Without dropout the
variances behind it differ (Li et al. 2018, "Understanding the Disharmony between Dropout and Batch
Normalization by Variance Shift"), and in short runs the moving averages are still near their
initial values. Recomputed with the current weights and dropout off, they are right (Wu and Johnson
2021, "Rethinking 'Batch' in BatchNorm", PreciseBN).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import keras
from numpy.typing import NDArray

from colorkit.backend.weights import copy_weights, layers_of
from colorkit.color.lab import rgb_to_lab
from colorkit.models.layers.common import trained_normalizations
from colorkit.typing import Tensor

if TYPE_CHECKING:
    import numpy as np


class BatchStatistics(keras.callbacks.Callback):
    """Recomputes the statistics of batch normalisation after each epoch.

    It comes before the callbacks that evaluate or save the model. Training does not use them.

    Args:
        trained: `keras.Model` from L, which is trained.
        copy: Another instance of the same model; nothing else may use it.
        photos: uint8 array of shape `(number, height, width, 3)`: training photographs.
        batch_size: Photographs in a batch.
    """

    comes_after = ("StopOnNaN", "AveragedWeights")

    def __init__(
        self, trained: keras.Model, copy: keras.Model, photos: NDArray[np.uint8], batch_size: int
    ) -> None:
        super().__init__()
        self._trained = trained
        self._copy = copy
        self._photos = photos
        self._batch_size = batch_size

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        _ = self.model  # On JAX, brings the weights from the training loop to the model
        copy_weights(self._trained, self._copy)
        compute_statistics(self._copy, self._lightness())
        layers = (trained_normalizations(model) for model in (self._trained, self._copy))
        for layer, computed in zip(*layers, strict=True):
            layer.moving_mean.assign(computed.moving_mean)
            layer.moving_variance.assign(computed.moving_variance)

    def _lightness(self) -> Iterator[Tensor]:
        for first in range(0, len(self._photos), self._batch_size):
            rgb = self._photos[first : first + self._batch_size]
            yield rgb_to_lab(rgb)[..., :1]


def compute_statistics(model: keras.Model, batches: Iterable[Tensor]) -> None:
    """Sets the moving statistics of batch normalisation to the batches' mean statistics.

    The model's dropout stays off afterwards.

    Args:
        model: `keras.Model`.
        batches: Iterable of its inputs.
    """
    for layer in layers_of(model):
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    layers = trained_normalizations(model)
    for number, batch in enumerate(batches, start=1):
        for layer in layers:
            layer.momentum = 1.0 - 1.0 / number
        model(batch, training=True)
