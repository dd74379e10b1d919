"""Batches of training photographs: tf.data's, or a `PyDataset` for other backends.

Batches are uint8 RGB, from which lightness and colour are computed on the accelerator.
"""

from __future__ import annotations

import concurrent.futures
import logging
import os
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.backend.hardware import count_cores
from colorkit.choices import SPLITS
from colorkit.color.lab import rgb_to_lab
from colorkit.data.augmentation.config import Augmentation
from colorkit.data.augmentation.ops import augment_photos, count_uniforms, degrade_lightness
from colorkit.data.crops import center_crop, side_needed
from colorkit.data.source import Openable, Photographs, open_photos
from colorkit.data.stream import PhotoStream, StreamPart
from colorkit.io.photo import PhotoError
from colorkit.typing import StrPath, Tensor

if TYPE_CHECKING:
    import tensorflow as tf

_log = logging.getLogger(__name__)


def load_center_crops(
    source: Photographs, image_size: int, indices: Iterable[int]
) -> NDArray[np.uint8]:
    """Reads centre crops into one array, for validation; unreadable photographs are left out.

    Args:
        source: A `PhotoSource` or `ArraySource`.
        image_size: Side of the crops, in pixels.
        indices: Which photographs to read.

    Returns:
        uint8 array of shape `(number, image_size, image_size, 3)`.
    """
    crops = []
    for number in indices:
        try:
            crops.append(center_crop(source.read(number, side_needed(image_size)), image_size))
        except PhotoError as error:
            _log.warning("Skipped a photograph. %s", error)
    return np.array(crops, dtype=np.uint8).reshape(-1, image_size, image_size, 3)


def load_photo_dataset(
    photos: Openable | PhotoStream | StreamPart,
    image_size: int = 256,
    batch_size: int = 32,
    *,
    indices: Sequence[int] | NDArray[np.int_] | None = None,
    seed: int = 0,
    start_step: int = 0,
    inputs: str = "rgb",
    augmentation: Augmentation | None = None,
    cache: StrPath | None = None,
    split: str = "train",
    service: str | None = None,
) -> tf.data.Dataset:
    """Opens photographs as an endless `tf.data.Dataset` of training batches.

    Crops are random in size, place and left-right flip. A seed fixes order, crops and
    augmentation: batch n is the same in every run, on every machine.

    Args:
        photos: Path of a folder or tar archive, uint8 array, `PhotoSource` or `PhotoStream`; or
            path or URL of a data set of TFRecord files (`colorkit dataset build`).
        image_size: Side of the square crops, in pixels. A `PhotoStream` has its own.
        batch_size: Photographs in a batch.
        indices: Which photographs of the source to draw from. By default all; of a data set that
            `dataset build` wrote, those of `split`.
        seed: Integer that fixes order, crops and augmentation.
        start_step: Number of batches to skip at the beginning. TFRecord files are read while
            skipping, other photographs are not.
        inputs: "rgb" for `colorkit.training.trainer.Trainer`, which computes lightness and
            augments on the accelerator, or "lightness" to fit a model directly.
        augmentation: `Augmentation` of "lightness" and its target; computed here, by the CPU.
        cache: `None`, or where to cache decoded photographs, before cropping: "memory", or the path
            of a folder (for TFRecord files, of a file). A `PhotoStream` has its own.
        split: Part of a data set that `dataset build` wrote: "train", "validation" or "test".
            Other photographs are in one part.
        service: Address of a tf.data service dispatcher, such as "grpc://10.0.0.5:5000", whose
            workers cut and augment the batches of TFRecord files that they can reach. The order of
            batches is then theirs.

    Returns:
        `tf.data.Dataset` of pairs, the model's input and its target, as losses in
        `colorkit.losses` take it. For "rgb", twice the same uint8 tensor of shape
        `(batch_size, image_size, image_size, 3)`. For "lightness", L in [0, 100], float32 of shape
        `(batch_size, image_size, image_size, 1)`, and RGB in [0, 255], float32.

    Raises:
        PhotoError: If there is no photograph to read.
        ValueError: If arguments contradict each other.
        ImportError: If TensorFlow is not installed; `PhotoBatches` works without it.

    Example:
        >>> batches = load_photo_dataset("photos", 64, 4, inputs="lightness")
        >>> model = colorkit.build_vgg_model(image_size=64, weights=None)
        >>> model.compile("adam", colorkit.losses.ChromaMSE())
        >>> history = model.fit(batches, steps_per_epoch=2, verbose=0)
    """
    try:
        import tensorflow as tf
    except ImportError as error:
        raise ImportError(
            "load_photo_dataset needs TensorFlow, which is not installed. Install it with "
            "`pip install tensorflow`, or use `PhotoBatches`, which runs on every Keras backend."
        ) from error
    from colorkit.data.tfrecord_reader import holds_records, load_record_crops

    _check_inputs(inputs, augmentation)
    if isinstance(photos, (str, os.PathLike)) and holds_records(photos):
        if indices is not None:
            raise ValueError("`indices` do not go with TFRecord files; choose their `split`.")
        crops = load_record_crops(photos, split, image_size, seed=seed, cache=cache)
        dataset = crops.batch(batch_size, drop_remainder=True).skip(start_step)
    elif service is not None:
        raise ValueError(
            "`service` needs a data set of TFRecord files, which other machines can read. Build "
            f"one with `colorkit dataset build --format tfrecord`. Received: {photos!r}"
        )
    else:
        stream: PhotoStream | StreamPart
        if isinstance(photos, (PhotoStream, StreamPart)):
            stream = photos
        else:
            source = open_photos(photos)
            if indices is None:
                indices = _indices_of(source, split)
            stream = PhotoStream(source, image_size, indices=indices, seed=seed, cache=cache)
        dataset = _stream_batches(tf, stream, batch_size, start_step)
    if inputs == "rgb":
        dataset = dataset.map(lambda rgb: (rgb, rgb))
    else:
        dataset = _split_lightness(tf, dataset, augmentation or Augmentation(), seed, start_step)
    if service is not None:
        dynamic = tf.data.experimental.service.ShardingPolicy.DYNAMIC
        dataset = dataset.apply(tf.data.experimental.service.distribute(dynamic, service))
    return dataset.prefetch(tf.data.AUTOTUNE)


def _indices_of(source: Photographs, split: str) -> list[int] | None:
    """Returns the positions of a split, or `None` where the source is not a data set of several."""
    if split not in SPLITS:
        raise ValueError(f"`split` must be one of {', '.join(SPLITS)}. Received: {split!r}")
    parts = getattr(source, "parts", None)
    return parts and [position for position, part in enumerate(parts) if part == split]


def _check_inputs(inputs: str, augmentation: Augmentation | None) -> None:
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


def _stream_batches(
    tf: ModuleType, stream: PhotoStream | StreamPart, batch_size: int, start_step: int
) -> tf.data.Dataset:
    shape = (batch_size, stream.image_size, stream.image_size, 3)

    def load(step: Tensor) -> Tensor:
        rgb = tf.numpy_function(
            lambda step: _draw_batch(stream, step, batch_size), [step], tf.uint8, stateful=False
        )
        return tf.ensure_shape(rgb, shape)

    steps = tf.data.Dataset.range(start_step, np.iinfo(np.int64).max // batch_size)
    return steps.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _split_lightness(
    tf: ModuleType, dataset: tf.data.Dataset, augmentation: Augmentation, seed: int, start_step: int
) -> tf.data.Dataset:
    def split(step: Tensor, rgb: Tensor) -> tuple[Tensor, Tensor]:
        shape = (rgb.shape[0], count_uniforms(augmentation))
        uniforms = tf.random.stateless_uniform(shape, tf.stack([tf.cast(seed, tf.int64), step]))
        rgb = augment_photos(rgb, augmentation, uniforms)
        return degrade_lightness(rgb_to_lab(rgb / 255.0)[..., :1], augmentation, uniforms), rgb

    steps = dataset.enumerate(start_step)
    return steps.map(split, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


class PhotoBatches(keras.utils.PyDataset):
    """The batches of `load_photo_dataset` for Keras backends without TensorFlow.

    Threads cut the next batches while one is trained on, as many as there are cores.

    Args:
        stream: A `PhotoStream`.
        batch_size: Photographs in a batch.
        steps: Batches in the dataset.
        start_step: Number of batches to skip at the beginning.
    """

    def __init__(
        self, stream: PhotoStream | StreamPart, batch_size: int, steps: int, start_step: int = 0
    ) -> None:
        super().__init__()
        self._stream = stream
        self._batch_size = batch_size
        self._steps = steps
        self._start_step = start_step
        self._ahead = count_cores()
        self._threads = concurrent.futures.ThreadPoolExecutor(self._ahead)
        self._coming: dict[int, concurrent.futures.Future[NDArray[np.uint8]]] = {}

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        wanted = range(step, min(step + 1 + self._ahead, max(step + 1, self._steps)))
        self._coming = {each: self._coming.get(each) or self._draw(each) for each in wanted}
        rgb = self._coming[step].result()
        return rgb, rgb

    def _draw(self, step: int) -> concurrent.futures.Future[NDArray[np.uint8]]:
        return self._threads.submit(
            _draw_batch, self._stream, self._start_step + step, self._batch_size
        )


def _draw_batch(stream: PhotoStream | StreamPart, step: int, batch_size: int) -> NDArray[np.uint8]:
    first = int(step) * batch_size
    return np.stack([stream.crop(first + row) for row in range(batch_size)])
