"""Batches from TFRecord files, by this process and by tf.data service workers."""

import io
import itertools
import subprocess
import sys

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorkit.data.dataset import load_photo_dataset

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tests fit models on tf.data"
)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Two shards of five flat photographs; levels 0, 20, ... 180."""
    folder = tmp_path_factory.mktemp("records")
    for shard in range(2):
        photos = [np.full((40, 40, 3), 20 * (5 * shard + row), np.uint8) for row in range(5)]
        write(folder / f"train-{shard:05d}-of-00002.tfrecord", photos)
    write(folder / "test-00000-of-00001.tfrecord", [skimage.data.astronaut()[:96, :96]])
    return folder


def write(path, photos):
    def feature(value):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    with tf.io.TFRecordWriter(str(path)) as writer:
        for number, photo in enumerate(photos):
            pair = {"gray": encode(photo[..., 0]), "color": encode(photo)}
            features = {**pair, "name": f"{number}.png".encode(), "split": b"train"}
            example = tf.train.Features(feature={k: feature(v) for k, v in features.items()})
            writer.write(tf.train.Example(features=example).SerializeToString())


def encode(photo):
    stream = io.BytesIO()
    Image.fromarray(photo).save(stream, "PNG")
    return stream.getvalue()


def levels(batches, number):
    """The levels of the photographs in so many batches of flat ones."""
    rgb = np.concatenate([rgb for rgb, _ in itertools.islice(batches.as_numpy_iterator(), number)])
    assert (rgb == rgb[:, :1, :1]).all() and rgb.dtype == np.uint8
    return rgb[:, 0, 0, 0].tolist()


def test_each_epoch_shows_each_photograph_once_in_another_order(records):
    drawn = levels(load_photo_dataset(records, 16, 5), 4)
    assert sorted(drawn[:10]) == sorted(drawn[10:]) == list(range(0, 200, 20))
    assert drawn[:10] != drawn[10:]


@pytest.mark.slow
@pytest.mark.parametrize("cache", [None, "memory", "file"])
def test_a_seed_fixes_the_batches_and_where_they_begin(records, cache, tmp_path):
    def load(name, **options):
        place = tmp_path / name if cache == "file" else cache
        return load_photo_dataset(records, 16, 5, seed=3, cache=place, **options)

    drawn = levels(load("a"), 4)
    assert levels(load("b"), 4) == drawn
    assert levels(load("c", start_step=2), 2) == drawn[10:]
    assert levels(load_photo_dataset(records, 16, 5, seed=4, cache=cache and "memory"), 4) != drawn


def test_crops_are_random_parts_of_the_photograph(records):
    """Each crop is found again in the photograph, at a scale of 1 to 1.5, in either direction."""
    photo = Image.fromarray(skimage.data.astronaut()[:96, :96])
    batches = load_photo_dataset(records, 64, 4, split="test")
    crops = np.concatenate([rgb for rgb, _ in batches.take(3).as_numpy_iterator()])
    assert crops.shape == (12, 64, 64, 3) and len({crop.tobytes() for crop in crops}) == 12
    places = [
        np.asarray(photo.crop((left, top, left + side, top + side)).resize((8, 8)), float)
        for side in range(64, 97, 4)
        for top in range(0, 97 - side, 2)
        for left in range(0, 97 - side, 2)
    ]
    small = [np.asarray(Image.fromarray(crop).resize((8, 8)), float) for crop in crops]
    plain, mirrored = (
        np.array(
            [min(np.abs(place - crop[:, ::step]).mean() for place in places) for crop in small]
        )
        for step in (1, -1)
    )
    assert np.minimum(plain, mirrored).max() < 6
    assert 2 <= (plain < mirrored).sum() <= 10


WORKER = """
import sys, tensorflow as tf
service = tf.data.experimental.service
worker = service.WorkerServer(service.WorkerConfig(dispatcher_address=sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_workers_of_a_tf_data_service_share_the_photographs(records):
    """One worker in this process and one in another, which knows nothing of colorkit."""
    service = tf.data.experimental.service
    dispatcher = service.DispatchServer()
    address = dispatcher.target.split("://")[1]
    command = [sys.executable, "-c", WORKER, address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"ready\n"
        worker = service.WorkerServer(service.WorkerConfig(dispatcher_address=address))
        drawn = levels(load_photo_dataset(records, 16, 5, service=dispatcher.target), 8)
        other.stdin.close()
    assert worker is not None and set(drawn) == set(range(0, 200, 20))
    assert max(drawn.count(level) for level in set(drawn)) <= 2 * 40 / 10


def test_a_model_is_fitted_from_records(records):
    batches = load_photo_dataset(records, 16, 2, inputs="lightness")
    model = keras.Sequential([keras.Input((16, 16, 1)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(batches, steps_per_epoch=2, verbose=0).history["loss"][0])


def test_missing_splits_and_indices_are_errors(records):
    with pytest.raises(ValueError, match="Expected a data set of .*validation-"):
        load_photo_dataset(records, split="validation")
    with pytest.raises(ValueError, match="`indices` do not go with TFRecord files"):
        load_photo_dataset(records, indices=[1])
