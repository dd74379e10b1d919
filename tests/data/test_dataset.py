"""The stream of training crops: determinism, resumption, bad files, geometry."""

import keras
import numpy as np
import pytest
import skimage.color
from drawn_photos import draw_photo, save_photo
from PIL import Image

from colorkit.data.augmentation.config import Augmentation
from colorkit.data.build import build_dataset
from colorkit.data.dataset import (
    PhotoBatches,
    PhotoStream,
    load_center_crops,
    load_photo_dataset,
)
from colorkit.data.source import open_photos
from colorkit.io.photo import PhotoError

pytestmark = pytest.mark.any_backend

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.data needs TensorFlow"
)


@pytest.fixture
def flat_photos():
    """Ten photographs of one gray level each, by which they are known again."""
    levels = np.arange(10, dtype=np.uint8)[:, None, None, None] * 20
    return np.broadcast_to(levels, (10, 40, 60, 3)).copy()


def test_each_epoch_shows_each_photograph_once_in_another_order(flat_photos):
    stream = PhotoStream(open_photos(flat_photos), 16)
    epochs = [[int(stream.crop(p)[0, 0, 0]) for p in range(e * 10, e * 10 + 10)] for e in (0, 1)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(0, 200, 20))
    assert epochs[0] != epochs[1]


def test_a_position_always_holds_the_same_crop():
    photos = np.random.default_rng(0).integers(0, 256, (5, 40, 60, 3), dtype=np.uint8)
    forward = PhotoStream(open_photos(photos), 16, seed=3)
    crops = [forward.crop(position) for position in range(20)]
    backward = PhotoStream(open_photos(photos), 16, seed=3)
    for position in reversed(range(20)):
        np.testing.assert_array_equal(backward.crop(position), crops[position])
    other = PhotoStream(open_photos(photos), 16, seed=4)
    assert any((other.crop(p) != crops[p]).any() for p in range(20))


def test_a_resized_stream_has_the_same_squares():
    """Means of 2 x 2 pixels of the crops of twice the size, which are the photographs' own."""
    photos = np.kron(np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3)), np.ones((1, 8, 8, 1)))
    stream = PhotoStream(open_photos(photos.astype("uint8")), 32, seed=3)
    small = stream.resized(16)
    for position in range(10):
        means = stream.crop(position).astype(float).reshape(16, 2, 16, 2, 3).mean((1, 3))
        assert np.abs(small.crop(position) - means).max() < 2
    assert small.unreadable is stream.unreadable and stream.image_size == 32


def test_only_the_given_indices_are_drawn(flat_photos):
    stream = PhotoStream(open_photos(flat_photos), 16, indices=[2, 5])
    assert {int(stream.crop(p)[0, 0, 0]) for p in range(20)} == {40, 100}


def test_no_photographs_to_draw_from_is_an_error(flat_photos):
    with pytest.raises(PhotoError, match="at least one photograph .* give at least 10"):
        PhotoStream(open_photos(flat_photos), 16, indices=[])


def test_unreadable_photographs_are_counted_and_replaced(tmp_path):
    for number in range(4):
        Image.fromarray(np.full((20, 20, 3), 50, np.uint8)).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    (tmp_path / "empty.png").touch()
    stream = PhotoStream(open_photos(tmp_path), 8)
    assert all((stream.crop(p) == 50).all() for p in range(24))
    assert set(stream.unreadable) == {"broken.jpg", "empty.png"}
    assert "broken.jpg" in stream.unreadable["broken.jpg"]


def test_nothing_but_unreadable_photographs_is_an_error(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    with pytest.raises(PhotoError, match="none of 1 could be read. The first: .*broken.jpg"):
        PhotoStream(open_photos(tmp_path), 8).crop(0)


def test_center_crops_leave_bad_files_out(tmp_path):
    Image.fromarray(np.full((20, 20, 3), 50, np.uint8)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"bad")
    crops = load_center_crops(open_photos(tmp_path), 8, [0, 1])
    assert crops.shape == (1, 8, 8, 3) and (crops == 50).all()


def test_batches_are_the_stream_cut_up(flat_photos):
    stream = PhotoStream(open_photos(flat_photos), 16)
    rgb, target = PhotoBatches(stream, batch_size=4, steps=3, start_step=2)[1]
    np.testing.assert_array_equal(rgb, [stream.crop(p) for p in range(12, 16)])
    assert target is rgb and rgb.dtype == np.uint8


def test_batches_cut_ahead_keep_their_places_in_any_order(flat_photos):
    stream = PhotoStream(open_photos(flat_photos), 16)
    batches = PhotoBatches(stream, batch_size=4, steps=9)
    for step in (*range(9), 3, 8, 0):
        expected = [stream.crop(p) for p in range(4 * step, 4 * step + 4)]
        np.testing.assert_array_equal(batches[step][0], expected)


@on_tensorflow
@pytest.mark.parametrize("start_step", [0, 3])
def test_the_tf_data_pipeline_gives_the_same_batches(flat_photos, start_step):
    stream = PhotoStream(open_photos(flat_photos), 16, seed=1)
    dataset = load_photo_dataset(stream, batch_size=4, start_step=start_step)
    expected = PhotoBatches(stream, 4, 5, start_step)
    for step, (rgb, target) in enumerate(dataset.take(5).as_numpy_iterator()):
        np.testing.assert_array_equal(rgb, expected[step][0])
        np.testing.assert_array_equal(target, rgb)


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_the_parts_of_a_batch_are_the_batch(flat_photos, parts):
    """Whatever the number of workers, each draws its own part, and together they draw all."""
    whole = PhotoStream(open_photos(flat_photos), 16)
    streams = [PhotoStream(open_photos(flat_photos), 16) for _ in range(parts)]
    rows = 6 // parts
    for step in range(4):
        drawn = [
            stream.part(6, part, parts).crop(step * rows + row)
            for part, stream in enumerate(streams)
            for row in range(rows)
        ]
        np.testing.assert_array_equal(drawn, [whole.crop(step * 6 + row) for row in range(6)])


@on_tensorflow
def test_the_pipeline_opens_folders(tmp_path):
    for number in range(3):
        Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(tmp_path / f"{number}.jpg")
    dataset = load_photo_dataset(tmp_path, image_size=16, batch_size=2)
    assert dataset.element_spec[0].shape == (2, 16, 16, 3)
    assert dataset.element_spec[0].dtype == "uint8"
    rgb, _ = next(iter(dataset))
    assert np.abs(rgb.numpy().astype(int) - 90).max() <= 2


@on_tensorflow
def test_of_a_built_data_set_one_split_is_taken(tmp_path):
    """Photographs of validation and test are none to train on."""
    tints = np.array([[210, 30, 30], [30, 210, 30], [30, 30, 210], [210, 210, 30]])
    for number, part in enumerate(("train", "train", "validation", "test")):
        photo = (0.8 * tints[number] + 0.2 * draw_photo(number)).astype("uint8")
        save_photo(tmp_path / "photos" / part / f"{number}.png", photo)
    built = tmp_path / "built"
    build_dataset(tmp_path / "photos", built, size=32, min_side=32, split="folders")

    def drawn(**options):
        batches = load_photo_dataset(built, 8, 4, **options).take(3).as_numpy_iterator()
        means = np.concatenate([rgb.mean((1, 2)) for rgb, _ in batches])
        return set(np.abs(means[:, None] - tints).sum(-1).argmin(-1).tolist())

    assert (drawn(), drawn(split="validation"), drawn(split="test")) == ({0, 1}, {2}, {3})
    assert drawn(indices=range(4)) == {0, 1, 2, 3}
    with pytest.raises(ValueError, match="`split` must be one of train, validation, test.*'tests'"):
        load_photo_dataset(built, 8, 4, split="tests")


@on_tensorflow
def test_without_tensorflow_the_door_says_what_to_install(monkeypatch, flat_photos):
    monkeypatch.setitem(__import__("sys").modules, "tensorflow", None)
    with pytest.raises(ImportError, match="pip install tensorflow"):
        load_photo_dataset(flat_photos, image_size=16)


@on_tensorflow
def test_lightness_and_its_target(flat_photos):
    """L of scikit-image, and the photographs that the same stream gives as RGB."""
    photos = np.random.default_rng(0).integers(0, 256, (6, 40, 40, 3), dtype=np.uint8)
    plain = load_photo_dataset(photos, 16, 4, seed=2, start_step=1)
    split = load_photo_dataset(photos, 16, 4, seed=2, start_step=1, inputs="lightness")
    pairs = zip(plain.take(3).as_numpy_iterator(), split.take(3).as_numpy_iterator(), strict=True)
    for (rgb, _), (lightness, target) in pairs:
        np.testing.assert_array_equal(target, rgb)
        np.testing.assert_allclose(lightness, skimage.color.rgb2lab(rgb)[..., :1], atol=1e-3)


@pytest.mark.slow
@on_tensorflow
def test_augmentation_is_the_same_wherever_the_dataset_is_entered():
    photos = np.random.default_rng(0).integers(0, 256, (6, 40, 40, 3), dtype=np.uint8)
    plan = Augmentation(rotation=0.5, vertical_flip=0.5, blur=0.5, cutout=1.0, cutout_size=4)
    options = {"inputs": "lightness", "augmentation": plan, "seed": 2}
    batches = list(load_photo_dataset(photos, 16, 4, **options).take(4).as_numpy_iterator())
    later = load_photo_dataset(photos, 16, 4, start_step=2, **options)
    for found, expected in zip(later.take(2).as_numpy_iterator(), batches[2:], strict=True):
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])
    for lightness, target in batches:
        holes = lightness == 0
        whole = skimage.color.rgb2lab(target / 255)[..., :1]
        assert 16 <= holes.sum() / 4 <= 6 * 16 and whole[holes].mean() > 20
        np.testing.assert_allclose(lightness[~holes], whole[~holes], atol=1e-3)


@on_tensorflow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": "gray"}, "`inputs` must be 'rgb' or 'lightness'. Received: 'gray'"),
        ({"augmentation": Augmentation()}, "needs `inputs='lightness'`.* give it to the `Trainer`"),
        ({"service": "grpc://localhost:1"}, "`service` needs a data set of TFRecord files"),
    ],
)
def test_arguments_that_do_not_go_together_are_errors(flat_photos, options, message):
    with pytest.raises(ValueError, match=message):
        load_photo_dataset(flat_photos, 16, **options)


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="tf.data runs Keras' operations"
)
def test_lightness_needs_keras_on_tensorflow(flat_photos):
    pytest.importorskip("tensorflow")
    with pytest.raises(ValueError, match="needs Keras on TensorFlow.*Received: Keras on jax"):
        load_photo_dataset(flat_photos, 16, inputs="lightness")
