"""Random crops of TFRecord files, in TensorFlow alone, so that other machines can cut them."""

from __future__ import annotations

import posixpath
from types import ModuleType
from typing import TYPE_CHECKING

from colorkit.data.crops import LARGEST_ZOOM_OUT
from colorkit.data.tfrecord_writer import load_tfrecords
from colorkit.typing import StrPath, Tensor

if TYPE_CHECKING:
    import tensorflow as tf


def holds_records(photos: StrPath) -> bool:
    """Returns whether `photos` is a folder with TFRecord files, which need TensorFlow."""
    import tensorflow as tf

    return bool(tf.io.gfile.glob(posixpath.join(str(photos), "*.tfrecord")))


def load_record_crops(
    folder: StrPath, split: str, image_size: int, *, seed: int = 0, cache: StrPath | None = None
) -> tf.data.Dataset:
    """Opens a data set of TFRecord files as endless random crops.

    Args:
        folder: Path or URL of the data set's folder.
        split: "train", "validation" or "test".
        image_size: Side of the crops, in pixels.
        seed: Integer that fixes order and crops.
        cache: `None`; "memory"; or a file's path, which `tf.data.Dataset.cache` fills.

    Returns:
        `tf.data.Dataset` of uint8 tensors of shape `(image_size, image_size, 3)`.

    Raises:
        ValueError: If there are no such files.
    """
    import tensorflow as tf

    photos = load_tfrecords(folder, split, seed=seed if cache is None else None)
    photos = photos.map(lambda pair: pair["color"])
    if cache is not None:
        photos = photos.cache("" if cache == "memory" else str(cache))
        photos = photos.shuffle(1024, seed=seed)

    def cut(position: Tensor, photo: Tensor) -> Tensor:
        return _random_crop(tf, photo, image_size, tf.stack([tf.cast(seed, tf.int64), position]))

    return photos.repeat().enumerate().map(cut, num_parallel_calls=tf.data.AUTOTUNE)


def _random_crop(tf: ModuleType, photo: Tensor, size: int, seed: Tensor) -> Tensor:
    """`colorkit.data.crops.random_crop` as a graph."""
    zoom, down, right, mirror = tf.unstack(tf.random.stateless_uniform([4], seed))
    height, width = tf.shape(photo)[0], tf.shape(photo)[1]
    shorter = tf.cast(tf.minimum(height, width), tf.float32)
    side = tf.maximum(1, tf.cast(shorter / (1.0 + (LARGEST_ZOOM_OUT - 1.0) * zoom), tf.int32))
    top = tf.cast(down * tf.cast(height - side + 1, tf.float32), tf.int32)
    left = tf.cast(right * tf.cast(width - side + 1, tf.float32), tf.int32)
    crop = tf.image.resize(
        photo[top : top + side, left : left + side], (size, size), "bicubic", antialias=True
    )
    crop = tf.cond(mirror < 0.5, lambda: tf.reverse(crop, [1]), lambda: crop)
    return tf.ensure_shape(tf.saturate_cast(tf.round(crop), tf.uint8), (size, size, 3))
