"""A built data set as sharded TFRecord files, in a local folder or a bucket such as `gs://…`.

Each record is a `tf.train.Example` of four byte features: `gray` and `color` (PNG), `name` and
`split`. Records of a split are in random order, so that shards are alike.
"""

import itertools
import json
import math
import posixpath

from colorkit.data.build_pair import KINDS
from colorkit.data.manifest import DESCRIPTION

PAIRS_PER_SHARD = 256
"""About 120 MB at 512 x 512; TensorFlow's guide asks for at least 100 MB a shard."""

_SHUFFLED_AHEAD = 1024


class TfRecordOutput:
    """Where the pairs go; it has the interface of `FolderOutput`.

    Args:
        out: Path or URL of the data set's folder.
        pairs: `Path` of the folder in which the pairs lie as PNG files.

    Raises:
        ImportError: If TensorFlow is not installed.
    """

    def __init__(self, out, pairs):
        self._out, self._pairs = str(out), pairs
        self._tensorflow = _import_tensorflow()
        self._files = self._tensorflow.io.gfile

    def read_description(self):
        """Returns the description of the data set that is there, or `None`."""
        path = posixpath.join(self._out, DESCRIPTION)
        if not self._files.exists(path):
            return None
        with self._files.GFile(path) as stream:
            return json.loads(stream.read())

    def list_files(self):
        """Returns the names of what is there."""
        return self._files.listdir(self._out) if self._files.exists(self._out) else []

    def place(self, split, findings, on_photo):
        """Writes the shards of a split; those that are there already stay.

        Args:
            split: "train", "validation" or "test".
            findings: `Findings`.
            on_photo: Function that is called after each photograph.
        """
        self._files.makedirs(self._out)
        shards = math.ceil(findings.counts()[0].get(split, 0) / PAIRS_PER_SHARD)
        kept = findings.kept(split)
        for shard in range(shards):
            name = f"{split}-{shard:05d}-of-{shards:05d}.tfrecord"
            batch = list(itertools.islice(kept, PAIRS_PER_SHARD))
            if not self._files.exists(posixpath.join(self._out, name)):
                self._write_shard(name, batch)
            for _ in batch:
                on_photo()

    def find_picture(self, kind, finding):
        """Returns the local path of a picture; `kind` is "gray" or "color"."""
        return self._pairs / kind / finding.file

    def add_file(self, path):
        """Copies a finished file, such as the manifest, into the data set."""
        self._files.copy(str(path), posixpath.join(self._out, path.name), overwrite=True)

    def _write_shard(self, name, findings):
        partial = posixpath.join(self._out, f".{name}.partial")
        with self._tensorflow.io.TFRecordWriter(partial) as writer:
            for finding in findings:
                writer.write(self._make_example(finding))
        self._files.rename(partial, posixpath.join(self._out, name), overwrite=True)

    def _make_example(self, finding):
        values = {kind: self.find_picture(kind, finding).read_bytes() for kind in KINDS}
        values |= {"name": finding.file.encode(), "split": finding.split.encode()}
        train = self._tensorflow.train
        features = {
            key: train.Feature(bytes_list=train.BytesList(value=[value]))
            for key, value in values.items()
        }
        example = train.Example(features=train.Features(feature=features))
        return example.SerializeToString(deterministic=True)


def load_tfrecords(folder, split="train", *, seed=None):
    """Opens the pairs that `colorkit dataset build --format tfrecord` wrote.

    Args:
        folder: Path or URL of the data set's folder.
        split: "train", "validation" or "test".
        seed: Integer that fixes a random order, another one in each epoch; `None` for the order
            of the files.

    Returns:
        `tf.data.Dataset` of dicts: "gray", uint8 of shape `(size, size, 1)`, "color", uint8 of
        shape `(size, size, 3)`, and "name". Not batched; it ends after each photograph was given.

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

    def parse(record):
        keys = (*KINDS, "name")
        pair = tf.io.parse_single_example(
            record, {key: tf.io.FixedLenFeature((), tf.string) for key in keys}
        )
        for kind, channels in zip(KINDS, (1, 3), strict=True):
            pair[kind] = tf.io.decode_png(pair[kind], channels=channels)
        return pair

    return records.map(parse, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _import_tensorflow():
    try:
        import tensorflow
    except ImportError as error:
        raise ImportError(
            "TFRecord files need TensorFlow, which is not installed. Install it with "
            "`pip install tensorflow`, or build folders of pictures with `--format folder`."
        ) from error
    return tensorflow
