"""`colorkit recipes` prints how each model is trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from colorkit.cli.console import table_of
from colorkit.cli.options import Commands, add_command
from colorkit.training.recipes.adversarial_recipes import ADVERSARIAL_RECIPES, AdversarialRecipe
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipes import RECIPES, get_recipe

if TYPE_CHECKING:
    import argparse

    from colorkit.training.recipes.recipe_fields import DataclassInstance


def add_parser(commands: Commands) -> None:
    """Adds `colorkit recipes` to the parser's commands."""
    command = add_command(
        commands,
        "recipes",
        run,
        "list the recipes that models are trained by",
        "Lists the recipes: the report's four, a modern variant of each, those of related work,\n"
        "the default model's, and those of `colorkit train-adversarially`.\n"
        "With a NAME, prints every field of that recipe, each of which these commands change\n"
        "by --set FIELD=VALUE.",
        ("", "vgg16"),
    )
    command.add_argument("name", nargs="?", metavar="NAME", help="the recipe to print in full")


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit recipes`. Returns its exit code."""
    if options.name is None:
        table = table_of("Recipes")
        table.add_column("Name", no_wrap=True)
        table.add_column("How it trains")
        for recipe in RECIPES.values():
            table.add_row(recipe.name, escape(_summary(recipe)))
        for adversarial in ADVERSARIAL_RECIPES.values():
            table.add_row(adversarial.name, escape(_adversarial_summary(adversarial)))
    else:
        chosen = ADVERSARIAL_RECIPES.get(options.name) or get_recipe(options.name)
        table = table_of(f"Recipe {chosen.name}")
        table.add_column("Field", no_wrap=True)
        table.add_column("Value")
        for field, value in _fields(chosen):
            table.add_row(field, _cell(value))
    Console().print(table)
    return 0


def _summary(recipe: Recipe) -> str:
    steps = f" of {recipe.steps_per_epoch} steps" if recipe.steps_per_epoch else ""
    photos = f" on {recipe.max_photos} photographs" if recipe.max_photos else ""
    patience = f", stops after {recipe.patience} no better" if recipe.patience else ""
    return (
        f"{recipe.image_size} x {recipe.image_size}, {recipe.loss}, {recipe.optimizer}, "
        f"{recipe.schedule} rate {recipe.learning_rate:g}, batch {recipe.batch_size}, "
        f"{recipe.epochs} epochs{steps}{photos}{patience}, keeps the {recipe.keep}"
    )


def _adversarial_summary(recipe: AdversarialRecipe) -> str:
    penalty = f", R1 of {recipe.r1_weight:g}" if recipe.r1_weight else ""
    normalized = ", spectral normalization" if recipe.spectral_normalization else ""
    return (
        f"adversarial: {recipe.objective}{normalized}{penalty}, {recipe.content_weight:g} times "
        f"{recipe.content}, {recipe.schedule} rate {recipe.learning_rate:g}, "
        f"batch {recipe.batch_size}, {recipe.epochs} epochs"
    )


def _fields(recipe: DataclassInstance) -> Iterator[tuple[str, object]]:
    """Yields fields and values; those of a field that has parts one by one."""
    for field in dataclasses.fields(recipe):
        value = getattr(recipe, field.name)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            yield from ((f"{field.name}.{part}", inner) for part, inner in _fields(value))
        else:
            yield field.name, value


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return escape("none" if value is None else str(value))
