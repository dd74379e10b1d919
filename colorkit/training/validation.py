"""Validation after each epoch: metrics and pictures."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.color.lab import AB_SCALE, lab_to_rgb, rgb_to_lab
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

MAX_PICTURES = 50
"""Maximum number of epochs of a run, approximately, that are drawn."""


class ValidationSet:
    """Validation photographs, and a model that colours them.

    Args:
        model: `keras.Model` from L to ab / 128 or RGB.
        photos: uint8 array of shape `(number, height, width, 3)`.
        trained_layer: Name of the layer whose output is passed to the loss; `None` for the last.
        batch_size: Photographs in a batch.

    Attributes:
        photos: As given.
    """

    def __init__(
        self,
        model: keras.Model,
        photos: NDArray[np.uint8],
        trained_layer: str | None = None,
        batch_size: int = 32,
    ) -> None:
        self.photos = photos
        self._batch_size = batch_size
        output = model.output
        trained = model.get_layer(trained_layer).output if trained_layer else output
        self._model = keras.Model(model.input, [trained, output])

    def __len__(self) -> int:
        return len(self.photos)

    def batches(
        self,
    ) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]]:
        """Yields photographs, the loss's input and the model's output, batch by batch."""
        for first in range(0, len(self.photos), self._batch_size):
            rows = slice(first, first + self._batch_size)
            yield (self.photos[rows], *self.predict(rows))

    def predict(self, rows: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Returns the loss's input and the model's output for a slice of the photographs."""
        lab = keras.ops.convert_to_numpy(rgb_to_lab(self.photos[rows]))
        return self._model.predict_on_batch(self._inputs(lab, rows))

    def _inputs(
        self, lab: NDArray[np.float32], rows: slice
    ) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """Returns the model's inputs for a slice of the photographs."""
        return lab[..., :1]

    def colorize(
        self, number: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
        """Colours the first photographs.

        Args:
            number: How many.

        Returns:
            Three uint8 arrays of shape `(number, height, width, 3)`: gray, coloured, true.
        """
        photos = self.photos[:number]
        lab = keras.ops.convert_to_numpy(rgb_to_lab(photos))
        output = np.asarray(self.predict(slice(number))[1], dtype="float32")
        if output.shape[-1] == 2:
            output = lab_to_rgb(np.concatenate([lab[..., :1], output * AB_SCALE], axis=-1))
        gray = lab_to_rgb(lab * np.array([1, 0, 0], "float32"))
        gray, colored = ((255 * np.asarray(rgb) + 0.5).astype("uint8") for rgb in (gray, output))
        return gray, colored, photos


class ValidationMetrics(keras.callbacks.Callback):
    """Adds the loss and metrics of validation photographs to the log of each epoch.

    Args:
        validation: A `ValidationSet`.
        loss: `keras.losses.Loss` of (RGB photographs, the trained layer's output).
        metrics: `keras.metrics.Metric` objects of (RGB photographs, model's output).
    """

    comes_after = ("StopOnNaN", "AveragedWeights", "BatchStatistics")

    def __init__(
        self,
        validation: ValidationSet,
        loss: keras.losses.Loss,
        metrics: Sequence[keras.metrics.Metric],
    ) -> None:
        super().__init__()
        self._validation = validation
        self._loss = loss
        self._metrics = metrics

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        _ = self.model  # On JAX, brings the weights from the training loop to the model
        mean_loss = keras.metrics.Mean(name="loss")
        for metric in self._metrics:
            metric.reset_state()
        for photos, trained, output in self._validation.batches():
            mean_loss.update_state(self._loss(photos, trained), sample_weight=len(photos))
            for metric in self._metrics:
                metric.update_state(photos, output)
        logs.update(
            {f"val_{metric.name}": float(metric.result()) for metric in [mean_loss, *self._metrics]}
        )


class ValidationPictures(keras.callbacks.Callback):
    """Draws validation photographs, in rows: gray, coloured, true.

    After every epoch, or every few, so that a run leaves at most about `MAX_PICTURES`.

    Args:
        validation: A `ValidationSet`.
        number: How many photographs are drawn.
        folder: Folder for `epoch_0001.png` and so on.
        epochs: Number of epochs of the run.
        show: Function called with the epoch, counted from 0, and the three rows, or `None`.
    """

    comes_after = ("ValidationMetrics",)

    def __init__(
        self,
        validation: ValidationSet,
        number: int,
        folder: Path,
        epochs: int,
        show: Callable[[int, Sequence[NDArray[np.uint8]]], None] | None = None,
    ) -> None:
        super().__init__()
        self._validation = validation
        self._number = number
        self._folder = folder
        self._every = -(-epochs // MAX_PICTURES)
        self._show = show

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if (epoch + 1) % self._every:
            return
        _ = self.model  # On JAX, brings the weights from the training loop to the model
        rows = self._validation.colorize(self._number)
        self._folder.mkdir(parents=True, exist_ok=True)
        picture = np.concatenate([np.concatenate(list(row), axis=1) for row in rows])
        write_photo(self._folder / f"epoch_{epoch + 1:04d}.png", Photo(picture))
        if self._show:
            self._show(epoch, rows)
