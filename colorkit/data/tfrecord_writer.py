"""A built data set as sharded TFRecord files, in a local folder or a bucket such as `gs://…`.

Each record is a `tf.train.Example` of four byte features: `gray` and `color` (PNG), `name` and
`split`. Records of a split are shuffled, so that shards have similar content.
"""

from __future__ import annotations

import itertools
import math
import posixpath
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from colorkit.data.build_pair import KINDS
from colorkit.data.manifest import DESCRIPTION, parse_description
from colorkit.typing import StrPath, Tensor

if TYPE_CHECKING:
    import tensorflow as tf

    from colorkit.data.build_database import BuildDatabase, PhotoRecord

PAIRS_PER_SHARD = 256
"""About 120 MB at 512 x 512; TensorFlow's guide asks for at least 100 MB a shard."""

_SHUFFLED_AHEAD = 1024


class TfRecordOutput:
    """Output of a build as TFRecord files, with the interface of `FolderOutput`.

    Args:
        out: Path or URL of the data set's folder.
        pairs: `Path` of the folder of the prepared pairs, as PNG files.

    Raises:
        ImportError: If TensorFlow is not installed.
    """

    def __init__(self, out: StrPath, pairs: Path) -> None:
        self._out, self._pairs = str(out), pairs
        self._tensorflow = _import_tensorflow()
        self._files = self._tensorflow.io.gfile

    def read_description(self) -> dict[str, Any] | None:
        """Returns the description of an existing data set, or `None`."""
        path = posixpath.join(self._out, DESCRIPTION)
        if not self._files.exists(path):
            return None
        with self._files.GFile(path) as stream:
            return parse_description(stream.read(), path)

    def list_files(self) -> list[str]:
        """Returns the names of existing files."""
        return self._files.listdir(self._out) if self._files.exists(self._out) else []

    def place(self, split: str, database: BuildDatabase, on_photo: Callable[[], object]) -> None:
        """Writes the shards of a split; those already there stay.

        Args:
            split: "train", "validation" or "test".
            database: `BuildDatabase`.
            on_photo: Function called after each photograph.
        """
        self._files.makedirs(self._out)
        shards = math.ceil(database.counts()[0].get(split, 0) / PAIRS_PER_SHARD)
        kept = database.kept(split)
        for shard in range(shards):
            name = f"{split}-{shard:05d}-of-{shards:05d}.tfrecord"
            batch = list(itertools.islice(kept, PAIRS_PER_SHARD))
            if not self._files.exists(posixpath.join(self._out, name)):
                self._write_shard(name, batch)
            for _ in batch:
                on_photo()

    def find_picture(self, kind: str, photo: PhotoRecord) -> Path:
        """Returns the local path of a picture; `kind` is "gray" or "color"."""
        return self._pairs / kind / photo.file

    def add_file(self, path: Path) -> None:
        """Copies a finished file, such as the manifest, into the data set."""
        self._files.copy(str(path), posixpath.join(self._out, path.name), overwrite=True)

    def _write_shard(self, name: str, database: Iterable[PhotoRecord]) -> None:
        partial = posixpath.join(self._out, f".{name}.partial")
        with self._tensorflow.io.TFRecordWriter(partial) as writer:
            for photo in database:
                writer.write(self._make_example(photo))
        self._files.rename(partial, posixpath.join(self._out, name), overwrite=True)

    def _make_example(self, photo: PhotoRecord) -> bytes:
        values = {kind: self.find_picture(kind, photo).read_bytes() for kind in KINDS}
        values |= {"name": photo.file.encode(), "split": photo.split.encode()}
        train = self._tensorflow.train
        features = {
            key: train.Feature(bytes_list=train.BytesList(value=[value]))
            for key, value in values.items()
        }
        example = train.Example(features=train.Features(feature=features))
        return example.SerializeToString(deterministic=True)


def load_tfrecords(
    folder: StrPath, split: str = "train", *, seed: int | None = None
) -> tf.data.Dataset:
    """Opens the pairs that `colorkit dataset build --format tfrecord` wrote.

    Args:
        folder: Path or URL of the data set's folder.
        split: "train", "validation" or "test".
        seed: Seed of the shuffling, which differs in each epoch; `None` for the order of the
            files.

    Returns:
        `tf.data.Dataset` of dicts: "gray", uint8 of shape `(size, size, 1)`, "color", uint8 of
        shape `(size, size, 3)`, and "name". Not batched; one pass over the data.

    Raises:
        ValueError: If there are no such files.
        ImportError: If TensorFlow is not installed.

    Example:
        >>> pairs = load_tfrecords("gs://bucket/photos", "train", seed=0)
        >>> batches = pairs.map(lambda pair: (pair["gray"], pair["color"])).batch(32).prefetch(2)
    """
    tf = _import_tensorflow()
    pattern = posixpath.join(str(folder), f"{split}-?????-of-?????.tfrecord")
    paths = sorted(tf.io.gfile.glob(pattern))
    if not paths:
        raise ValueError(
            f"Expected a data set of `colorkit dataset build --format tfrecord`, with files "
            f"{pattern}. Received: a folder without them."
        )
    shards = tf.data.Dataset.from_tensor_slices(paths)
    if seed is not None:
        shards = shards.shuffle(len(paths), seed=seed)
    records = shards.interleave(
        tf.data.TFRecordDataset,
        cycle_length=1 if seed is None else 8,
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    if seed is not None:
        records = records.shuffle(_SHUFFLED_AHEAD, seed=seed)

    def parse(record: Tensor) -> dict[str, Tensor]:
        keys = (*KINDS, "name")
        pair = tf.io.parse_single_example(
            record, {key: tf.io.FixedLenFeature((), tf.string) for key in keys}
        )
        for kind, channels in zip(KINDS, (1, 3), strict=True):
            pair[kind] = tf.io.decode_png(pair[kind], channels=channels)
        return pair

    return records.map(parse, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _import_tensorflow() -> ModuleType:
    try:
        import tensorflow
    except ImportError as error:
        raise ImportError(
            "TFRecord files need TensorFlow, which is not installed. Install it with "
            "`pip install tensorflow`, or build folders of pictures with `--format folder`."
        ) from error
    return tensorflow
