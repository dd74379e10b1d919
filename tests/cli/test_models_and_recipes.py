"""What `colorkit recipes` and `colorkit models` list."""

import dataclasses
import re
import sys
import types

from command_line import run

from colorkit.cli import models
from colorkit.models.weight_files import SHIPPED_WEIGHTS, weights_folder
from colorkit.training.recipes.adversarial_recipes import ADVERSARIAL_RECIPES
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipes import RECIPES


def test_recipes_are_listed_and_printed_in_full(capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")
    assert run("recipes") == 0
    printed = capfd.readouterr().out
    assert all(f" {name} " in printed for name in (*RECIPES, *ADVERSARIAL_RECIPES))
    assert re.search(r" inception_v3 +256 x 256, ChromaMSE, rmsprop, constant", printed)
    assert "batch 10, 500 epochs of 10 steps" in " ".join(printed.split())
    assert run("recipes", "efficientnet_b0_modern") == 0
    printed = capfd.readouterr().out
    fields = {field.name for field in dataclasses.fields(Recipe)} - {"augmentation"}
    assert fields <= {line.split()[0] for line in printed.splitlines() if line.strip()}
    assert re.search(r" augmentation.rotation +0.5 ", printed)
    assert re.search(r" max_photos +100 ", printed)
    assert run("recipes", "least_squares") == 0
    assert re.search(r" r1_weight +10.0 ", capfd.readouterr().out)
    assert run("recipes", "vgg61") == 2
    assert "one of the recipes" in capfd.readouterr().err


def test_models_prints_each_model_with_its_parameters(monkeypatch, capfd):
    entry = {"description": "A model", "input": "L", "output": "ab"}
    counts = {"trainable_parameters": 1234, "frozen_parameters": 14714688}

    def describe(name):
        return types.SimpleNamespace(name=name, **entry, **counts)

    catalog = types.SimpleNamespace(MODELS={"vgg16": 0, "colorkit_base": 0}, describe=describe)
    monkeypatch.setattr(models, "start_keras", lambda verbose: None)
    monkeypatch.setitem(sys.modules, "colorkit.models.registry", catalog)
    monkeypatch.setenv("COLUMNS", "80")
    assert run("models") == 0
    printed = capfd.readouterr().out
    for text in ("vgg16", "colorkit_base", "A model", "L → ab", "1,234", "14,715,922"):
        assert text in printed
    assert "…" not in printed
    assert f"in {weights_folder()}," in printed
    shipped = printed.split("Trained weights that are shipped")[1]
    for name, weights in SHIPPED_WEIGHTS.items():
        for text in (name, f"{weights.parameters:,}", *weights.styles, weights.licence):
            assert text in shipped
