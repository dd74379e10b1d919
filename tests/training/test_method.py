"""Phases of a training: sizes that grow, an encoder that thaws, and that a stopped run resumes."""

import dataclasses
import types

import keras
import numpy as np
import pytest
import tiny_model

from colorkit.data.augmentation.config import REPORT_AUGMENTATION
from colorkit.losses import ChromaMSE
from colorkit.models import registry
from colorkit.training import callbacks
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipes import get_recipe
from colorkit.training.run_folder import RunFolder
from colorkit.training.train import train_model
from colorkit.training.trainer import Trainer
from colorkit.training.transfer import encoder_rates, with_rates


@pytest.fixture
def growing(quick_curves, monkeypatch):
    """Three epochs of three sizes, with averages of the weights and all that is random."""
    any_size = types.SimpleNamespace(
        name="tiny", builder=tiny_model.build_tiny_model, any_size=True, size_multiple=4
    )
    monkeypatch.setattr(registry, "MODELS", {**registry.MODELS, "tiny": any_size})
    return Recipe(
        **tiny_model.RECIPE | {"epochs": 3, "early_sizes": (16, 24), "ema_momentum": 0.5},
        augmentation=REPORT_AUGMENTATION,
    )


@pytest.fixture
def photos():
    random = np.random.default_rng(0)
    return np.kron(random.integers(0, 256, (20, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype("uint8")


@pytest.mark.slow
@pytest.mark.usefixtures("eagerly")
def test_sizes_grow_and_a_run_stopped_in_any_of_them_resumes(
    growing, photos, tmp_path, monkeypatch
):
    seen = []
    prepare = Trainer._prepare
    monkeypatch.setattr(
        Trainer,
        "_prepare",
        lambda self, rgb, training: seen.append(rgb.shape[1]) or prepare(self, rgb, training),
    )
    whole = train_model(growing, photos, tmp_path / "whole", precision="float32")
    assert list(dict.fromkeys(seen)) == [16, 24, 32] and seen.count(24) >= 3
    assert len(RunFolder(tmp_path / "whole").read_log()) == 3

    monkeypatch.setattr(callbacks, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(callbacks, "CHECKPOINT_SHARE", np.inf)
    write = callbacks.Checkpoint.on_train_batch_end
    for step in (2, 4, 6):

        def write_and_stop(self, batch, logs=None, step=step):
            write(self, batch, logs)
            if self._guard.step == step:
                raise KeyboardInterrupt

        monkeypatch.setattr(callbacks.Checkpoint, "on_train_batch_end", write_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train_model(growing, photos, tmp_path / "stopped", precision="float32")
        assert RunFolder(tmp_path / "stopped").checkpoint_step() == step
    monkeypatch.setattr(callbacks.Checkpoint, "on_train_batch_end", write)
    resumed = train_model(growing, photos, tmp_path / "stopped")
    for weights, expected in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-5)


def test_sizes_that_do_not_go_are_refused(growing, photos, tmp_path):
    with pytest.raises(ValueError, match="at most `image_size`, 192. Received: .256,"):
        get_recipe("colorkit_base", early_sizes=(256,))
    with pytest.raises(ValueError, match="`early_sizes` cannot go with `feature_views`"):
        get_recipe("vgg16", early_sizes=(128,))
    for recipe in (dataclasses.replace(growing, early_sizes=(18,)), get_recipe(
        "vgg16", early_sizes=(64,), feature_views=None, weights=None
    )):  # fmt: skip
        with pytest.raises(ValueError, match="takes any size, and multiples of"):
            train_model(recipe, photos, tmp_path, precision="float32")


@pytest.mark.any_backend
def test_a_step_leaves_what_rests_and_trains_the_rest():
    """In compiled steps, with decay, which would move what is at rest."""
    lightness = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(4, 3, padding="same", name="stem")(lightness)
    ab = keras.layers.Conv2D(2, 3, padding="same", name="decoder")(x)
    trainer = Trainer(keras.Model(lightness, ab))
    rates = encoder_rates(trainer._model, 1.0)
    resting = set(rates)
    sgd = with_rates(keras.optimizers.SGD, rates, resting)(learning_rate=0.1, weight_decay=0.1)
    trainer.compile(sgd, ChromaMSE(), jit_compile="auto")
    trainer.optimizer.build(trainer.trainable_variables)
    rgb = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype("uint8")

    def moved():
        before = {v.path: keras.ops.convert_to_numpy(v) for v in trainer.trainable_variables}
        trainer.fit(rgb, rgb, epochs=1, batch_size=2, verbose=0)
        after = {v.path: keras.ops.convert_to_numpy(v) for v in trainer.trainable_variables}
        return {path for path in after if (before[path] != after[path]).any()}

    paths = {v.path for v in trainer.trainable_variables}
    assert len(paths) == 4 and len(rates) == 2
    assert moved() == paths - set(rates)
    resting.clear()
    trainer.train_function = None
    assert moved() == paths
