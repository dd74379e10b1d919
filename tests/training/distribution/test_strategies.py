"""Training on several devices: the same run as on one, and what is left where a worker dies."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import distributed_training
import keras
import numpy as np
import pytest
import training_processes
from training_processes import (
    SECONDS_TO_END,
    Process,
    check_same_run,
    start_workers,
    tf_configs,
)

from colorkit.models import registry
from colorkit.models.load import load_model
from colorkit.training.distribution.strategies import open_strategy
from colorkit.training.distribution.strategy import Strategy
from colorkit.training.run_folder import RunFolder

pytestmark = pytest.mark.any_backend

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute is TensorFlow's"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("distribution")


@pytest.fixture(scope="module")
def processes(folder):
    """Starts all processes at once: they wait for each other's start more than they compute."""
    flags = "--xla_force_host_platform_device_count=2"
    kinds = ("", "_features", "_adversarial", "_distilled")
    runs = [folder / f"mirrored{kind}" for kind in kinds]
    started = [Process(folder, "mirrored", "mirrored", *runs, XLA_FLAGS=flags)]
    if keras.backend.backend() == "tensorflow":
        runs = [*(folder / f"joined{kind}" for kind in kinds), "--dies", folder / "broken"]
        started += start_workers(folder, *runs)
    yield started
    for process in started:
        process.end()


@pytest.fixture(scope="module")
def train(module_eagerly):
    """Trains on one device, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "MODELS", registry.MODELS)
        yield lambda *run: distributed_training.train("none", *run)


@pytest.fixture(scope="module")
def one_device(train, folder):
    """The folder of a run on one device, and its model."""
    return folder / "one", train(folder / "one")


@pytest.fixture(scope="module")
def one_device_features(train, folder):
    """The folder of a run on one device, on features that are kept."""
    train(folder / "one_features", distributed_training.FEATURES_RECIPE)
    return folder / "one_features"


@pytest.fixture(scope="module")
def one_device_adversarial(folder):
    """The folder of an adversarial run on one device."""
    distributed_training.train_against_discriminator("none", folder / "one_adversarial")
    return folder / "one_adversarial"


@pytest.fixture(scope="module")
def one_device_distilled(folder, module_eagerly):
    """The folder of two steps by a teacher's maps on one device."""
    distributed_training.distill("none", folder / "one_distilled")
    return folder / "one_distilled"


def check_same_steps(run, expected):
    """Checks the loss and the weights that `distill` leaves against another's."""
    with np.load(run / "distilled.npz") as found, np.load(expected / "distilled.npz") as wanted:
        assert found.files == wanted.files
        for name in found:
            np.testing.assert_allclose(found[name], wanted[name], rtol=1e-4, atol=1e-5)


def count_devices(run):
    return json.loads((run / "recipe.json").read_text())["starts"][-1]["replicas"]


@pytest.mark.slow
def test_two_devices_of_a_machine_train_as_one(
    processes, one_device, one_device_features, one_device_adversarial, one_device_distilled, folder
):
    code, errors = processes[0].wait(150)
    assert code == 0, errors
    assert count_devices(folder / "mirrored") == 2
    check_same_run(folder / "mirrored", one_device[0])
    check_same_run(folder / "mirrored_features", one_device_features)
    check_same_run(folder / "mirrored_adversarial", one_device_adversarial)
    check_same_steps(folder / "mirrored_distilled", one_device_distilled)


@pytest.mark.slow
@on_tensorflow
def test_two_workers_train_as_one_and_one_of_them_may_die(
    processes,
    one_device,
    one_device_features,
    one_device_adversarial,
    one_device_distilled,
    train,
    folder,
):
    """They train to the end in two folders; in another, worker 1 dies in the second epoch."""
    code, errors = processes[2].wait(150)
    assert code == -signal.SIGKILL, errors
    died = time.monotonic()
    code, errors = processes[1].wait(SECONDS_TO_END)
    seconds = time.monotonic() - died
    print(f"The chief ended {seconds:.0f} s after worker 1.")

    joined = folder / "joined"
    check_same_run(joined, one_device[0])
    check_same_run(folder / "joined_features", one_device_features)
    check_same_run(folder / "joined_adversarial", one_device_adversarial)
    check_same_steps(folder / "joined_distilled", one_device_distilled)
    assert count_devices(joined) == 2
    record = json.loads((joined / "recipe.json").read_text())
    assert len(record["starts"]) == 1, "only the chief writes"
    hidden = {path.name for path in joined.rglob("*") if path.name.startswith(".")}
    assert hidden <= {".colorkit.lock"}
    trained = load_model(joined / "model.keras").get_weights()
    for weights, expected in zip(trained, one_device[1].get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, atol=2e-3)

    assert code == 1
    *_, last = errors.strip().splitlines()
    step = distributed_training.EPOCH_STEPS
    assert "TrainingError: Another of the 2 workers has ended or cannot be reached" in last
    assert f"of step {step} is whole: the same command resumes from it" in last
    assert not (folder / "broken" / "model.keras").exists()
    train(folder / "broken")
    check_same_run(folder / "broken", one_device[0])


@pytest.mark.parametrize("batch_size", [4, 2])
def test_a_batch_that_cannot_be_divided_is_refused(monkeypatch, batch_size):
    monkeypatch.setattr(Strategy, "replicas", 3)
    assert open_strategy("none", 6).replicas == 3
    with pytest.raises(ValueError, match=f"such as 3 or .*Received: {batch_size}"):
        open_strategy("none", batch_size)


def test_unknown_strategies_are_refused():
    with pytest.raises(ValueError, match="one of .*'multiworker'.*Received: 'horovod'"):
        open_strategy("horovod", 4)


@on_tensorflow
@pytest.mark.parametrize(
    "config",
    [
        "",
        "{",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
    ],
)
def test_workers_without_addresses_are_told_how(monkeypatch, config):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(ValueError, match=r'TF_CONFIG, such as \{"cluster".*Received: '):
        open_strategy("multiworker", 4)


@on_tensorflow
def test_workers_join_before_anything_is_computed(monkeypatch):
    keras.ops.zeros(1)
    monkeypatch.setenv("TF_CONFIG", tf_configs()[0])
    with pytest.raises(ValueError, match="before TensorFlow computes anything.*own"):
        open_strategy("multiworker", 4)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="about JAX")
def test_jax_has_no_workers():
    with pytest.raises(ValueError, match="calls tensorflow. Received: backend 'jax'"):
        open_strategy("multiworker", 4)


def test_a_folder_that_is_not_shared_is_refused(tmp_path):
    class Worker(Strategy):
        is_chief = False

        def broadcast(self, value):
            return 200

    Worker().check_same_step(200, RunFolder(tmp_path))
    with pytest.raises(ValueError, match="of step 200.* on a disk that they share. Received: .* 0"):
        Worker().check_same_step(0, RunFolder(tmp_path))


def test_a_process_ends_with_the_one_that_started_it():
    script = "import training_processes as t, time; t.end_with_parent(); print(); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=Path(training_processes.__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        process.stdout.readline()
        process.stdin.close()  # as the system does when this process ends
        assert process.wait(10) == 1
