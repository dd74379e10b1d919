"""The options of commands that the machines of a Ray cluster can run."""

from __future__ import annotations

import argparse

from colorkit.choices import ENGINES
from colorkit.cli.options import positive


def add_engine(command: argparse.ArgumentParser, expected: str, workers: str | None) -> None:
    """Adds `--engine`, `--address` and `--workers`.

    Args:
        command: The command's parser.
        expected: What the engine expects of the other options, for the help.
        workers: Help of `--workers`; `None` where the command has that option already.
    """
    group = command.add_argument_group("large amounts, on the machines of a Ray cluster")
    group.add_argument(
        "--engine",
        choices=ENGINES,
        default=ENGINES[0],
        help=f"local: this machine (default). ray: {expected}",
    )
    group.add_argument(
        "--address",
        metavar="ADDRESS",
        help="of the Ray cluster, or auto for the one of this machine; if left out, this "
        "machine's cores alone",
    )
    if workers is not None:
        group.add_argument("--workers", type=positive, metavar="N", help=workers)
    command.set_defaults(engine_options=("address", "workers") if workers else ("address",))


def check_engine(options: argparse.Namespace) -> None:
    """Ends the command where options of the engine ray are given for this machine."""
    given = [name for name in options.engine_options if getattr(options, name) is not None]
    if options.engine == ENGINES[0] and given:
        names = " and ".join(f"--{name}" for name in options.engine_options)
        verb = "are" if len(options.engine_options) > 1 else "is"
        options.parser.error(f"{names} {verb} for --engine ray")
