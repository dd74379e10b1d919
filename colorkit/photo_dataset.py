"""Photographs as a deterministic stream of training batches; the only door to TensorFlow.

Batches are uint8 RGB. Lightness and colour are split where they are used, on the accelerator.
Position `p` of the stream always holds the same photograph with the same crop, whichever machine
draws it and wherever the stream was entered: that is what lets training resume at the same step.
"""

import logging

import keras
import numpy as np

from colorkit.cropping import center_crop, random_crop, side_needed
from colorkit.photo import PhotoError
from colorkit.photo_source import open_photos

REPORTED_PHOTOS = 10
"""A warning is given for so many photographs that cannot be read."""

_log = logging.getLogger(__name__)


class PhotoStream:
    """An endless, shuffled, augmented stream of square crops, addressed by position.

    Args:
        source: A `PhotoSource` or `ArraySource`.
        image_size: Side of the crops, in pixels.
        numbers: Which photographs of the source to draw from; all by default.
        seed: Integer that fixes order and augmentation.

    Attributes:
        unreadable: Dict from the names of photographs that could not be read to the reasons.
            Each is replaced by the next readable one.
        failure: The `PhotoError` raised where none could be read, else `None`; tf.data hides it
            in an error of its own.
    """

    def __init__(self, source, image_size, *, numbers=None, seed=0):
        self.source = source
        self.image_size = image_size
        self.numbers = np.arange(len(source)) if numbers is None else np.asarray(numbers)
        if not len(self.numbers):
            raise PhotoError(
                "Expected at least one photograph to draw from, received none. Training needs "
                "enough photographs for a split of 80 / 10 / 10: give at least 10."
            )
        self.seed = seed
        self.unreadable = {}
        self.failure = None
        self._order = (-1, None)

    def __len__(self):
        return len(self.numbers)

    def crop(self, position):
        """Returns the crop at `position`: uint8 of shape `(image_size, image_size, 3)`."""
        epoch, place = divmod(int(position), len(self))
        random = np.random.default_rng((self.seed, epoch, place))
        return random_crop(self._read(self._shuffled(epoch), place), self.image_size, random)

    def _shuffled(self, epoch):
        known_epoch, order = self._order
        if epoch != known_epoch:
            order = np.random.default_rng((self.seed, epoch)).permutation(self.numbers)
            self._order = (epoch, order)
        return order

    def _read(self, order, place):
        for step in range(len(order)):
            number = order[(place + step) % len(order)]
            try:
                return self.source.read(number, side_needed(self.image_size))
            except PhotoError as error:
                self._skip(number, error)
        self.failure = PhotoError(
            f"Expected readable photographs, but none of {len(self)} could be read. "
            f"The first: {next(iter(self.unreadable.values()))}"
        )
        raise self.failure

    def _skip(self, number, error):
        name = self.source.names[number]
        if name not in self.unreadable:
            self.unreadable[name] = str(error)
            if len(self.unreadable) <= REPORTED_PHOTOS:
                _log.warning("Skipped a photograph. %s", error)
            if len(self.unreadable) == REPORTED_PHOTOS:
                _log.warning("Further photographs that cannot be read are skipped silently.")


def load_center_crops(source, image_size, numbers):
    """Reads photographs into one array, for validation; unreadable ones are left out.

    Args:
        source: A `PhotoSource` or `ArraySource`.
        image_size: Side of the crops, in pixels.
        numbers: Which photographs to read.

    Returns:
        uint8 array of shape `(number, image_size, image_size, 3)`.
    """
    crops = []
    for number in numbers:
        try:
            crops.append(center_crop(source.read(number, side_needed(image_size)), image_size))
        except PhotoError as error:
            _log.warning("Skipped a photograph. %s", error)
    return np.array(crops, dtype=np.uint8).reshape(-1, image_size, image_size, 3)


def load_photo_dataset(
    photos, image_size=256, batch_size=32, *, numbers=None, seed=0, start_step=0
):
    """Opens photographs as an endless `tf.data.Dataset` of training batches.

    Args:
        photos: Path of a folder or tar archive, uint8 array, `PhotoSource` or `PhotoStream`.
        image_size: Side of the square crops, in pixels. A `PhotoStream` has its own.
        batch_size: Photographs in a batch.
        numbers: Which photographs of the source to draw from; all by default.
        seed: Integer that fixes order and augmentation.
        start_step: Number of batches to leave out at the beginning, without reading them.

    Returns:
        `tf.data.Dataset` of pairs `(rgb, rgb)`, the network's input and its target: uint8 tensors
        of shape `(batch_size, image_size, image_size, 3)`.

    Raises:
        PhotoError: If there is no photograph to read.
        ImportError: If TensorFlow is not installed; `PhotoBatches` works without it.
    """
    try:
        import tensorflow as tf
    except ImportError as error:
        raise ImportError(
            "load_photo_dataset needs TensorFlow, which is not installed. Install it with "
            "`pip install tensorflow`, or use `PhotoBatches`, which runs on every Keras backend."
        ) from error
    if isinstance(photos, PhotoStream):
        stream = photos
    else:
        stream = PhotoStream(open_photos(photos), image_size, numbers=numbers, seed=seed)
    shape = (stream.image_size, stream.image_size, 3)

    def load(position):
        crop = tf.numpy_function(stream.crop, [position], tf.uint8, stateful=False)
        return tf.ensure_shape(crop, shape)

    positions = tf.data.Dataset.range(start_step * batch_size, np.iinfo(np.int64).max)
    dataset = positions.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    dataset = dataset.batch(batch_size, drop_remainder=True)
    return dataset.map(lambda rgb: (rgb, rgb)).prefetch(tf.data.AUTOTUNE)


class PhotoBatches(keras.utils.PyDataset):
    """The batches of `load_photo_dataset` for Keras backends without TensorFlow.

    Args:
        stream: A `PhotoStream`.
        batch_size: Photographs in a batch.
        steps: Batches in the dataset.
        start_step: Number of batches to leave out at the beginning.
    """

    def __init__(self, stream, batch_size, steps, start_step=0):
        super().__init__()
        self._stream = stream
        self._batch_size = batch_size
        self._steps = steps
        self._start_step = start_step

    def __len__(self):
        return self._steps

    def __getitem__(self, step):
        first = (self._start_step + step) * self._batch_size
        rgb = np.stack([self._stream.crop(first + row) for row in range(self._batch_size)])
        return rgb, rgb
