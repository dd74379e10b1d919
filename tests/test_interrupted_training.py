"""Training that is stopped from outside: what is left, what is said, and how it goes on."""

import csv
import signal
import subprocess
import sys

import numpy as np
import pytest

from colorkit import training_callbacks
from colorkit.augmentation import REPORT_AUGMENTATION
from colorkit.recipes import get_recipe
from colorkit.run_folder import RunFolder
from colorkit.training import train_model

SIZE = 32


@pytest.fixture(scope="module")
def recipe():
    """The default recipe at the smallest size, with everything random that there is."""
    return get_recipe(
        "default", image_size=SIZE, batch_size=4, epochs=2, steps_per_epoch=3,
        augmentation=REPORT_AUGMENTATION,
    )  # fmt: skip


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
from colorkit import training_callbacks
from colorkit.augmentation import REPORT_AUGMENTATION
from colorkit.recipes import get_recipe
from colorkit.training import train_model

training_callbacks.CHECKPOINT_SECONDS, training_callbacks.CHECKPOINT_SHARE = 0, np.inf
after_step = training_callbacks.Checkpoint.on_train_batch_end

def kill_in_the_fifth_step(self, batch, logs=None):
    if self.step == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    after_step(self, batch, logs)

training_callbacks.Checkpoint.on_train_batch_end = kill_in_the_fifth_step
recipe = get_recipe(
    "default", image_size=32, batch_size=4, epochs=2, steps_per_epoch=3,
    augmentation=REPORT_AUGMENTATION,
)
train_model(recipe, np.load(sys.argv[1]), sys.argv[2], precision="float32")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL")
def test_a_killed_run_ends_with_the_same_weights(recipe, photos, tmp_path):
    """Killed in step 5 of 6, in the middle of the second epoch."""
    np.save(tmp_path / "photos.npy", photos)
    run = tmp_path / "killed"
    words = [sys.executable, "-c", KILLED, str(tmp_path / "photos.npy"), str(run)]
    killed = subprocess.run(words, capture_output=True, text=True, timeout=300)
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
