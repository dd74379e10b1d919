"""`colorkit train` trains a model on photographs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from colorkit.cli.options import Commands, add_command, add_photos, add_training_options, changes_of
from colorkit.cli.startup import start_keras
from colorkit.training.recipes.recipe_overrides import parse_settings
from colorkit.training.recipes.recipes import RECIPES, get_recipe

if TYPE_CHECKING:
    import argparse


def add_parser(commands: Commands) -> None:
    """Adds `colorkit train` to the parser's commands."""
    command = add_command(
        commands,
        "train",
        run,
        "train a model on a folder of photographs",
        "Trains a model by a recipe. RUN receives the log, pictures of validation\n"
        "photographs, checkpoints, and in the end the model as model.keras. The same command\n"
        "resumes from the last checkpoint where it was stopped.",
        (
            "colorkit_base --photos photos/ --out runs/first",
            "vgg16_modern --photos photos.tar --out runs/vgg --set learning_rate=3e-4",
        ),
        resumable=True,
    )
    command.add_argument(
        "recipe", choices=RECIPES, metavar="RECIPE", help=f"one of {', '.join(RECIPES)}"
    )
    add_photos(command)
    command.add_argument(
        "--further",
        metavar="DIR",
        help="folder or .tar file of further photographs, all used for training",
    )
    add_training_options(command)
    command.add_argument(
        "--weights",
        metavar="imagenet|none|PATH",
        help="initial weights: a backbone trained on ImageNet (downloaded), "
        "random weights, or a file of weights; the recipe's own if left out",
    )
    command.add_argument(
        "--features",
        metavar="DIR",
        help="folder for cached features of a frozen backbone, where the recipe uses them; "
        "several runs may share it (default: a folder in RUN)",
    )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit train`. Returns its exit code."""
    changes = changes_of(options, "weights")
    if changes.get("weights") == "none":
        changes["weights"] = None
    changes.update(parse_settings(get_recipe(options.recipe, **changes), options.settings))
    start_keras(options.verbose)
    from colorkit.training.train import train_model

    logging.getLogger("colorkit").setLevel(logging.DEBUG if options.verbose else logging.INFO)
    train_model(
        options.recipe,
        options.photos,
        options.out,
        seed=options.seed,
        cache=options.cache,
        precision=options.precision,
        strategy=options.strategy,
        features=options.features,
        further=options.further,
        **changes,
    )
    Console().print(f"The model is in {escape(str(Path(options.out) / 'model.keras'))}")
    return 0
