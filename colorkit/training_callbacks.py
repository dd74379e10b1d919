"""What happens beside the training steps: checkpoints, validation figures, pictures."""

import keras
import numpy as np

from colorkit.color import AB_SCALE, lab_to_rgb, rgb_to_lab
from colorkit.photo import Photo
from colorkit.writing import write_photo

CHECKPOINT_STEPS = 200
"""A checkpoint is written after so many steps, and after every epoch."""


class Checkpoint(keras.callbacks.Callback):
    """Writes the trainer's weights and optimizer to the run's folder, from which it resumes.

    Args:
        run: A `RunFolder`.
    """

    def __init__(self, run):
        super().__init__()
        self._run = run

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) % CHECKPOINT_STEPS == 0:
            self._run.save_checkpoint(self.model)

    def on_epoch_end(self, epoch, logs=None):
        self._run.save_checkpoint(self.model)


class ValidationFigures(keras.callbacks.Callback):
    """Adds the network's figures on validation photographs to the log of each epoch.

    Args:
        network: `keras.Model` from L to ab / 128 or RGB.
        photos: uint8 array of shape `(number, height, width, 3)`.
        figures: `keras.metrics.Metric` objects of (RGB photograph, network's output).
        batch_size: Photographs in a batch.
    """

    def __init__(self, network, photos, figures, batch_size):
        super().__init__()
        self._network = network
        self._photos = photos
        self._figures = figures
        self._batch_size = batch_size

    def on_epoch_end(self, epoch, logs=None):
        for figure in self._figures:
            figure.reset_state()
        for first in range(0, len(self._photos), self._batch_size):
            batch = self._photos[first : first + self._batch_size]
            output = self._network.predict_on_batch(rgb_to_lab(batch)[..., :1])
            for figure in self._figures:
                figure.update_state(batch, output)
        logs.update({f"val_{figure.name}": float(figure.result()) for figure in self._figures})


class ValidationPictures(keras.callbacks.Callback):
    """Draws validation photographs after each epoch, in rows: gray, coloured, true.

    Args:
        network: `keras.Model` from L to ab / 128 or RGB.
        photos: uint8 array of shape `(number, height, width, 3)`.
        folder: Folder for `epoch_0001.png` and so on.
    """

    def __init__(self, network, photos, folder):
        super().__init__()
        self._network = network
        self._photos = photos
        self._folder = folder

    def on_epoch_end(self, epoch, logs=None):
        lab = keras.ops.convert_to_numpy(rgb_to_lab(self._photos))
        output = np.asarray(self._network.predict_on_batch(lab[..., :1]), dtype="float32")
        if output.shape[-1] == 2:
            output = lab_to_rgb(np.concatenate([lab[..., :1], output * AB_SCALE], axis=-1))
        gray = lab_to_rgb(lab * np.float32([1, 0, 0]))
        coloured, gray = (np.uint8(255 * np.asarray(rgb) + 0.5) for rgb in (output, gray))
        rows = [np.concatenate(list(row), axis=1) for row in (gray, coloured, self._photos)]
        self._folder.mkdir(parents=True, exist_ok=True)
        write_photo(self._folder / f"epoch_{epoch + 1:04d}.png", Photo(np.concatenate(rows)))
