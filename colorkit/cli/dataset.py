"""`colorkit dataset` makes a data set, in steps that are commands of their own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from colorkit.cli import dataset_build, dataset_fetch

if TYPE_CHECKING:
    from colorkit.cli.options import Commands

# In the order in which they are used.
STEPS = (dataset_fetch, dataset_build)


def add_parser(commands: Commands) -> None:
    """Adds `colorkit dataset` and its steps to the parser's commands."""
    command = commands.add_parser(
        "dataset",
        help="make a data set: fetch photographs, build training pairs",
        description="Makes a data set, step by step.",
        epilog="examples:\n  colorkit dataset fetch --out photos/\n"
        "  colorkit dataset build photos/ --out dataset/",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = command.add_subparsers(
        dest="step", metavar="STEP", required=True, help="what to do; STEP --help tells more"
    )
    for step in STEPS:
        step.add_parser(steps)
