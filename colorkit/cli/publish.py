"""`colorkit publish` writes a trained model for the Hugging Face Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from colorkit.cli.options import Commands, add_command
from colorkit.cli.startup import start_keras

if TYPE_CHECKING:
    import argparse


def add_parser(commands: Commands) -> None:
    """Adds `colorkit publish` to the parser's commands."""
    command = add_command(
        commands,
        "publish",
        run,
        "write a model with its card for the Hugging Face Hub, and upload it if told to",
        "Writes a folder: the model as Keras keeps it on the Hugging Face Hub, a card that says\n"
        "how it was trained, and checksums. Nothing leaves this machine without --upload, for\n"
        "which the hub must know you: `hf auth login`, or HF_TOKEN in the environment.",
        (
            "runs/first --to hf://ada/portraits --licence apache-2.0",
            "runs/first --to hf://ada/portraits --upload --private",
        ),
    )
    command.add_argument(
        "model", metavar="RUN", help="the folder of a training run, or the path of a .keras file"
    )
    command.add_argument(
        "--to",
        required=True,
        metavar="hf://OWNER/NAME",
        help="the model's address: OWNER is you, or an organisation of yours",
    )
    command.add_argument(
        "-o",
        "--out",
        metavar="FOLDER",
        help="folder to write, where a card that is there already is kept (default: RUN/hub)",
    )
    command.add_argument(
        "--licence",
        metavar="ID",
        help="the model's licence as the hub calls it, such as apache-2.0 or cc-by-4.0",
    )
    command.add_argument("--upload", action="store_true", help="upload the folder's files")
    command.add_argument(
        "--private", action="store_true", help="let only you see it, where NAME is new on the hub"
    )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit publish`. Returns its exit code."""
    console = Console()
    with console.status("Writing the model"):
        start_keras(options.verbose)
        from colorkit.export.publish import publish_model

        publication = publish_model(
            options.model,
            options.to,
            options.out,
            licence=options.licence,
            upload=options.upload,
            private=options.private,
        )
    lines = [f"{publication.folder / name}" for name in publication.files]
    if publication.card_was_kept:
        lines.append("The card was there and is kept; remove it to have it written anew.")
    if publication.url:
        lines.append(f"Uploaded to {publication.url}")
    else:
        lines.append(
            f"Nothing was uploaded. Look at {publication.folder / 'README.md'}; the same command "
            f"with --upload puts all these files to {options.to}."
        )
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    return 0
