"""Options that several commands share."""

import argparse
import contextlib
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from colorkit.choices import MAX_SATURATION, STRATEGIES, STYLE_NAMES, TRAINING_PRECISIONS

MODEL_HELP = (
    '"colorkit_base", the path of a .keras file or of a run\'s folder, or hf://OWNER/NAME on the '
    "Hugging Face Hub"
)
"""Help of options that name a model which Keras loads."""

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What `ArgumentParser.add_subparsers` returns."""


def add_command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    description: str,
    examples: Iterable[str],
    resumable: bool = False,
) -> argparse.ArgumentParser:
    """Adds a command whose help shows examples.

    Args:
        commands: The subparsers that receive it.
        name: The command's name.
        run: Function of the parsed options; it returns the exit code.
        summary: One line for the list of commands.
        description: The beginning of its own help.
        examples: Example arguments, one string each.
        resumable: Whether the same command, typed again after Ctrl-C, resumes where it was stopped.

    Returns:
        Its `argparse.ArgumentParser`.
    """
    command = commands.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.epilog = "\n".join(["examples:", *(f"  {command.prog} {each}" for each in examples)])
    add_verbose(command, default=argparse.SUPPRESS)  # Keeps the option's value before the command
    command.set_defaults(run=run, parser=command, resumable=resumable)
    return command


def add_verbose(parser: argparse.ArgumentParser, default: Any) -> None:
    """Adds `--verbose`, which every command has."""
    parser.add_argument(
        "--verbose",
        action="store_true",
        default=default,
        help="show TensorFlow's messages and errors in full",
    )


def add_photos(command: argparse.ArgumentParser) -> None:
    """Adds `--photos`, the folder or tar of colour photographs."""
    command.add_argument(
        "--photos",
        required=True,
        metavar="DIR",
        help="folder (to any depth) or .tar file of colour photographs, or its address such as "
        "s3://BUCKET/photos; gray ones are left out",
    )


def add_training_options(command: argparse.ArgumentParser) -> None:
    """Adds the options of every training: folder, sizes, `--set`, arithmetic, devices, seed."""
    command.add_argument("--out", required=True, metavar="RUN", help="folder of this run")
    for name, what in (
        ("epochs", "number of epochs"),
        ("batch-size", "photographs in a batch"),
        ("image-size", "side of the training crops in pixels"),
    ):
        command.add_argument(
            f"--{name}", type=positive, metavar="N", help=f"{what}; the recipe's own if left out"
        )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="FIELD=VALUE",
        help="another value of any field of the recipe, as in learning_rate=3e-4 (repeatable; "
        "`colorkit recipes NAME` prints the fields)",
    )
    command.add_argument(
        "--cache",
        nargs="?",
        const=True,
        default=False,
        metavar="DIR",
        help="keep decoded photographs on the disk, if it has room, so that later epochs need not "
        "decode them; in DIR, which several runs may share, or else in RUN",
    )
    command.add_argument(
        "--precision",
        choices=TRAINING_PRECISIONS,
        default="auto",
        metavar="P",
        help=f"arithmetic: {', '.join(TRAINING_PRECISIONS)} "
        "(default: auto, the fastest on this machine)",
    )
    command.add_argument(
        "--strategy",
        choices=STRATEGIES,
        default="none",
        metavar="S",
        help="which devices train together: none (one), mirrored (all GPUs of this machine), "
        "multiworker (those of several, named in TF_CONFIG) or tpu (default: none)",
    )
    command.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="fixes split, order and random weights (default: 0)",
    )


def changes_of(options: argparse.Namespace, *further: str) -> dict[str, Any]:
    """Returns the recipe fields that the options set: dict from fields to values.

    Args:
        options: The command's options.
        *further: Names of further options that are fields of the recipe.
    """
    return {
        key: getattr(options, key)
        for key in ("epochs", "batch_size", "image_size", *further)
        if getattr(options, key) is not None
    }


def add_style(command: argparse.ArgumentParser) -> None:
    """Adds `--style`, as `Colorizer` takes it."""
    command.add_argument(
        "--style",
        choices=STYLE_NAMES,
        help="faithful: nearest to the truth on average, pale; vivid: as colourful as photographs "
        "are, and daring; balanced: between them. The model's own if left out, which is balanced "
        "for colorkit_base",
    )


def add_picture_options(command: argparse.ArgumentParser) -> None:
    """Adds `--size`, `--style` and `--saturation`, as `Colorizer` takes them."""
    add_style(command)
    command.add_argument(
        "--size",
        type=positive,
        metavar="N",
        help="pixels of the shorter side in the model's input; 192 if left out. "
        "The result has the photograph's size always",
    )
    command.add_argument(
        "--saturation",
        type=_saturation,
        default=1.0,
        metavar="S",
        help="strength of the colours: 0 is gray, 1 as the model predicts them, 10 the most "
        "(default: 1)",
    )


def positive(text: str) -> int:
    """Reads a whole number above 0."""
    with contextlib.suppress(ValueError):
        if int(text) > 0:
            return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number above 0. Received: {text}")


def _saturation(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= float(text) <= MAX_SATURATION:
            return float(text)
    raise argparse.ArgumentTypeError(
        f"expected a number from 0 to {MAX_SATURATION:g}. Received: {text}"
    )


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """Returns a function that reads a whole number from `lowest` to `highest`."""

    def read(text: str) -> int:
        with contextlib.suppress(ValueError):
            if lowest <= int(text) <= highest:
                return int(text)
        raise argparse.ArgumentTypeError(
            f"expected a whole number from {lowest} to {highest}. Received: {text}"
        )

    return read
