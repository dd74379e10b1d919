"""Validation after each epoch: metrics and pictures."""

import keras
import numpy as np

from colorkit.color.lab import AB_SCALE, lab_to_rgb, rgb_to_lab
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

MAX_PICTURES = 50
"""Maximum number of epochs of a run, approximately, that are drawn."""


class ValidationSet:
    """Validation photographs, and a network that colours them.

    Args:
        network: `keras.Model` from L to ab / 128 or RGB.
        photos: uint8 array of shape `(number, height, width, 3)`.
        trained_layer: Name of the layer whose output is passed to the loss; `None` for the last.
        batch_size: Photographs in a batch.

    Attributes:
        photos: As given.
    """

    def __init__(self, network, photos, trained_layer=None, batch_size=32):
        self.photos = photos
        self._batch_size = batch_size
        output = network.output
        trained = network.get_layer(trained_layer).output if trained_layer else output
        self._model = keras.Model(network.input, [trained, output])

    def __len__(self):
        return len(self.photos)

    def batches(self):
        """Yields photographs, the loss's input and the network's output, batch by batch."""
        for first in range(0, len(self.photos), self._batch_size):
            rows = slice(first, first + self._batch_size)
            yield (self.photos[rows], *self.predict(rows))

    def predict(self, rows):
        """Returns the loss's input and the network's output for a slice of the photographs."""
        lab = keras.ops.convert_to_numpy(rgb_to_lab(self.photos[rows]))
        return self._model.predict_on_batch(self._inputs(lab, rows))

    def _inputs(self, lab, rows):
        """Returns the network's inputs for a slice of the photographs."""
        return lab[..., :1]

    def colorize(self, number):
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
        gray = lab_to_rgb(lab * np.float32([1, 0, 0]))
        return (*(np.uint8(255 * np.asarray(rgb) + 0.5) for rgb in (gray, output)), photos)


class ValidationMetrics(keras.callbacks.Callback):
    """Adds the loss and metrics of validation photographs to the log of each epoch.

    Args:
        validation: A `ValidationSet`.
        loss: `keras.losses.Loss` of (RGB photographs, the trained layer's output).
        metrics: `keras.metrics.Metric` objects of (RGB photographs, network's output).
    """

    def __init__(self, validation, loss, metrics):
        super().__init__()
        self._validation = validation
        self._loss = loss
        self._metrics = metrics

    def on_epoch_end(self, epoch, logs=None):
        _ = self.model  # On JAX, brings the weights from the training loop to the network
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

    def __init__(self, validation, number, folder, epochs, show=None):
        super().__init__()
        self._validation = validation
        self._number = number
        self._folder = folder
        self._every = -(-epochs // MAX_PICTURES)
        self._show = show

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self._every:
            return
        _ = self.model  # On JAX, brings the weights from the training loop to the network
        rows = self._validation.colorize(self._number)
        self._folder.mkdir(parents=True, exist_ok=True)
        picture = np.concatenate([np.concatenate(list(row), axis=1) for row in rows])
        write_photo(self._folder / f"epoch_{epoch + 1:04d}.png", Photo(picture))
        if self._show:
            self._show(epoch, rows)
