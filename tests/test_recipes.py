"""The recipes against SPEC's tables."""

import dataclasses

import pytest

from colorkit.architectures.catalog import MODELS
from colorkit.recipes import RECIPES, Recipe, get_recipe

SPEC = {
    "encoder_decoder": {
        "image_size": 512,
        "epochs": 300,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "weight_decay_per_epoch": 0.001,
        "loss": "RGBMSE",
    },
    "vgg16": {
        "image_size": 224,
        "epochs": 1000,
        "batch_size": 16,
        "optimizer": "adam",
        "loss": "ChromaMSE",
        "metrics": ("ChannelAccuracy",),
    },
    "inception_v3": {
        "image_size": 256,
        "epochs": 500,
        "steps_per_epoch": 10,
        "batch_size": 10,
        "optimizer": "rmsprop",
        "loss": "ChromaMSE",
    },
    "efficientnet_b0": {
        "image_size": 256,
        "epochs": 500,
        "batch_size": 10,
        "max_photos": 100,
        "optimizer": "rmsprop",
        "loss": "ChromaMSE",
    },
}


@pytest.mark.parametrize("name", SPEC)
def test_the_reports_tables(name):
    recipe = dataclasses.asdict(RECIPES[name])
    assert {field: recipe[field] for field in SPEC[name]} == SPEC[name]


def test_every_recipe_names_a_network_and_itself():
    for name, recipe in RECIPES.items():
        assert recipe.name == name and recipe.model in MODELS


def test_changes_make_another_recipe():
    changed = get_recipe("vgg16", epochs=2, weights=None)
    assert (changed.epochs, changed.weights, changed.batch_size) == (2, None, 16)
    assert RECIPES["vgg16"].epochs == 1000
    assert get_recipe(changed, epochs=3).epochs == 3


def test_unknown_recipes_and_numbers_below_one_are_errors():
    with pytest.raises(ValueError, match="one of the recipes .*'vgg16'.* Received: 'vgg61'"):
        get_recipe("vgg61")
    with pytest.raises(ValueError, match="`epochs` must be at least 1. Received: 0"):
        get_recipe("vgg16", epochs=0)
    with pytest.raises(TypeError):
        Recipe("no", "such", "fields")
