"""A teacher's maps, and training by them."""

import json

import cv2
import keras
import numpy as np
import pytest
import skimage.data
import small_models
from hypothesis import given
from hypothesis import strategies as st
from model_checks import assert_weights_equal

from colorkit import get_recipe, train_model
from colorkit.data.augmentation.config import Augmentation
from colorkit.data.crops import Crop
from colorkit.data.source import open_photos
from colorkit.models.colorkit_base import build_colorkit_base_model
from colorkit.models.layers.backbones import load_inception_trunk
from colorkit.models.vgg16 import build_vgg_model
from colorkit.training.features import teacher_features
from colorkit.training.features.distillation import DistillationTrainer
from colorkit.training.features.teacher_features import (
    TEACHER_LAYERS,
    TeacherFeatures,
    interpolate,
    principal_components,
)

COFFEE = skimage.data.coffee()[:256, :384]


@pytest.fixture(scope="module")
def trunk():
    keras.utils.set_random_seed(0)
    return keras.applications.InceptionV3(
        include_top=False, weights=None, input_shape=(256, 256, 3)
    )


def use_small_teacher(patch):
    small_models.put_teacher_in_place(patch)
    return "small.weights.h5"


@pytest.fixture
def small_teacher(monkeypatch):
    return use_small_teacher(monkeypatch)


@pytest.fixture(scope="module")
def photos():
    random = np.random.default_rng(0)
    photos = [np.roll(COFFEE, random.integers(0, 200, 2), axis=(0, 1)) for _ in range(20)]
    return np.stack(photos)


@pytest.fixture(scope="module")
def maps_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("maps")


@pytest.fixture(scope="module")
def maps(photos, maps_folder):
    with pytest.MonkeyPatch.context() as patch:
        maps = TeacherFeatures(maps_folder, use_small_teacher(patch), open_photos(photos))
        maps.compute(range(4))
        return maps


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_interpolation_is_exact_on_planes_and_stays_at_the_borders(height, width, seed):
    random = np.random.default_rng(seed)
    rows, columns = random.uniform(-3, 9, 5), random.uniform(-3, 9, 4)
    plane = 2.0 * np.arange(height)[:, None] - 0.5 * np.arange(width)[None, :] + 1
    found = interpolate(plane[..., None], rows, columns)[..., 0]
    expected = 2.0 * np.clip(rows, 0, height - 1)[:, None] - 0.5 * np.clip(columns, 0, width - 1)
    np.testing.assert_allclose(found, expected + 1, atol=1e-9)


def test_components_have_unit_mean_square_and_keep_what_varies():
    random = np.random.default_rng(0)
    hidden = random.normal(size=(8, 5, 5, 3))
    values = hidden @ random.normal(size=(3, 200)) + 7.0
    mean, matrix = principal_components(values)
    kept = (values - mean) @ matrix
    assert kept.shape == (8, 5, 5, 128)
    assert np.mean(kept**2) == pytest.approx(1.0, rel=0.02)
    back = kept.reshape(-1, 128) @ np.linalg.lstsq(kept.reshape(-1, 128), hidden.reshape(-1, 3))[0]
    np.testing.assert_allclose(back, hidden.reshape(-1, 3), atol=0.1)


@pytest.mark.slow
def test_a_teacher_s_cells_lie_where_they_are_said_to(trunk):
    """Each layer without padding moves the first centre by half its kernel, in input pixels."""
    names = [layer.name for layer in trunk.layers]
    pools = [
        n for n, each in enumerate(trunk.layers) if isinstance(each, keras.layers.MaxPooling2D)
    ]
    for layer in TEACHER_LAYERS:
        first, stride = 0, 1
        for position, each in enumerate(trunk.layers[: names.index(layer.name)]):
            is_pool = position in pools
            is_stem = isinstance(each, keras.layers.Conv2D) and position < pools[1]
            if (is_pool or is_stem) and each.padding == "valid":
                size = each.pool_size if is_pool else each.kernel_size
                first += (size[0] - 1) // 2 * stride
                stride *= each.strides[0]
        assert (first, stride) == (layer.first, layer.stride)
        shape = trunk.get_layer(layer.name).output.shape[1:]
        assert shape == (layer.cells, layer.cells, layer.channels)


@pytest.mark.slow
def test_the_teacher_is_inception_with_the_weights_of_a_file(trunk, tmp_path):
    path = tmp_path / "inception.weights.h5"
    trunk.save_weights(path)
    loaded = load_inception_trunk(str(path), 256)
    assert_weights_equal(loaded.get_weights(), trunk.get_weights())


def test_the_whole_photograph_gives_its_own_maps(maps, photos, maps_folder):
    """A crop of all of a square photograph, seen at the teacher's size, has the teacher's cells."""
    square = Crop(256, 256, 0, 0, 256, is_mirrored=False)
    found = maps.crop_features(0, square, 256)
    assert [part.shape for part in found] == [(16, 16, 128), (8, 8, 128)]
    mirrored = maps.crop_features(0, Crop(256, 256, 0, 0, 256, is_mirrored=True), 256)
    for part, other in zip(found, mirrored, strict=True):
        np.testing.assert_array_equal(part, other[:, ::-1])
    # Cell k of the student is centred at 16 k + 7.5, cell j of the teacher at 16 j + 21.
    (shard,) = maps_folder.rglob("*.npy")
    keys = json.loads(shard.with_suffix(".json").read_text())["keys"]
    row = keys.index(open_photos(photos).digest(0))
    stored = np.load(shard)[row]["mixed7"].astype("float32")
    share = (16 * 5 + 7.5 - 21) / 16
    before = int(share)
    expected = (1 - share + before) * stored[before] + (share - before) * stored[before + 1]
    at_cell = (1 - share + before) * expected[:, None][before] + (share - before) * expected[
        before + 1
    ]
    np.testing.assert_allclose(found[0][5, 5], np.ravel(at_cell), rtol=1e-3, atol=1e-3)


def test_maps_are_computed_once(maps, maps_folder, small_teacher, photos, monkeypatch):
    def fail(*_):
        raise AssertionError("computed again")

    monkeypatch.setattr(keras.Model, "predict_on_batch", fail)
    again = TeacherFeatures(maps_folder, small_teacher, open_photos(photos))
    again.compute(range(4))
    assert 3 in again and 5 not in again
    crop = Crop(256, 384, 10, 20, 200, is_mirrored=True)
    for part, other in zip(
        again.crop_features(2, crop, 64), maps.crop_features(2, crop, 64), strict=True
    ):
        np.testing.assert_array_equal(part, other)


@pytest.mark.slow
@pytest.mark.usefixtures("eagerly", "quick_curves")
def test_a_student_learns_what_the_teacher_says(small_teacher, photos, tmp_path, monkeypatch):
    small_models.shrink_shipped_models(monkeypatch)
    changes = {"image_size": 32, "batch_size": 4, "epochs": 2, "steps_per_epoch": 4}
    changes |= {"weights": None, "augmentation": None, "ema_momentum": None}
    changes |= {"learning_rate": 0.03, "schedule": "constant"}
    model = train_model(
        get_recipe("colorkit_base", teacher=small_teacher, **changes),
        photos,
        tmp_path / "a",
        precision="float32",
    )
    assert model.count_params() == build_colorkit_base_model().count_params()
    rows = (tmp_path / "a" / "log.csv").read_text().splitlines()
    losses = [float(row.split(",")[rows[0].split(",").index("loss")]) for row in rows[1:]]
    assert losses[-1] < losses[0]
    plan = json.loads((tmp_path / "a" / "recipe.json").read_text())
    assert plan["recipe"]["teacher"] == small_teacher


def test_the_loss_is_that_of_colour_and_the_mean_of_the_maps():
    model = build_colorkit_base_model(32)
    trainer = DistillationTrainer(model, trained_layer="bin_logits")
    random = np.random.default_rng(0)
    batch = {"rgb": random.integers(0, 255, (2, 32, 32, 3), "uint8")}
    for layer in TEACHER_LAYERS:
        cells = 32 // layer.stride
        batch[layer.name] = random.normal(size=(2, cells, cells, 128)).astype("float32")
    trainer.compile(loss=lambda target, output: keras.ops.mean(output) * 0 + 5.0)
    rgb, (output, *answers) = trainer(batch)
    assert output.shape == (2, 8, 8, 313)
    errors = [
        np.mean((batch[layer.name] - np.asarray(answer)) ** 2)
        for layer, answer in zip(TEACHER_LAYERS, answers, strict=True)
    ]
    loss = trainer.compute_loss(batch, batch["rgb"], (rgb, (output, *answers)))
    assert float(loss) == pytest.approx(5.0 + np.mean(errors), rel=1e-4)


def test_what_cannot_be_distilled():
    with pytest.raises(ValueError, match="for the model 'colorkit_base'.*Received: the model 'vgg"):
        DistillationTrainer(build_vgg_model(weights=None))
    with pytest.raises(ValueError, match="without rotation and flips"):
        DistillationTrainer(build_colorkit_base_model(32), Augmentation(rotation=0.5))


def test_a_teacher_that_is_not_there(photos, tmp_path):
    with pytest.raises(ValueError, match="Received: weights='nowhere.h5'"):
        TeacherFeatures(tmp_path, "nowhere.h5", open_photos(photos))


def test_photographs_that_cannot_be_read_are_left_out(small_teacher, tmp_path):
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), COFFEE + np.uint8(number))
    (tmp_path / "1.png").write_bytes(b"broken")
    maps = TeacherFeatures(tmp_path / "maps", small_teacher, open_photos(tmp_path))
    maps.compute(range(3))
    assert [number in maps for number in range(3)] == [True, False, True]
    assert teacher_features.MAP_CHANNELS == 128
