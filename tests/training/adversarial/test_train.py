"""Adversarial runs: what they leave, that a killed one resumes, and what ends them."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from colorkit.data.augmentation.config import Augmentation
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.models.layers.common import ScaleLightness
from colorkit.training import callbacks
from colorkit.training.adversarial.loop import AlternatingTrainer
from colorkit.training.adversarial.train import train_adversarially
from colorkit.training.errors import TrainingError
from colorkit.training.recipes.adversarial_recipes import AdversarialRecipe, get_adversarial_recipe
from colorkit.training.run_folder import RunFolder
from colorkit.training.validation import ValidationMetrics

SMALL = {
    "epochs": 2,
    "steps_per_epoch": 2,
    "batch_size": 2,
    "discriminator_filters": 2,
    "learning_rate": 0.01,
    "r1_weight": 1.0,
    "augmentation": Augmentation(rotation=0.5, cutout=0.5),
}


def build_generator():
    """A model of 32 x 32 pixels with dropout, normalisation and a layer that is not trained."""
    keras.utils.set_random_seed(3)
    lightness = keras.Input((32, 32, 1))
    x = layers.Conv2D(4, 3, padding="same", trainable=False)(ScaleLightness(1 / 100)(lightness))
    x = layers.Dropout(0.5)(layers.ReLU()(layers.BatchNormalization()(x)))
    ab = layers.Conv2D(2, 3, padding="same", activation="tanh", dtype="float32")(x)
    return keras.Model(lightness, ab, name="small")


@pytest.fixture(scope="module")
def photos():
    blocks = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3))
    return np.kron(blocks, np.ones((1, 8, 8, 1))).astype("uint8")


@pytest.fixture(scope="module")
def whole(photos, quick_curves, tmp_path_factory):
    """A run that nothing stops: its folder and its model."""
    run = tmp_path_factory.mktemp("whole")
    return run, train_adversarially(build_generator(), photos, run, precision="float32", **SMALL)


def read_log(run):
    return list(csv.DictReader((run / "log.csv").read_text().splitlines()))


def checkpoint_of(run):
    with np.load(run / "checkpoint.npz") as arrays:
        return [arrays[name] for name in arrays.files]


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_run_leaves_log_pictures_and_a_model(whole):
    run, model = whole
    names = {path.name for path in run.iterdir()} - {"tensorboard"}
    assert names == {
        "recipe.json", "split.csv", "log.csv", "checkpoint.npz", "pictures", "curves.png",
        "samples.png", "model.keras", "model_card.md", ".colorkit.lock",
    }  # fmt: skip
    assert sorted(path.name for path in (run / "pictures").iterdir()) == [
        "epoch_0001.png",
        "epoch_0002.png",
    ]
    log = read_log(run)
    assert [row["epoch"] for row in log] == ["0", "1"]
    metrics = {"loss", "content", "adversarial", "discriminator", "told_apart", "r1", "val_loss"}
    metrics |= {"val_psnr", "val_auc", "val_auc_rebalanced", "val_colorfulness"}
    assert set(log[0]) == {"epoch", *metrics}
    assert all(np.isfinite(float(value)) for row in log for value in row.values())
    plan = json.loads((run / "recipe.json").read_text())
    assert plan["recipe"]["objective"] == "hinge" and plan["recipe"]["image_size"] == 32
    assert plan["generator"]["name"] == "small"
    loaded = keras.saving.load_model(run / "model.keras", safe_mode=True)
    assert_same(loaded.get_weights(), model.get_weights())
    assert {layer.dtype_policy.name for layer in loaded.layers} == {"float32"}


@pytest.mark.slow
def test_the_generator_given_and_what_it_has_frozen_stay_as_they_are(whole):
    given, model = build_generator(), whole[1]
    for before, after in zip(given.weights, model.weights, strict=True):
        moved = np.abs(np.asarray(before) - np.asarray(after)).max()
        frozen = "conv2d" in before.path and not before.trainable
        assert (moved == 0) == frozen, before.path
    assert sum(not layer.trainable for layer in model.layers) == 1


@pytest.mark.usefixtures("eagerly", "quick_curves")
def test_the_averages_of_the_weights_become_the_model(photos, tmp_path, monkeypatch):
    """Keras' average begins with the weights after the first step."""
    steps = []
    save = callbacks.Checkpoint.on_train_batch_end

    def record(self, batch, logs=None):
        save(self, batch, logs)
        generator = self.model._sides["generator"]
        steps.append([np.array(weight) for weight in generator.trainable_variables])

    monkeypatch.setattr(callbacks.Checkpoint, "on_train_batch_end", record)
    settings = {**SMALL, "epochs": 1, "steps_per_epoch": 3, "ema_momentum": 0.75}
    model = train_adversarially(
        build_generator(), photos, tmp_path, precision="float32", **settings
    )
    expected = steps[0]
    for weights in steps[1:]:
        expected = [0.75 * mean + 0.25 * new for mean, new in zip(expected, weights, strict=True)]
    assert_same([np.array(weight) for weight in model.trainable_variables], expected)
    assert any((one != other).any() for one, other in zip(expected, steps[-1], strict=True))


@pytest.mark.usefixtures("eagerly", "quick_curves")
def test_a_metric_chooses_the_epoch_and_stops_the_run(photos, tmp_path, monkeypatch):
    psnr = iter([10.0, 12.0, 11.0, 13.0])
    monkeypatch.setattr(
        ValidationMetrics,
        "on_epoch_end",
        lambda self, epoch, logs: logs.update(val_psnr=next(psnr)),
    )
    settings = {**SMALL, "epochs": 4, "steps_per_epoch": 1, "batch_norm_photos": 4}
    settings |= {"monitor": "val_psnr", "patience": 1, "keep": "best"}
    model = train_adversarially(
        build_generator(), photos, tmp_path, precision="float32", **settings
    )
    assert [float(row["val_psnr"]) for row in read_log(tmp_path)] == [10, 12, 11]
    best = keras.saving.load_model(tmp_path / "best.keras", safe_mode=True)
    assert_same(model.get_weights(), best.get_weights())
    with pytest.raises(ValueError, match="`patience` and keep='best' need a `monitor`"):
        get_adversarial_recipe("hinge", keep="best")


KILLED = """
import os, signal, sys
import numpy as np
import test_train as test
from eager_execution import run_eagerly
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.training import callbacks
callbacks.CHECKPOINT_SECONDS, callbacks.CHECKPOINT_SHARE = 0, np.inf
after_step = callbacks.Checkpoint.on_train_batch_end
def kill_in_the_third_step(self, batch, logs=None):
    if self._guard.step == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    after_step(self, batch, logs)
callbacks.Checkpoint.on_train_batch_end = kill_in_the_third_step
photos = np.load(sys.argv[1])
with run_eagerly():
    test.train_adversarially(
        test.build_generator(), photos, sys.argv[2], precision="float32", **test.SMALL
    )
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL")
@pytest.mark.usefixtures("eagerly")
def test_a_killed_run_ends_as_if_it_had_not_been(photos, whole, tmp_path):
    """Killed in step 3 of 4; weights of both models, both optimizers and all random states."""
    np.save(tmp_path / "photos.npy", photos)
    run = tmp_path / "killed"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    words = [sys.executable, "-c", KILLED, str(tmp_path / "photos.npy"), str(run)]
    killed = subprocess.run(
        words, capture_output=True, text=True, timeout=900, env={**os.environ, "PYTHONPATH": path}
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert RunFolder(run).checkpoint_step() == 2 and not (run / "model.keras").exists()
    model = train_adversarially(build_generator(), photos, run, **SMALL)
    assert_same(model.get_weights(), whole[1].get_weights())
    assert_same(checkpoint_of(run), checkpoint_of(whole[0]))
    for found, expected in zip(read_log(run), read_log(whole[0]), strict=True):
        assert float(found["val_loss"]) == pytest.approx(float(expected["val_loss"]), rel=1e-4)


@pytest.mark.slow
def test_another_generator_or_recipe_is_refused(photos, whole):
    other = build_generator()
    other.layers[-1].bias.assign([0.5, 0.5])
    with pytest.raises(ValueError, match="holds a run with another generator"):
        train_adversarially(other, photos, whole[0], **SMALL)
    with pytest.raises(ValueError, match="holds a run with another recipe"):
        train_adversarially(build_generator(), photos, whole[0], **{**SMALL, "content": "mse"})


@pytest.mark.slow
@pytest.mark.usefixtures("eagerly")
def test_a_discriminator_that_breaks_ends_the_run(photos, tmp_path, monkeypatch):
    """What is NaN on one side reaches the generator's loss in the same step."""
    write = callbacks.Checkpoint.on_train_batch_end

    def write_and_break(self, batch, logs=None):
        write(self, batch, logs)
        for variable in self.model.trainable_variables:
            if variable.path.startswith("logits"):
                variable.assign(np.nan * keras.ops.convert_to_numpy(variable))

    monkeypatch.setattr(callbacks.Checkpoint, "on_train_batch_end", write_and_break)
    with pytest.raises(TrainingError, match=r"The loss became nan at step 2 \(epoch 1"):
        train_adversarially(build_generator(), photos, tmp_path, precision="float32", **SMALL)
    assert not (tmp_path / "model.keras").exists()


LOGS = {"loss": 1.0, "content": 0.1}


def test_a_full_disk_ends_the_run(photos, tmp_path, monkeypatch):
    def fill(self, rgb):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(AlternatingTrainer, "train_on_batch", fill)
    with pytest.raises(
        TrainingError, match="disk of .* is full.*Make room.*starts from the beginning"
    ):
        train_adversarially(build_generator(), photos, tmp_path, precision="float32", **SMALL)


def test_photographs_that_vanish_end_the_run(photos, tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    for number, photo in enumerate(photos):
        write_photo(folder / f"{number}.png", Photo(photo))

    def take_away(self, rgb):
        if folder.exists():
            folder.rename(tmp_path / "elsewhere")
        return LOGS

    monkeypatch.setattr(AlternatingTrainer, "train_on_batch", take_away)
    changes = {**SMALL, "epochs": 50, "steps_per_epoch": 50}
    with pytest.raises(TrainingError, match="cannot be read any more.*disk connected"):
        train_adversarially(
            build_generator(), folder, tmp_path / "run", precision="float32", **changes
        )


@pytest.mark.slow
@pytest.mark.usefixtures("eagerly")
def test_mixed_float16_trains_with_scaled_losses_and_ends_in_float32(photos, tmp_path):
    changes = {**SMALL, "epochs": 1, "objective": "least_squares", "augmentation": None}
    model = train_adversarially(
        build_generator(), photos, tmp_path, precision="mixed_float16", **changes
    )
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    scales = [array for array in checkpoint_of(tmp_path) if array.shape == () and array == 2**15]
    assert len(scales) == 2, "one for each optimizer"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recipe": "wgan"}, r"one of the recipes \['hinge', .*'pix2pix'\].*'wgan'"),
        ({"objective": "wgan"}, "`objective` must be one of .*hinge.* Received: 'wgan'"),
        ({"r1_weight": -1.0}, "`r1_weight` must be 0 or more. Received: -1.0"),
        ({"batch_size": 0}, "`batch_size` must be a whole number of at least 1. Received: 0"),
        ({"learning_rate": 0.0}, "`learning_rate` must be above 0. Received: 0.0"),
        ({"loss": "MSE"}, "has no field 'loss'"),
        ({"image_size": 64}, r"takes pictures of \(32, 32\) pixels.*Received: image_size=64"),
    ],
)
def test_what_is_none_of_the_choices(photos, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        train_adversarially(build_generator(), photos, tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_a_recipe_is_data():
    recipe = get_adversarial_recipe("least_squares", content="mse")
    assert (recipe.objective, recipe.content, recipe.r1_weight) == ("least_squares", "mse", 10.0)
    assert get_adversarial_recipe(recipe, epochs=3) == AdversarialRecipe(
        **{**vars(recipe), "epochs": 3}
    )
