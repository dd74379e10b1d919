"""Moving averages of the weights: which weights a run trains, looks at and ends with."""

import csv

import keras
import numpy as np
import pytest
import tiny_model

from colorkit.data.augmentation.config import REPORT_AUGMENTATION
from colorkit.training import callbacks
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.train import train_model

MOMENTUM = 0.7


@pytest.fixture(scope="module", autouse=True)
def tiny(quick_curves, module_eagerly):
    with tiny_model.registered():
        yield


@pytest.fixture(scope="module")
def photos():
    random = np.random.default_rng(0)
    return np.kron(random.integers(0, 256, (20, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype("uint8")


def build_recipe(**changes):
    """By gradient descent, since Adam enlarges the rounding of gradients that are 0."""
    fields = {**tiny_model.RECIPE, "optimizer": "sgd", "learning_rate": 0.5, **changes}
    return Recipe(**fields, augmentation=REPORT_AUGMENTATION)


def train(photos, run, **changes):
    return train_model(build_recipe(**changes), photos, run, precision="float32")


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory):
    """A run with averages: its folder and its model."""
    run = tmp_path_factory.mktemp("whole")
    return run, train(photos, run, ema_momentum=MOMENTUM)


class Stopped(Exception):
    """What stops a run."""


def read_log(run):
    return list(csv.DictReader((run / "log.csv").read_text().splitlines()))


def trained_weights(model):
    return [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]


@pytest.mark.slow
def test_a_run_ends_with_the_averages_of_its_weights(photos, tmp_path):
    """The weights after each step are those of runs that end there, without averages."""
    first, second = (
        trained_weights(train(photos, tmp_path / f"{steps}", epochs=1, steps_per_epoch=steps))
        for steps in (1, 2)
    )
    averaged = train(
        photos, tmp_path / "averaged", epochs=2, steps_per_epoch=1, ema_momentum=MOMENTUM
    )
    for found, old, new in zip(trained_weights(averaged), first, second, strict=True):
        expected = MOMENTUM * old + (1 - MOMENTUM) * new
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert not np.allclose(trained_weights(averaged)[0], second[0], atol=1e-4)


@pytest.mark.slow
@pytest.mark.any_backend
def test_averages_are_what_is_validated_and_kept_as_best(photos, tmp_path, whole):
    run, last = whole
    best = train(photos, tmp_path / "best", ema_momentum=MOMENTUM, keep="best")
    train(photos, tmp_path / "plain")
    of_last, of_best, of_plain = map(read_log, (run, tmp_path / "best", tmp_path / "plain"))
    assert of_last == of_best
    assert of_last[0]["loss"] == of_plain[0]["loss"]
    assert of_last[0]["val_loss"] != of_plain[0]["val_loss"]
    losses = [float(row["val_loss"]) for row in of_best]
    same = all(
        np.array_equal(*both)
        for both in zip(trained_weights(last), trained_weights(best), strict=True)
    )
    assert same == (losses[-1] == min(losses))


@pytest.mark.slow
@pytest.mark.parametrize("stopped_after", [2, 3])
def test_a_stopped_run_ends_with_the_same_averages(
    photos, tmp_path, monkeypatch, whole, stopped_after
):
    """In the first epoch, and at its end, with a checkpoint of each step."""
    monkeypatch.setattr(callbacks, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(callbacks, "CHECKPOINT_SHARE", np.inf)
    write = callbacks.Checkpoint.on_train_batch_end

    def write_and_stop(self, batch, logs=None):
        write(self, batch, logs)
        if self._guard.step == stopped_after:
            raise Stopped

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(callbacks.Checkpoint, "on_train_batch_end", write_and_stop)
        train(photos, tmp_path, ema_momentum=MOMENTUM)
    resumed = train(photos, tmp_path, ema_momentum=MOMENTUM)
    finished = train(photos, tmp_path, ema_momentum=MOMENTUM)
    for model in (resumed, finished):
        for found, wanted in zip(model.get_weights(), whole[1].get_weights(), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
