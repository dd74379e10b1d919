"""`colorkit models` lists the models, and which are shipped with trained weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from colorkit.cli.console import table_of
from colorkit.cli.options import Commands, add_command
from colorkit.cli.startup import start_keras
from colorkit.models.weight_files import SHIPPED_WEIGHTS, weights_folder

if TYPE_CHECKING:
    import argparse

    from rich.table import Table


def add_parser(commands: Commands) -> None:
    """Adds `colorkit models` to the parser's commands."""
    add_command(
        commands,
        "models",
        run,
        "list the models, their parameters, and the trained weights",
        "Lists the models that colorkit can build and train, with their parameters, and the\n"
        "trained weights that are shipped with it.",
        ("",),
    )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit models`. Returns its exit code."""
    console = Console()
    with console.status("Building the models to count their parameters"):
        start_keras(options.verbose)
        from colorkit.models.registry import MODELS, describe

        descriptions = [describe(name) for name in MODELS]
    table = table_of("Models")
    for column in ("Name", "What it is", "Input", "Output", "Trainable", "Frozen", "Parameters"):
        number = column in ("Trainable", "Frozen", "Parameters")
        table.add_column(column, justify="right" if number else "left", no_wrap=number)
    for model in descriptions:
        trainable, frozen = model.trainable_parameters, model.frozen_parameters
        counts = (f"{count:,}" for count in (trainable, frozen, trainable + frozen))
        table.add_row(
            model.name, model.description, escape(model.input), escape(model.output), *counts
        )
    console.print(table)
    console.print(_shipped_table())
    return 0


def _shipped_table() -> Table:
    table = table_of("Trained weights that are shipped")
    for column in ("Name", "Parameters", "Input size", "Styles", "Licence", "Card"):
        table.add_column(column, justify="right" if column == "Parameters" else "left")
    for weights in SHIPPED_WEIGHTS.values():
        table.add_row(
            weights.model,
            f"{weights.parameters:,}",
            f"{weights.image_size} px",
            ", ".join(weights.styles),
            weights.licence,
            escape(str(weights_folder() / weights.card)),
        )
    return table
