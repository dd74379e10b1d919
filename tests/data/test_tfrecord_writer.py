"""Pairs in sharded TFRecord files, local and by URL."""

import hashlib
import sys
import uuid

import numpy as np
import pytest
from drawn_photos import draw_photo, save_photo
from PIL import Image

from colorkit.data import build, tfrecord_writer
from colorkit.data.build import build_dataset
from colorkit.data.manifest import read_manifest
from colorkit.data.tfrecord_writer import load_tfrecords

tf = pytest.importorskip("tensorflow")


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Small shards, and no histogram, which takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "draw_ab_histogram", lambda path, *_: path.write_bytes(b"drawn"))
        patch.setattr(tfrecord_writer, "PAIRS_PER_SHARD", 7)
        yield


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for number in range(25):
        save_photo(folder / f"{number}.png", draw_photo(number))
    (folder / "bad.jpg").write_bytes(b"bad")
    return folder


@pytest.fixture(scope="module")
def built(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "dataset"
    report = build_dataset(photos, out, size=32, output_format="tfrecord")
    assert report.kept == {"train": 20, "validation": 2, "test": 3}
    return out


def digests(out):
    """Dict from the name of every file in a folder or URL to its bytes' digest."""
    files = tf.io.gfile
    found = {}
    for name in files.listdir(str(out)):
        with files.GFile(f"{out}/{name}", "rb") as stream:
            found[name] = hashlib.sha256(stream.read()).hexdigest()
    return found


def test_files(built):
    shards = [f"train-{row:05d}-of-00003.tfrecord" for row in range(3)]
    shards += [f"{split}-00000-of-00001.tfrecord" for split in ("validation", "test")]
    others = ["manifest.csv", "colorkit-dataset.json", "contact_sheet.png", "ab_histogram.png"]
    assert sorted(digests(built)) == sorted(shards + others)


def test_the_pairs_are_those_of_folders(built, photos, tmp_path):
    build_dataset(photos, tmp_path / "out", size=32)
    folder_rows = list(read_manifest(tmp_path / "out"))
    assert folder_rows == list(read_manifest(built))
    for split in ("train", "validation", "test"):
        pairs = {
            pair["name"].decode(): pair for pair in load_tfrecords(built, split).as_numpy_iterator()
        }
        assert set(pairs) == {row["file"] for row in folder_rows if row["split"] == split}
        for name, pair in pairs.items():
            for kind, shape in (("gray", (32, 32, 1)), ("color", (32, 32, 3))):
                expected = np.asarray(Image.open(tmp_path / "out" / split / kind / name))
                assert pair[kind].shape == shape and pair[kind].dtype == np.uint8
                np.testing.assert_array_equal(pair[kind].squeeze(), expected)


def test_examples_hold_png_names_and_splits(built):
    record = next(iter(tf.data.TFRecordDataset(str(built / "test-00000-of-00001.tfrecord"))))
    features = tf.train.Example.FromString(record.numpy()).features.feature
    values = {key: feature.bytes_list.value[0] for key, feature in features.items()}
    assert set(values) == {"gray", "color", "name", "split"} and values["split"] == b"test"
    assert values["gray"].startswith(b"\x89PNG") and values["name"].endswith(b".png")


def test_the_same_bytes_every_time_by_url_too(built, photos, tmp_path):
    build_dataset(photos, tmp_path / "two", size=32, output_format="tfrecord", workers=2)
    assert digests(tmp_path / "two") == digests(built)
    url = f"ram://{uuid.uuid4().hex}/dataset"  # TensorFlow's own, served like gs://
    report = build_dataset(photos, url, size=32, output_format="tfrecord")
    assert digests(url) == digests(built) and report.out == url
    assert len(list(load_tfrecords(url, "train"))) == 20
    assert build_dataset(photos, url, size=32, output_format="tfrecord").was_built
    with pytest.raises(ValueError, match="another size and min_side"):
        build_dataset(photos, url, size=30, output_format="tfrecord")


@pytest.mark.parametrize("url", [False, True])
def test_a_stopped_build_resumes(url, built, photos, tmp_path, monkeypatch):
    out = f"ram://{uuid.uuid4().hex}/dataset" if url else tmp_path / "out"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))

    def stop(stage, done, total):
        if stage == "Placing pairs" and done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_dataset(photos, out, size=32, output_format="tfrecord", on_progress=stop)
    assert "train-00000-of-00003.tfrecord" in tf.io.gfile.listdir(str(out))
    build_dataset(photos, out, size=32, output_format="tfrecord")
    assert digests(out) == digests(built)
    assert not list((tmp_path / "temporary").glob("*"))


def test_order(built):
    def names(**options):
        pairs = load_tfrecords(built, "train", **options)
        return [[pair["name"] for pair in pairs.as_numpy_iterator()] for _ in range(2)]

    first, second = names()
    assert first == second and len(set(first)) == 20
    shuffled = names(seed=3)
    assert sorted(shuffled[0]) == sorted(first) and shuffled[0] != shuffled[1] != first
    assert names(seed=3)[0] != names(seed=4)[0]
    assert names(seed=3) == shuffled


def test_a_folder_without_records_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="--format tfrecord`, with files .*train-.*without them"):
        load_tfrecords(tmp_path)


def test_without_tensorflow_the_error_says_what_to_do(photos, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match="pip install tensorflow.*--format folder"):
        build_dataset(photos, tmp_path / "out", output_format="tfrecord")
