"""`colorkit train-adversarially` fine-tunes a model against a discriminator."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from colorkit.cli.options import (
    MODEL_HELP,
    Commands,
    add_command,
    add_photos,
    add_training_options,
    changes_of,
)
from colorkit.cli.startup import start_keras
from colorkit.training.recipes.adversarial_recipes import (
    ADVERSARIAL_RECIPES,
    get_adversarial_recipe,
)
from colorkit.training.recipes.recipe_overrides import parse_settings

if TYPE_CHECKING:
    import argparse


def add_parser(commands: Commands) -> None:
    """Adds `colorkit train-adversarially` to the parser's commands."""
    command = add_command(
        commands,
        "train-adversarially",
        run,
        "fine-tune a model against a discriminator, for stronger colours",
        "Fine-tunes a model against a discriminator that learns to tell its colours from a\n"
        "photograph's: they become stronger, and farther from the truth on average. RUN receives\n"
        "what `colorkit train` writes. The same command resumes from the last checkpoint where it\n"
        "was stopped.",
        (
            "runs/vgg/model.keras --photos photos/ --out runs/vgg-adversarial",
            "colorkit_base --photos photos.tar --out runs/vivid --set content_weight=20 --epochs 2",
        ),
        resumable=True,
    )
    command.add_argument(
        "generator",
        metavar="GENERATOR",
        help=f"the model to fine-tune: {MODEL_HELP}",
    )
    add_photos(command)
    command.add_argument(
        "--recipe",
        choices=ADVERSARIAL_RECIPES,
        default=next(iter(ADVERSARIAL_RECIPES)),
        metavar="RECIPE",
        help=f"one of {', '.join(ADVERSARIAL_RECIPES)} (default: %(default)s)",
    )
    add_training_options(command)


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit train-adversarially`. Returns its exit code."""
    changes = changes_of(options)
    recipe = get_adversarial_recipe(options.recipe, **changes)
    changes.update(parse_settings(recipe, options.settings))
    start_keras(options.verbose)
    from colorkit.training.adversarial.train import train_adversarially

    logging.getLogger("colorkit").setLevel(logging.DEBUG if options.verbose else logging.INFO)
    train_adversarially(
        options.generator,
        options.photos,
        options.out,
        options.recipe,
        seed=options.seed,
        cache=options.cache,
        precision=options.precision,
        strategy=options.strategy,
        **changes,
    )
    Console().print(f"The model is in {escape(str(Path(options.out) / 'model.keras'))}")
    return 0
