"""Runs of recipes that keep features: resumed, shared, and ended with a whole model."""

import json
import types

import keras
import numpy as np
import pytest

from colorkit.models.layers.common import FrozenModel, ScaleLightness
from colorkit.models.load import load_model
from colorkit.models.registry import MODELS
from colorkit.training import run_folder
from colorkit.training.recipes.recipes import get_recipe
from colorkit.training.train import train_model


@pytest.fixture(scope="module")
def photos():
    """Twenty photographs, bright ones orange and dark ones blue: something to be learned."""
    random = np.random.default_rng(0)
    blocks = random.random((20, 6, 6, 1)) > 0.5
    colors = np.where(blocks, [230, 170, 90], [30, 50, 110])
    return np.kron(colors, np.ones((1, 8, 8, 1))).astype(np.uint8)


def build_tiny(image_size, weights, name="tiny"):
    """A model as those of models 3 and 4 are made, of few layers."""
    lightness = keras.Input((image_size, image_size, 1))
    x = keras.layers.AveragePooling2D(8)(ScaleLightness(0.01)(lightness))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(3, 1)(x))
    backbone = FrozenModel(lightness, keras.layers.Dropout(0.5)(x), name="backbone")
    backbone.trainable = False
    inputs = [keras.Input((image_size, image_size, 1)), keras.Input(backbone.output_shape[1:])]
    x = keras.layers.Concatenate()([inputs[0], keras.layers.UpSampling2D(8)(inputs[1])])
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
    part = keras.Model(inputs, x, name="part")
    return keras.Model(lightness, part([lightness, backbone(lightness)]), name=name)


@pytest.fixture(scope="module", autouse=True)
def tiny_model(quick_curves, module_eagerly):
    with pytest.MonkeyPatch.context() as patch:
        entry = types.SimpleNamespace(builder=build_tiny, any_size=False)
        patch.setattr("colorkit.models.registry.MODELS", {"tiny": entry, **MODELS})
        yield


@pytest.fixture(scope="module")
def tiny():
    changes = {"image_size": 32, "batch_size": 4, "epochs": 2, "steps_per_epoch": 3}
    return get_recipe("vgg16", model="tiny", weights=None, **changes)


@pytest.fixture(scope="module")
def whole_run(photos, tiny, tiny_model, tmp_path_factory):
    run = tmp_path_factory.mktemp("whole") / "run"
    return run, train_model(tiny, photos, run, precision="float32")


@pytest.mark.slow
def test_the_saved_model_is_whole_and_its_backbone_untouched(whole_run, tiny):
    run, model = whole_run
    loaded = load_model(run / "model.keras")
    lightness = np.random.default_rng(0).uniform(0, 100, (2, 32, 32, 1)).astype("float32")
    np.testing.assert_array_equal(loaded(lightness), model(lightness))
    keras.utils.set_random_seed(0)
    start = build_tiny(image_size=32, weights=None)
    for part, changed in (("backbone", False), ("part", True)):
        pairs = zip(
            loaded.get_layer(part).get_weights(), start.get_layer(part).get_weights(), strict=True
        )
        assert all((trained != before).any() == changed for trained, before in pairs), part


@pytest.mark.slow
def test_features_are_kept_in_the_run(whole_run):
    run, _ = whole_run
    shards = [json.loads(path.read_text()) for path in run.glob("features/*/*.json")]
    keys = [key for shard in shards for key in shard.get("keys", ())]
    assert len(keys) == 16 * get_recipe("vgg16").feature_views + 2
    assert sum(key.endswith("-center") for key in keys) == 2


@pytest.mark.slow
def test_a_killed_run_ends_with_the_same_weights(whole_run, photos, tiny, tmp_path, monkeypatch):
    save = run_folder.RunFolder.save_checkpoint

    def kill_after_the_first_epoch(self, trainer, *others, **named):
        save(self, trainer, *others, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(run_folder.RunFolder, "save_checkpoint", kill_after_the_first_epoch)
    with pytest.raises(KeyboardInterrupt):
        train_model(tiny, photos, tmp_path, precision="float32")
    monkeypatch.setattr(run_folder.RunFolder, "save_checkpoint", save)
    resumed = train_model(tiny, photos, tmp_path, precision="float32")
    for weights, expected in zip(resumed.get_weights(), whole_run[1].get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, atol=1e-5)


@pytest.mark.slow
def test_a_second_run_computes_no_features(whole_run, photos, tiny, tmp_path, monkeypatch):
    def fail(*_):
        raise AssertionError("features are computed")

    monkeypatch.setattr(FrozenModel, "predict_on_batch", fail)
    shared = whole_run[0] / "features"
    recipe = get_recipe(tiny, learning_rate=0.01, epochs=1)
    train_model(recipe, photos, tmp_path / "run", precision="float32", features=shared)
    assert not (tmp_path / "run" / "features").exists()


@pytest.mark.slow
def test_a_model_without_backbone_keeps_no_features(photos, tmp_path):
    recipe = get_recipe("vgg16", model="colorkit_base", weights=None, image_size=32, epochs=1)
    with pytest.raises(
        ValueError, match="models with a frozen backbone, which 'colorkit_base' is not"
    ):
        train_model(recipe, photos, tmp_path, precision="float32")


@pytest.mark.slow
def test_without_views_features_are_computed_in_each_step(photos, tiny, tmp_path):
    recipe = get_recipe(tiny, feature_views=None, epochs=1, steps_per_epoch=1)
    train_model(recipe, photos, tmp_path, precision="float32")
    assert not (tmp_path / "features").exists()
