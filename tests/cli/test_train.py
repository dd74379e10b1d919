"""`colorkit train` and `train-adversarially`: each makes its one call."""

import sys
import types

import pytest
from command_line import run, stub_colorizer

from colorkit.io.photo import PhotoError
from colorkit.training.errors import TrainingError


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """Stands for training, and remembers how it was called."""
    stub_colorizer(monkeypatch, tmp_path)
    calls = []

    def train_model(*args, **kwargs):
        calls.append((args, kwargs))
        if args[1] == "nowhere":
            raise PhotoError("nowhere: expected a folder")

    plain = types.SimpleNamespace(train_model=train_model)
    adversarial = types.SimpleNamespace(train_adversarially=train_model)
    monkeypatch.setitem(sys.modules, "colorkit.training.train", plain)
    monkeypatch.setitem(sys.modules, "colorkit.training.adversarial.train", adversarial)
    return calls


def test_train_gives_only_what_was_said(calls, capfd):
    always = {"seed": 0, "precision": "auto", "strategy": "none"}
    always |= {"features": None, "further": None, "cache": False}
    assert run("train", "vgg16", "--photos", "p", "--out", "r") == 0
    assert calls.pop() == (("vgg16", "p", "r"), always)
    assert "r/model.keras" in capfd.readouterr().out
    words = ("--epochs", 3, "--batch-size", 4, "--image-size", 64, "--weights", "none", "--seed", 7)
    assert run("train", "colorkit_base", "--photos", "p.tar", "--out", "r", *words) == 0
    changes = {"epochs": 3, "batch_size": 4, "image_size": 64, "weights": None, "seed": 7}
    assert calls.pop() == (("colorkit_base", "p.tar", "r"), {**always, **changes})
    assert run("train", "vgg16", "--photos", "p", "--out", "r", "--weights", "imagenet") == 0
    assert calls.pop()[1] == {**always, "weights": "imagenet"}
    assert run("train", "vgg16", "--photos", "p", "--out", "r", "--features", "f") == 0
    assert calls.pop()[1] == {**always, "features": "f"}
    assert run("train", "vgg16", "--photos", "p", "--out", "r", "--further", "more.tar") == 0
    assert calls.pop()[1] == {**always, "further": "more.tar"}
    for words, cache in ((("--cache",), True), (("--cache", "decoded"), "decoded")):
        assert run("train", "vgg16", "--photos", "p", "--out", "r", *words) == 0
        assert calls.pop()[1] == {**always, "cache": cache}


def test_train_changes_any_field_of_a_recipe(calls, capfd):
    words = ("train", "vgg16", "--photos", "p", "--out", "r", "--precision", "float32")
    assert run(*words, "--set", "learning_rate=3e-4", "--set", "augmentation.blur=0") == 0
    found = calls.pop()[1]
    assert (found["learning_rate"], found["precision"]) == (3e-4, "float32")
    assert found["augmentation"].blur == 0 and found["augmentation"].rotation > 0
    capfd.readouterr()
    assert run(*words, "--set", "learn_rate=1") == 2
    printed = capfd.readouterr().err
    assert "no field 'learn_rate'. Did you mean 'learning_rate'?" in printed and not calls


def test_train_adversarially_gives_only_what_was_said(calls, capfd):
    words = ("train-adversarially", "colorkit_base", "--photos", "p", "--out", "r")
    assert run(*words) == 0
    always = {"seed": 0, "precision": "auto", "strategy": "none", "cache": False}
    assert calls.pop() == (("colorkit_base", "p", "r", "hinge"), always)
    assert "r/model.keras" in capfd.readouterr().out
    settings = ("--set", "r1_weight=2", "--set", "spectral_normalization=False")
    assert run(*words, "--recipe", "least_squares", "--epochs", 3, *settings) == 0
    found = calls.pop()
    assert found[0][3] == "least_squares"
    assert found[1] == {
        **always,
        "epochs": 3,
        "r1_weight": 2.0,
        "spectral_normalization": False,
    }
    capfd.readouterr()
    assert run(*words, "--set", "spectral_normalization=maybe") == 2
    assert "must be true or false. Received: maybe" in capfd.readouterr().err
    assert run(*words, "--set", "loss=MSE") == 2
    assert "no field 'loss'" in capfd.readouterr().err and not calls


def test_a_training_that_cannot_continue_fails(monkeypatch, calls, capfd):
    def train_model(*_, **__):
        raise TrainingError("The loss became nan")

    monkeypatch.setattr(sys.modules["colorkit.training.train"], "train_model", train_model)
    assert run("train", "vgg16", "--photos", "p", "--out", "r") == 1
    assert capfd.readouterr().err == "colorkit: error: The loss became nan\n"


def test_train_without_photographs_is_wrong_use(calls, capfd):
    assert run("train", "vgg16", "--photos", "nowhere", "--out", "r") == 2
    assert capfd.readouterr().err == "colorkit: error: nowhere: expected a folder\n"
