"""Training that is stopped from outside: what is left, what is said, and how it goes on."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny_network

from colorkit import training_callbacks, training_setup
from colorkit.augmentation import REPORT_AUGMENTATION
from colorkit.recipes import Recipe
from colorkit.run_folder import RunFolder
from colorkit.training import train_model


@pytest.fixture(scope="module", autouse=True)
def tiny():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_setup, "MODELS", training_setup.MODELS)
        tiny_network.register()
        yield


@pytest.fixture(scope="module")
def recipe():
    """A tiny recipe with everything random that there is."""
    return Recipe(**tiny_network.RECIPE, augmentation=REPORT_AUGMENTATION)


@pytest.fixture(scope="module")
def photos():
    random = np.random.default_rng(0)
    return np.kron(random.integers(0, 256, (20, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype("uint8")


@pytest.fixture
def every_step(monkeypatch):
    """Writes a checkpoint after each training step."""
    monkeypatch.setattr(training_callbacks, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(training_callbacks, "CHECKPOINT_SHARE", np.inf)


def read_log(run):
    return list(csv.DictReader((run / "log.csv").read_text().splitlines()))


def assert_same_weights(model, expected):
    for weights, others in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(weights, others, rtol=1e-5, atol=1e-5)


KILLED = """
import os, signal, sys
import numpy as np
import tiny_network
from colorkit import training_callbacks
from colorkit.augmentation import REPORT_AUGMENTATION
from colorkit.recipes import Recipe
from colorkit.training import train_model

tiny_network.register()
training_callbacks.CHECKPOINT_SECONDS, training_callbacks.CHECKPOINT_SHARE = 0, np.inf
after_step = training_callbacks.Checkpoint.on_train_batch_end

def kill_in_the_fifth_step(self, batch, logs=None):
    if self.step == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    after_step(self, batch, logs)

training_callbacks.Checkpoint.on_train_batch_end = kill_in_the_fifth_step
recipe = Recipe(**tiny_network.RECIPE, augmentation=REPORT_AUGMENTATION)
train_model(recipe, np.load(sys.argv[1]), sys.argv[2], precision="float32")
"""
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL")
def test_a_killed_run_ends_with_the_same_weights(recipe, photos, tmp_path):
    """Killed in step 5 of 6, in the middle of the second epoch."""
    np.save(tmp_path / "photos.npy", photos)
    run = tmp_path / "killed"
    words = [sys.executable, "-c", KILLED, str(tmp_path / "photos.npy"), str(run)]
    killed = subprocess.run(words, capture_output=True, text=True, timeout=300, env=ENVIRONMENT)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert RunFolder(run).checkpoint_step() == 4
    assert not (run / "model.keras").exists()

    whole = train_model(recipe, photos, tmp_path / "whole", precision="float32")
    resumed = train_model(recipe, photos, run)
    assert_same_weights(resumed, whole)
    assert [row["epoch"] for row in read_log(run)] == ["0", "1"]
    for figure in ("val_loss", "val_psnr"):
        found, expected = (
            float(read_log(folder)[1][figure]) for folder in (run, tmp_path / "whole")
        )
        assert found == pytest.approx(expected, rel=1e-4)
    assert not [path for path in run.iterdir() if path.name.startswith(".")]
