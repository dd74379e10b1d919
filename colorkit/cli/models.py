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
    table.leading = 1
    table.add_column("Name", no_wrap=True)
    table.add_column("What it is, from what to what")
    for column in ("Trainable", "Parameters"):
        table.add_column(column, justify="right", no_wrap=True)
    for model in descriptions:
        trainable, frozen = model.trainable_parameters, model.frozen_parameters
        what = f"{model.description}\n{model.input} → {model.output}"
        table.add_row(model.name, escape(what), f"{trainable:,}", f"{trainable + frozen:,}")
    console.print(table)
    console.print(_shipped_table())
    folder = f"They lie in {weights_folder()}, with a card of each."
    console.print(folder, markup=False, highlight=False, soft_wrap=True)
    return 0


def _shipped_table() -> Table:
    table = table_of("Trained weights that are shipped")
    table.add_column("Name", no_wrap=True)
    table.add_column("Parameters", justify="right")
    for column in ("Input size", "Styles", "Licence"):
        table.add_column(column)
    for weights in SHIPPED_WEIGHTS.values():
        table.add_row(
            weights.model,
            f"{weights.parameters:,}",
            f"{weights.image_size} px",
            ", ".join(weights.styles),
            weights.licence,
        )
    return table
