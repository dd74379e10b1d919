"""Training that is stopped from outside: what is left, what is said, and how it resumes."""

import csv
import errno
import os
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
import tiny_model

from colorkit.data.augmentation.config import REPORT_AUGMENTATION
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.training import callbacks, validation
from colorkit.training.errors import TrainingError
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.run_folder import RunFolder
from colorkit.training.train import train_model


@pytest.fixture(scope="module", autouse=True)
def tiny(quick_curves, module_eagerly):
    with tiny_model.registered():
        yield


@pytest.fixture(scope="module")
def recipe():
    """A tiny recipe with everything random that there is."""
    return Recipe(**tiny_model.RECIPE, augmentation=REPORT_AUGMENTATION)


@pytest.fixture(scope="module")
def photos():
    random = np.random.default_rng(0)
    return np.kron(random.integers(0, 256, (20, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype("uint8")


@pytest.fixture(scope="module")
def whole(recipe, photos, tmp_path_factory):
    """A run that nothing stops: its folder and its model."""
    run = tmp_path_factory.mktemp("whole")
    return run, train_model(recipe, photos, run, precision="float32")


@pytest.fixture
def every_step(monkeypatch):
    """Writes a checkpoint after each training step."""
    monkeypatch.setattr(callbacks, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(callbacks, "CHECKPOINT_SHARE", np.inf)


def read_log(run):
    return list(csv.DictReader((run / "log.csv").read_text().splitlines()))


def assert_same_weights(model, expected):
    for weights, others in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(weights, others, rtol=1e-5, atol=1e-5)


KILLED = """
import os, signal, sys
import numpy as np
import tiny_model
from eager_execution import run_eagerly
from colorkit.training import callbacks
from colorkit.data.augmentation.config import REPORT_AUGMENTATION
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.train import train_model

tiny_model.register()
callbacks.CHECKPOINT_SECONDS, callbacks.CHECKPOINT_SHARE = 0, np.inf
after_step = callbacks.Checkpoint.on_train_batch_end

def kill_in_the_fifth_step(self, batch, logs=None):
    if self._guard.step == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    after_step(self, batch, logs)

callbacks.Checkpoint.on_train_batch_end = kill_in_the_fifth_step
recipe = Recipe(**tiny_model.RECIPE, augmentation=REPORT_AUGMENTATION)
with run_eagerly():
    train_model(recipe, np.load(sys.argv[1]), sys.argv[2], precision="float32")
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL")
def test_a_killed_run_ends_with_the_same_weights(recipe, photos, tmp_path, whole):
    """Killed in step 5 of 6, in the middle of the second epoch."""
    np.save(tmp_path / "photos.npy", photos)
    run = tmp_path / "killed"
    words = [sys.executable, "-c", KILLED, str(tmp_path / "photos.npy"), str(run)]
    killed = subprocess.run(words, capture_output=True, text=True, timeout=300, env=ENVIRONMENT)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert RunFolder(run).checkpoint_step() == 4
    assert not (run / "model.keras").exists()

    resumed = train_model(recipe, photos, run)
    assert_same_weights(resumed, whole[1])
    assert [row["epoch"] for row in read_log(run)] == ["0", "1"]
    for metric in ("val_loss", "val_psnr"):
        found, expected = (float(read_log(path)[1][metric]) for path in (run, whole[0]))
        assert found == pytest.approx(expected, rel=1e-4)
    assert not [path for path in run.iterdir() if path.name.startswith(".colorkit-")]


def after_step(monkeypatch, number, act):
    """Calls `act` with the callback after training step `number`, and its checkpoint."""
    write = callbacks.Checkpoint.on_train_batch_end

    def write_and_act(self, batch, logs=None):
        write(self, batch, logs)
        if self._guard.step == number:
            act(self)

    monkeypatch.setattr(callbacks.Checkpoint, "on_train_batch_end", write_and_act)


def break_a_weight(callback):
    weight = callback.model.trainable_variables[0]
    weight.assign(np.nan * keras.ops.convert_to_numpy(weight))


def assert_no_broken_weights(run):
    assert not (run / "model.keras").exists()
    with np.load(run / "checkpoint.npz") as arrays:
        assert all(np.isfinite(array).all() for array in arrays.values())
    best = keras.saving.load_model(run / "best.keras")
    assert all(np.isfinite(weights).all() for weights in best.get_weights())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken_after", "message"),
    [
        (4, r"The loss became nan at step 5 \(epoch 2, step 2 of 3\).*of step 4 is whole"),
        (6, r"not finite any more \(.*\) at step 6 \(epoch 2, step 3 of 3\).*of step 6 is whole"),
    ],
)
def test_nan_ends_a_run_with_the_last_good_checkpoint_kept(
    recipe, photos, tmp_path, every_step, monkeypatch, broken_after, message
):
    """Broken in an epoch's middle, the loss shows it; after its last step, only the weights do."""
    after_step(monkeypatch, broken_after, break_a_weight)
    with pytest.raises(TrainingError, match=message) as caught:
        train_model(recipe, photos, tmp_path, precision="float32")
    assert "try a lower learning_rate, clipnorm=1 or" in str(caught.value)
    assert f"(start_from={tmp_path / 'best.keras'})" in str(caught.value)
    assert [row["epoch"] for row in read_log(tmp_path)] == ["0"]
    assert_no_broken_weights(tmp_path)


@pytest.mark.slow
def test_a_new_run_begins_with_the_best_model(recipe, photos, tmp_path, whole):
    """What the error of a NaN advises."""
    best = whole[0] / "best.keras"
    changes = {"start_from": str(best), "epochs": 1, "learning_rate": 1e-30, "augmentation": None}
    begun = train_model(recipe, photos, tmp_path, precision="float32", **changes)
    expected = tiny_model.build_tiny_model(weights=best)
    for weights, others in zip(
        begun.trainable_variables, expected.trainable_variables, strict=True
    ):
        np.testing.assert_allclose(weights, others)


@pytest.mark.slow
def test_a_full_disk_leaves_the_last_checkpoint(
    recipe, photos, tmp_path, every_step, monkeypatch, whole
):
    """The system itself refuses files above 1000 bytes from the fourth step on."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    run = tmp_path / "run"

    def fill(_):
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))

    with monkeypatch.context() as patch:
        after_step(patch, 4, fill)
        try:
            with pytest.raises(TrainingError, match="disk of .* is full.*Make room.* step 4 is wh"):
                train_model(recipe, photos, run, precision="float32")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [path for path in run.iterdir() if path.name.startswith(".colorkit-")]
    assert_no_broken_weights(run)
    assert_same_weights(train_model(recipe, photos, run), whole[1])


@pytest.mark.slow
def test_a_log_cut_off_by_a_full_disk_is_mended(recipe, photos, tmp_path, whole, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunFolder, "save_best", fail)
    with pytest.raises(TrainingError, match="No space left on device"):
        train_model(recipe, photos, tmp_path / "run", precision="float32")
    monkeypatch.undo()
    tiny_model.register()
    (tmp_path / "run" / "log.csv").write_text("epoch,lo")
    resumed = train_model(recipe, photos, tmp_path / "run")
    assert_same_weights(resumed, whole[1])
    assert read_log(tmp_path / "run") == read_log(whole[0])


def test_photographs_that_vanish_end_a_run(photos, tmp_path, every_step, monkeypatch, caplog):
    folder = tmp_path / "photos"
    for number, photo in enumerate(photos):
        write_photo(folder / f"{number}.png", Photo(photo))
    recipe = Recipe(**{**tiny_model.RECIPE, "epochs": 100})
    after_step(monkeypatch, 4, lambda _: folder.rename(tmp_path / "elsewhere"))
    message = "cannot be read any more.*No such file.*disk connected"
    with pytest.raises(TrainingError, match=message) as caught:
        train_model(recipe, folder, tmp_path / "run", precision="float32")
    step = RunFolder(tmp_path / "run").checkpoint_step()
    assert f"of step {step} is whole" in str(caught.value) and 4 <= step < 300
    assert len([line for line in caplog.messages if "Skipped" in line]) == 10
    assert_no_broken_weights(tmp_path / "run")


@pytest.mark.slow
def test_early_stopping_counts_on_in_a_resumed_run(photos, tmp_path, every_step, monkeypatch):
    """The learning rate is so small that no epoch betters the first by more than noise."""
    fields = {**tiny_model.RECIPE, "epochs": 9, "patience": 3, "keep": "best"}
    recipe = Recipe(**fields, monitor="val_psnr")
    metrics = iter([20.0, 21.0, 19.0, 18.0, 20.5, 22.0, 23.0, 24.0, 25.0])

    def metric(self, epoch, logs=None):
        logs["val_psnr"] = next(metrics)

    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(validation.ValidationMetrics, "on_epoch_end", metric)
    with monkeypatch.context() as patch:
        after_step(patch, 10, stop)
        with pytest.raises(KeyboardInterrupt):
            train_model(recipe, photos, tmp_path, precision="float32")
    assert [row["val_psnr"] for row in read_log(tmp_path)] == ["20.0", "21.0", "19.0"]
    model = train_model(recipe, photos, tmp_path)
    assert [row["val_psnr"] for row in read_log(tmp_path)][3:] == ["18.0", "20.5"]
    expected = tiny_model.build_tiny_model(weights=tmp_path / "best.keras")
    assert_same_weights(model, expected)
    again = train_model(recipe, photos, tmp_path)
    assert len(read_log(tmp_path)) == 5, "a run that stopped early is not trained further"
    assert_same_weights(again, expected)


@pytest.mark.parametrize(
    ("monitor", "before", "worse", "better"),
    [("val_psnr", (20.0, 23.0, np.nan), 22.0, 23.5), ("val_loss", (0.2, 0.1, np.nan), 0.15, 0.05)],
)
def test_a_resumed_run_remembers_its_best_epoch(tmp_path, monitor, before, worse, better):
    run, model = RunFolder(tmp_path), tiny_model.build_tiny_model()
    rows = [f"{epoch},{metric}" for epoch, metric in enumerate(before)]
    run.log.write_text("\n".join([f"epoch,{monitor}", *rows, ""]))
    best = callbacks.BestWeights(run, model, monitor)
    best.set_model(model)
    best.on_epoch_end(3, {monitor: worse})
    assert not run.best.exists(), "the second epoch was better"
    best.on_epoch_end(4, {monitor: better})
    assert_same_weights(keras.saving.load_model(run.best), model)


@pytest.mark.slow
def test_a_run_in_float16_goes_on_with_its_loss_scale(photos, tmp_path, every_step, monkeypatch):
    recipe = Recipe(**tiny_model.RECIPE)
    whole = train_model(recipe, photos, tmp_path / "whole", precision="mixed_float16")
    scales = []

    def stop(callback):
        scales.append(float(callback.model.optimizer.dynamic_scale))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        after_step(patch, 4, stop)
        with pytest.raises(KeyboardInterrupt):
            train_model(recipe, photos, tmp_path / "run", precision="mixed_float16")
    assert scales[0] >= 1
    resumed = train_model(recipe, photos, tmp_path / "run")
    assert_same_weights(resumed, whole)
    assert {layer.dtype_policy.name for layer in resumed.layers} == {"float32"}


@pytest.mark.parametrize("keep", ["last", "best"])
def test_the_epoch_that_is_kept_becomes_the_model(photos, tmp_path, keep):
    recipe = Recipe(**tiny_model.RECIPE, keep=keep)
    trained = train_model(recipe, photos, tmp_path, precision="float32").get_weights()
    best = keras.saving.load_model(tmp_path / "best.keras")
    best.set_weights([weights + 1 for weights in best.get_weights()])
    best.save(tmp_path / "best.keras")
    expected = best.get_weights() if keep == "best" else trained
    finished = train_model(recipe, photos, tmp_path, precision="float32")
    for found, wanted in zip(finished.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_too_few_photographs_for_validation_train_all_the_same(photos, tmp_path):
    recipe = Recipe(**tiny_model.RECIPE, keep="best", patience=1)
    train_model(recipe, photos[:2], tmp_path, precision="float32")
    assert set(read_log(tmp_path)[0]) == {"epoch", "loss", "val_loss"}
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "recipe.json", "split.csv", "log.csv", "checkpoint.npz", "curves.png", "model.keras",
        "model_card.md", ".colorkit.lock",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "MSE"}, "`loss` must be one of .*ChromaMSE.* Received: 'MSE'"),
        ({"metrics": ("PSNR",)}, "`metrics` must be one of .*Psnr.* Received: 'PSNR'"),
        ({"start_from": "nowhere"}, "`start_from` must be a file that exists. Received: nowhere"),
        ({"start_from": __file__}, "`start_from` must be a .keras or .weights.h5 .* 'tiny'"),
        ({"model": "vgg"}, "one of the models .*vgg16.* Received: 'vgg'"),
        ({"optimizer": "X"}, "optimizer.*X"),
        ({"epochs": 1.5}, "`epochs` must be a whole number of at least 1. Received: 1.5"),
        ({"learning_rate": float("nan")}, "`learning_rate` must be above 0. Received: nan"),
        ({"augmentation": "x"}, "`augmentation` must be a colorkit.Augmentation or None.*'x'"),
        ({"image_size": 31, "model": "vgg16"}, "32.*Received.*31"),
    ],
)
def test_a_value_that_is_refused_does_not_claim_the_folder(
    recipe, photos, tmp_path, change, message
):
    with pytest.raises(ValueError, match=message):
        train_model(recipe, photos, tmp_path / "run", **change)
    assert not (tmp_path / "run").exists()


def test_a_folder_in_which_another_training_is_at_work_is_refused(recipe, photos, tmp_path):
    with (
        RunFolder(tmp_path).held(),
        pytest.raises(ValueError, match=f"{tmp_path} is in use by process {os.getpid()} on"),
    ):
        train_model(recipe, photos, tmp_path)
    assert not RunFolder(tmp_path).log.exists()
