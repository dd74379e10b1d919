"""Features that are kept: never stale, resumed, repaired, and the same as computed in each step."""

import json
import logging
import os

import keras
import numpy as np
import pytest
import skimage.color
from PIL import Image

from colorkit.color.lab import rgb_to_lab
from colorkit.data.augmentation.config import Augmentation
from colorkit.data.source import open_photos
from colorkit.io.photo import PhotoError
from colorkit.losses import ChromaMSE
from colorkit.models.backbone_split import split_backbone
from colorkit.models.layers.common import FrozenModel
from colorkit.training.features import feature_cache as features_module
from colorkit.training.features.feature_cache import AB_STEPS, PhotoFeatures, input_lightness
from colorkit.training.features.feature_trainer import FeatureBatches, FeatureTrainer
from colorkit.training.features.feature_views import PhotoViews
from colorkit.training.trainer import Trainer

SIZE = 32


@pytest.fixture
def photos(tmp_path):
    """A folder of seven small colourful photographs."""
    folder = tmp_path / "photos"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(7):
        blocks = random.integers(0, 256, (6, 6 + number, 3)).astype(np.uint8)
        pixels = np.kron(blocks, np.ones((8, 8, 1), np.uint8))
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


class CountingBackbone:
    """A backbone of the simplest kind, which counts what it sees: the mean L of each quarter."""

    def __init__(self, weight=1.0, side=2):
        lightness = keras.Input((SIZE, SIZE, 1))
        x = keras.layers.AveragePooling2D(SIZE // side)(lightness)
        x = keras.layers.Conv2D(1, 1, use_bias=False)(x)
        self._model = FrozenModel(lightness, x)
        self._model.set_weights([np.full((1, 1, 1, 1), weight, "float32")])
        self.seen = 0

    def __getattr__(self, name):
        return getattr(self._model, name)

    def predict_on_batch(self, lightness):
        self.seen += len(lightness)
        return self._model.predict_on_batch(lightness)


@pytest.fixture(autouse=True)
def counted(monkeypatch):
    """Lets the description see through the counting."""
    describe = features_module.describe_backbone
    monkeypatch.setattr(
        features_module,
        "describe_backbone",
        lambda backbone: describe(getattr(backbone, "_model", backbone)),
    )


def computed(folder, photos, backbone=None, views=None, dtype="float32", indices=None):
    backbone = backbone or CountingBackbone()
    source = open_photos(photos)
    features = PhotoFeatures(folder, backbone, source, views or PhotoViews(SIZE), dtype)
    features.compute(range(len(source)) if indices is None else indices)
    return features, getattr(backbone, "seen", None)


def quarters(rgb):
    """The oracle: the mean L of each quarter of pictures."""
    lightness = np.asarray(rgb_to_lab(rgb))[..., 0]
    half = SIZE // 2
    return lightness.reshape(-1, 2, half, 2, half).mean((2, 4))[..., None]


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float16", 1e-3)])
def test_features_are_what_the_backbone_says(tmp_path, photos, dtype, tolerance):
    features, _ = computed(tmp_path, photos, dtype=dtype)
    row = features.take([2, 0, 2], [0, 0, 0])
    assert row["features"].dtype == dtype and row["rgb"].dtype == np.uint8
    np.testing.assert_allclose(row["features"], quarters(row["rgb"]), rtol=tolerance)
    np.testing.assert_array_equal(row["rgb"][0], row["rgb"][2])
    photo = np.asarray(Image.open(photos / "0.png"))
    assert np.abs(row["rgb"][1].mean((0, 1)) - photo[:, :48].mean((0, 1))).max() < 8


def test_ab_is_kept_to_half_a_step(tmp_path, photos):
    features, _ = computed(tmp_path, photos)
    row = features.take(range(7), [0] * 7)
    ab = skimage.color.rgb2lab(row["rgb"])[..., 1:]
    assert row["ab"].dtype == np.int16
    np.testing.assert_allclose(row["ab"] / AB_STEPS, ab, atol=0.5 / AB_STEPS + 1e-3)


def test_all_of_srgb_can_be_kept():
    levels = np.linspace(0, 255, 18).astype("uint8")
    colors = np.stack(np.meshgrid(levels, levels, levels), axis=-1)
    most = np.abs(skimage.color.rgb2lab(colors)[..., 1:]).max()
    assert 100 < most < np.iinfo("int16").max / AB_STEPS


def test_a_second_run_computes_nothing(tmp_path, photos):
    first, seen = computed(tmp_path, photos)
    again, seen_again = computed(tmp_path, photos)
    assert (seen, seen_again) == (7, 0)
    for name, values in first.take(range(7), [0] * 7).items():
        np.testing.assert_array_equal(again.take(range(7), [0] * 7)[name], values)


def test_runs_share_what_they_have_in_common(tmp_path, photos):
    assert computed(tmp_path, photos, indices=[1, 2])[1] == 2
    assert computed(tmp_path, photos, indices=[1, 2, 3])[1] == 1
    (photos / "0.png").rename(photos / "renamed.png")
    assert computed(tmp_path, photos)[1] == 4


def test_one_changed_byte_of_a_photograph_is_seen(tmp_path, photos):
    before = computed(tmp_path, photos)[0].take([3], [0])
    path = photos / "3.png"
    picture = np.array(Image.open(path))
    picture[20, 20, 0] ^= 255
    stat = path.stat()
    Image.fromarray(picture).save(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    features, seen = computed(tmp_path, photos)
    assert seen == 1
    after = features.take([3], [0])
    assert (after["rgb"] != before["rgb"]).any()
    np.testing.assert_allclose(after["features"], quarters(after["rgb"]), rtol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"backbone": lambda: CountingBackbone(weight=np.nextafter(np.float32(1), 2))},
        {"backbone": lambda: CountingBackbone(side=4)},
        {"dtype": "float16"},
        {"views": PhotoViews(SIZE, count=2)},
    ],
)
def test_whatever_features_depend_on_is_part_of_their_key(tmp_path, photos, change):
    computed(tmp_path, photos)
    if "backbone" in change:
        change = {"backbone": change["backbone"]()}
    views = change.get("views", PhotoViews(SIZE)).count
    assert computed(tmp_path, photos, **change)[1] == 7 * views
    assert computed(tmp_path, photos)[1] == 0, "the earlier ones are still there"


def test_another_image_size_is_computed_anew(tmp_path, photos):
    lightness = keras.Input((None, None, 1))
    backbone = FrozenModel(lightness, keras.layers.AveragePooling2D(8)(lightness))
    for size in (32, 64):
        features, _ = computed(tmp_path, photos, backbone, PhotoViews(size), indices=[0])
        grid = size // 8
        assert features.take([0], [0])["features"].shape == (1, grid, grid, 1)


def test_more_views_compute_only_the_new_ones(tmp_path, photos):
    assert computed(tmp_path, photos, views=PhotoViews(SIZE, 2))[1] == 14
    assert computed(tmp_path, photos, views=PhotoViews(SIZE, 5))[1] == 21


def test_an_interrupted_run_resumes_at_the_shard(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(features_module, "SHARD_VIEWS", 2)
    backbone = CountingBackbone()
    see = backbone.predict_on_batch

    def stop_in_the_third_shard(lightness):
        if backbone.seen == 4:
            raise KeyboardInterrupt
        return see(lightness)

    backbone.predict_on_batch = stop_in_the_third_shard
    with pytest.raises(KeyboardInterrupt):
        computed(tmp_path, photos, backbone)
    features, seen = computed(tmp_path, photos)
    assert seen == 3
    row = features.take(range(7), [0] * 7)
    np.testing.assert_allclose(row["features"], quarters(row["rgb"]), rtol=1e-5)


def test_a_damaged_shard_alone_is_computed_again(tmp_path, photos, monkeypatch, caplog):
    monkeypatch.setattr(features_module, "SHARD_VIEWS", 2)
    expected = computed(tmp_path / "cache", photos)[0].take(range(7), [0] * 7)
    shard = sorted((tmp_path / "cache").rglob("*.npy"))[1]
    with open(shard, "r+b") as stream:
        stream.seek(-3, 2)
        stream.write(b"\0\0\0")
    rows = len(json.loads(shard.with_suffix(".json").read_text())["keys"])
    with caplog.at_level(logging.WARNING, "colorkit"):
        features, seen = computed(tmp_path / "cache", photos)
    assert seen == rows and "damaged" in caplog.text
    for name, values in features.take(range(7), [0] * 7).items():
        np.testing.assert_array_equal(values, expected[name])


def test_the_same_photograph_twice_is_computed_once(tmp_path, photos):
    (photos / "copy.png").write_bytes((photos / "4.png").read_bytes())
    features, seen = computed(tmp_path, photos)
    assert seen == 7
    indices = [open_photos(photos).names.index(name) for name in ("copy.png", "4.png")]
    copy, original = features.take(indices, [0, 0])["features"]
    np.testing.assert_array_equal(copy, original)


def test_unreadable_photographs_are_left_out(tmp_path, photos, caplog):
    (photos / "1.png").write_bytes(b"no picture")
    features, seen = computed(tmp_path, photos)
    assert seen == 6 and list(features.unreadable) == ["1.png"]
    assert [number in features for number in range(3)] == [True, False, True]
    assert "1.png" in caplog.text


def test_a_photograph_that_changes_meanwhile_is_an_error(tmp_path, photos, monkeypatch):
    source = open_photos(photos)
    digests = iter("ab")
    monkeypatch.setattr(source, "digest", lambda _: next(digests))
    features = PhotoFeatures(tmp_path, CountingBackbone(), source, PhotoViews(SIZE))
    with pytest.raises(PhotoError, match="0.png was changed while features were computed"):
        features.compute([0])


def test_an_unknown_dtype_is_refused(tmp_path, photos):
    with pytest.raises(ValueError, match="`dtype` must be one of .* Received: 'int8'"):
        computed(tmp_path, photos, dtype="int8")


def test_a_view_is_augmented_and_its_holes_are_seen(tmp_path, photos):
    augmentation = Augmentation(cutout=1.0, cutout_holes=1, cutout_size=SIZE)
    features, _ = computed(tmp_path, photos, views=PhotoViews(SIZE, 2, 0, augmentation))
    row = features.take([0, 1], [0, 1])
    assert (row["features"] == 0).all(), "the hole covers all of L"
    assert row["rgb"].any(), "and none of the target"


def batches(features, **changes):
    known = {"indices": range(7), "batch_size": 3, "steps": 5, "seed": 2}
    return FeatureBatches(features, **{**known, **changes})


def rows_in(dataset):
    rows = [row for step in range(len(dataset)) for row in dataset[step][0]["rgb"]]
    return [row.tobytes() for row in rows]


def test_an_epoch_shows_one_view_of_each_and_the_next_the_next(tmp_path, photos):
    features, _ = computed(tmp_path, photos, views=PhotoViews(SIZE, 2))
    views = [
        {row.tobytes() for row in features.take(range(7), [view] * 7)["rgb"]} for view in (0, 1)
    ]
    rows = rows_in(batches(features))
    assert set(rows[:7]) == views[0]
    assert set(rows[7:14]) == views[1]
    assert rows[:7] != rows_in(batches(features, seed=3))[:7]


def test_batches_resume_where_they_were_left(tmp_path, photos):
    features, _ = computed(tmp_path, photos, views=PhotoViews(SIZE, 2))
    assert rows_in(batches(features))[6:] == rows_in(batches(features, steps=3, first_step=2))


def test_an_unreadable_photograph_is_replaced(tmp_path, photos):
    (photos / "1.png").write_bytes(b"no picture")
    features, _ = computed(tmp_path, photos)
    assert len(set(rows_in(batches(features, steps=7)))) == 6


def test_no_readable_photograph_is_an_error(tmp_path, photos):
    (photos / "1.png").write_bytes(b"no picture")
    features, _ = computed(tmp_path, photos, indices=[1])
    with pytest.raises(PhotoError, match="none of 1 could be read. Received: .*1.png"):
        batches(features, indices=[1])


def model_of(takes_lightness):
    """A model as those of models 2 to 4 are made, but tiny: backbone, and a part to train."""
    lightness = keras.Input((SIZE, SIZE, 1))
    x = keras.layers.AveragePooling2D(SIZE // 2)(keras.layers.Rescaling(0.01)(lightness))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(3, 1)(x))
    backbone = FrozenModel(lightness, keras.layers.Dropout(0.5)(x), name="backbone")
    backbone.trainable = False
    features = keras.Input((2, 2, 3))
    x = keras.layers.UpSampling2D(SIZE // 2)(features)
    inputs = features
    if takes_lightness:
        inputs = [keras.Input((SIZE, SIZE, 1)), features]
        x = keras.layers.Concatenate()([x, keras.layers.Rescaling(0.01)(inputs[0])])
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
    part = keras.Model(inputs, x, name="part")
    said = backbone(lightness)
    return keras.Model(lightness, part([lightness, said] if takes_lightness else said))


@pytest.mark.slow
@pytest.mark.parametrize("takes_lightness", [False, True])
@pytest.mark.parametrize("count", [1, 2])
def test_the_loss_is_that_of_the_whole_model(tmp_path, photos, takes_lightness, count):
    model = model_of(takes_lightness)
    augmentation = Augmentation(horizontal_flip=0.5, rotation=0.5, blur=0.5)
    split = split_backbone(model)
    assert split.takes_lightness == takes_lightness
    views = PhotoViews(SIZE, count, 0, augmentation)
    features, _ = computed(tmp_path, photos, split.backbone, views)
    cached, whole = FeatureTrainer(split, augmentation), Trainer(model)
    for trainer in (cached, whole):
        trainer.compile("sgd", ChromaMSE(), run_eagerly=True)
    batch, rgb = batches(features)[0]
    loss, expected = cached.evaluate(batch, rgb, verbose=0), whole.evaluate(rgb, rgb, verbose=0)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    frozen, trained = split.backbone.get_weights(), split.trained_part.get_weights()
    np.testing.assert_allclose(cached.train_on_batch(batch, rgb), expected, rtol=1e-5)
    for weight, before in zip(split.backbone.get_weights(), frozen, strict=True):
        np.testing.assert_array_equal(weight, before)
    for weight, before in zip(split.trained_part.get_weights(), trained, strict=True):
        assert (weight != before).any()


def test_the_part_that_sees_lightness_sees_the_holes(tmp_path, photos):
    model = model_of(takes_lightness=True)
    split = split_backbone(model)
    views = PhotoViews(SIZE, 2, 0, Augmentation(cutout=1.0, cutout_holes=1, cutout_size=SIZE))
    features, _ = computed(tmp_path, photos, split.backbone, views)
    _, output = FeatureTrainer(split, views.augmentation)(batches(features)[0][0])
    np.testing.assert_allclose(output, model(np.zeros((3, SIZE, SIZE, 1))), atol=1e-6)


def test_float16_changes_the_loss_by_its_rounding_alone(tmp_path, photos):
    model = model_of(takes_lightness=False)
    split = split_backbone(model)
    losses = []
    for dtype in ("float32", "float16"):
        features, _ = computed(tmp_path, photos, split.backbone, dtype=dtype)
        trainer = FeatureTrainer(split)
        trainer.compile(loss=ChromaMSE(), run_eagerly=True)
        losses.append(trainer.evaluate(*batches(features)[0], verbose=0))
    assert losses[0] != losses[1]
    np.testing.assert_allclose(*losses, rtol=1e-3)


@pytest.mark.slow
def test_holes_lie_in_the_same_places_in_mixed_precision(tmp_path, photos, mixed_bfloat16):
    model = model_of(takes_lightness=True)
    split = split_backbone(model)
    views = PhotoViews(SIZE, 2, 0, Augmentation(cutout=1.0, cutout_holes=2, cutout_size=9))
    features, _ = computed(tmp_path, photos, split.backbone, views)
    trainer = FeatureTrainer(split, views.augmentation)
    trainer.compile("sgd", ChromaMSE(), jit_compile=False)
    batch, rgb = batches(features)[0]
    lightness = np.asarray(rgb_to_lab(batch["rgb"]))[..., :1]
    seen = np.asarray(input_lightness(batch["rgb"], views.augmentation, batch["uniforms"]))
    assert ((seen == 0) & (lightness > 0)).any(), "there are holes"
    ab = np.asarray(split.trained_part([seen, batch["features"]]), "float32")
    expected = np.square(ab - np.asarray(rgb_to_lab(rgb))[..., 1:] / 128).mean()
    np.testing.assert_allclose(trainer.train_on_batch(batch, rgb), expected, rtol=1e-2)
