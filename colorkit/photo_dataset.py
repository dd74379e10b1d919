"""Photographs as a deterministic stream of training batches; the only door to TensorFlow.

Batches are uint8 RGB. Lightness and colour are split where they are used, on the accelerator.
Position `p` of the stream always holds the same photograph with the same crop, whichever machine
draws it and wherever the stream was entered: that is what lets training resume at the same step.
"""

import logging
import os

import keras
import numpy as np

from colorkit.augmentation import Augmentation
from colorkit.augmenting import augment_photos, count_numbers, cut_holes
from colorkit.color import rgb_to_lab
from colorkit.cropping import center_crop, random_crop, side_needed
from colorkit.photo import PhotoError
from colorkit.photo_cache import cache_photos
from colorkit.photo_source import open_photos
from colorkit.record_dataset import holds_records, load_record_crops

REPORTED_PHOTOS = 10
"""A warning is given for so many photographs that cannot be read."""

_log = logging.getLogger(__name__)


class PhotoStream:
    """An endless, shuffled, augmented stream of square crops, addressed by position.

    Args:
        source: A `PhotoSource` or `ArraySource`.
        image_size: Side of the crops, in pixels.
        numbers: Which photographs of the source to draw from; all by default.
        seed: Integer that fixes order and crops.
        cache: `None`, or where to keep decoded photographs: "memory", or the path of a folder.

    Attributes:
        unreadable: Dict from the names of photographs that could not be read to the reasons.
            Each is replaced by the next readable one.
        failure: The `PhotoError` raised where none could be read, else `None`; tf.data hides it
            in an error of its own.
    """

    def __init__(self, source, image_size, *, numbers=None, seed=0, cache=None):
        self.source = cache_photos(source, side_needed(image_size), cache)
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

    def part(self, batch_size, part, parts):
        """Returns the part of every batch that one of several workers draws.

        Args:
            batch_size: Photographs in a whole batch, divisible by `parts`.
            part: Which part, from 0.
            parts: Number of workers.

        Returns:
            A `StreamPart`. The parts of a batch, one after the other, are the batch.
        """
        return StreamPart(self, batch_size, part, parts)

    def batch(self, step, batch_size):
        """Returns batch `step`: uint8 of shape `(batch_size, image_size, image_size, 3)`."""
        first = int(step) * batch_size
        return np.stack([self.crop(first + row) for row in range(batch_size)])

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


class StreamPart:
    """The crops of a `PhotoStream` that one of several workers draws; made by `PhotoStream.part`.

    Attributes:
        image_size: Side of the crops, in pixels.
    """

    def __init__(self, stream, batch_size, part, parts):
        self.image_size = stream.image_size
        self._stream = stream
        self._batch_size = batch_size
        self._rows = batch_size // parts
        self._first_row = part * self._rows

    def crop(self, position):
        """Returns the crop at a position among those of this part, as `PhotoStream.crop` does."""
        step, row = divmod(int(position), self._rows)
        return self._stream.crop(step * self._batch_size + self._first_row + row)


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
    photos,
    image_size=256,
    batch_size=32,
    *,
    numbers=None,
    seed=0,
    start_step=0,
    inputs="rgb",
    augmentation=None,
    cache=None,
    split="train",
    service=None,
):
    """Opens photographs as an endless `tf.data.Dataset` of training batches.

    Crops are random in size, place and left-right flip. A seed fixes order, crops and
    augmentation: batch n is the same in every run, on every machine.

    Args:
        photos: Path of a folder or tar archive, uint8 array, `PhotoSource` or `PhotoStream`; or
            path or URL of a data set of TFRecord files (`colorkit dataset build`).
        image_size: Side of the square crops, in pixels. A `PhotoStream` has its own.
        batch_size: Photographs in a batch.
        numbers: Which photographs of the source to draw from; all by default.
        seed: Integer that fixes order, crops and augmentation.
        start_step: Number of batches to leave out at the beginning; TFRecord files are read past
            them, other photographs are not read.
        inputs: What a network is given: "rgb" for `colorkit.trainer.Trainer`, which splits off
            lightness and augments on the accelerator, or "lightness" to fit a network itself.
        augmentation: `Augmentation` of "lightness" and its target; computed here, by the CPU.
        cache: `None`, or where to keep decoded photographs, before they are cropped: "memory", or
            the path of a folder (for TFRecord files, of a file). A `PhotoStream` has its own.
        split: Part of a data set of TFRecord files.
        service: Address of a tf.data service dispatcher, such as "grpc://10.0.0.5:5000", whose
            workers cut and augment the batches of TFRecord files that they can reach. The order of
            batches is then theirs.

    Returns:
        `tf.data.Dataset` of pairs, the network's input and its target, as losses in
        `colorkit.losses` take it. For "rgb", twice the same uint8 tensor of shape
        `(batch_size, image_size, image_size, 3)`. For "lightness", L in [0, 100], float32 of shape
        `(batch_size, image_size, image_size, 1)`, and RGB in [0, 255], float32.

    Raises:
        PhotoError: If there is no photograph to read.
        ValueError: If an argument does not go with the others.
        ImportError: If TensorFlow is not installed; `PhotoBatches` works without it.

    Example:
        >>> batches = load_photo_dataset("photos", 224, 16, inputs="lightness")
        >>> model = colorkit.build_vgg_model()
        >>> model.compile("adam", colorkit.losses.ChromaMSE())
        >>> model.fit(batches, steps_per_epoch=100)
    """
    try:
        import tensorflow as tf
    except ImportError as error:
        raise ImportError(
            "load_photo_dataset needs TensorFlow, which is not installed. Install it with "
            "`pip install tensorflow`, or use `PhotoBatches`, which runs on every Keras backend."
        ) from error
    _check_inputs(inputs, augmentation)
    if isinstance(photos, (str, os.PathLike)) and holds_records(photos):
        if numbers is not None:
            raise ValueError("`numbers` does not go with TFRecord files; choose their `split`.")
        crops = load_record_crops(photos, split, image_size, seed=seed, cache=cache)
        dataset = crops.batch(batch_size, drop_remainder=True).skip(start_step)
    elif service is not None:
        raise ValueError(
            "`service` needs a data set of TFRecord files, which other machines can read. Build "
            f"one with `colorkit dataset build --format tfrecord`. Received: {photos!r}"
        )
    else:
        stream = photos
        if not isinstance(photos, PhotoStream):
            stream = PhotoStream(
                open_photos(photos), image_size, numbers=numbers, seed=seed, cache=cache
            )
        dataset = _stream_batches(tf, stream, batch_size, start_step)
    if inputs == "rgb":
        dataset = dataset.map(lambda rgb: (rgb, rgb))
    else:
        dataset = _split_lightness(tf, dataset, augmentation or Augmentation(), seed, start_step)
    if service is not None:
        dynamic = tf.data.experimental.service.ShardingPolicy.DYNAMIC
        dataset = dataset.apply(tf.data.experimental.service.distribute(dynamic, service))
    return dataset.prefetch(tf.data.AUTOTUNE)


def _check_inputs(inputs, augmentation):
    if inputs not in ("rgb", "lightness"):
        raise ValueError(f"`inputs` must be 'rgb' or 'lightness'. Received: {inputs!r}")
    if inputs == "rgb" and augmentation is not None:
        raise ValueError(
            "`augmentation` needs `inputs='lightness'`, since holes are cut into lightness alone. "
            "For inputs of RGB, give it to the `Trainer`."
        )
    if inputs == "lightness" and keras.backend.backend() != "tensorflow":
        raise ValueError(
            "`inputs='lightness'` needs Keras on TensorFlow, since tf.data runs its operations. "
            f"Received: Keras on {keras.backend.backend()}. Use `inputs='rgb'` with a `Trainer`."
        )


def _stream_batches(tf, stream, batch_size, start_step):
    shape = (batch_size, stream.image_size, stream.image_size, 3)

    def load(step):
        rgb = tf.numpy_function(
            lambda step: stream.batch(step, batch_size), [step], tf.uint8, stateful=False
        )
        return tf.ensure_shape(rgb, shape)

    steps = tf.data.Dataset.range(start_step, np.iinfo(np.int64).max // batch_size)
    return steps.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _split_lightness(tf, dataset, augmentation, seed, start_step):
    def split(step, rgb):
        shape = (rgb.shape[0], count_numbers(augmentation))
        numbers = tf.random.stateless_uniform(shape, tf.stack([tf.cast(seed, tf.int64), step]))
        rgb = augment_photos(rgb, augmentation, numbers)
        return cut_holes(rgb_to_lab(rgb / 255.0)[..., :1], augmentation, numbers), rgb

    steps = dataset.enumerate(start_step)
    return steps.map(split, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


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
        rgb = self._stream.batch(self._start_step + step, self._batch_size)
        return rgb, rgb
