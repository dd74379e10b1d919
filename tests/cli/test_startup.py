"""What libraries print to the bare file descriptor while Keras starts."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import colorkit
from colorkit.cli.startup import hide_startup_output, start_keras


@pytest.fixture
def wake(monkeypatch):
    """A function that lets another stand for what wakes Keras' backend."""
    for level in ("TF_CPP_MIN_LOG_LEVEL", "ABSL_MIN_LOG_LEVEL"):
        monkeypatch.setenv(level, "3")

    def replace(zeros):
        ops = types.SimpleNamespace(zeros=zeros)
        monkeypatch.setitem(sys.modules, "keras", types.SimpleNamespace(ops=ops))

    return replace


def test_chatter_is_hidden(capfd, wake):
    wake(lambda shape: os.write(2, b"from C++\n"))
    start_keras()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_chatter_is_shown_where_the_start_fails(capfd, wake):
    def fail(shape):
        os.write(2, b"this is why\n")
        raise ImportError

    wake(fail)
    with pytest.raises(ImportError):
        start_keras()
    assert "this is why" in capfd.readouterr().err


@pytest.mark.parametrize("error", [ValueError, FileNotFoundError, KeyboardInterrupt])
def test_chatter_stays_hidden_where_the_user_was_wrong(capfd, monkeypatch, error):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setenv("ABSL_MIN_LOG_LEVEL", "3")
    with pytest.raises(error), hide_startup_output():
        os.write(2, b"from C++\n")
        raise error
    assert capfd.readouterr().err == ""


def test_nothing_is_hidden_where_all_is_wanted(capfd):
    with hide_startup_output(verbose=True):
        os.write(2, b"from C++\n")
    assert capfd.readouterr().err == "from C++\n"


@pytest.mark.slow
def test_keras_starts_in_silence():
    script = "from colorkit.cli.startup import start_keras; start_keras(); import keras; keras.ops"
    environment = {**os.environ, "PYTHONPATH": str(Path(colorkit.__file__).parents[1])}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
