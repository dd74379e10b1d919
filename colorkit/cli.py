"""The command `colorkit`: what can be said on the command line, and what each error exits with."""

import argparse
import contextlib
import logging
import math
import sys
import traceback
import warnings

import colorkit
from colorkit.recipes import RECIPES

EXIT_OK, EXIT_FAILED, EXIT_WRONG_USE, EXIT_INTERRUPTED = 0, 1, 2, 130

# Named here since importing NumPy and Keras would slow `--help` down; tests compare.
SPLIT_NAMES = ("train", "validation", "test", "all")
FORMAT_NAMES = ("jpg", "jpeg", "png", "tif", "tiff", "webp", "bmp")


def main(argv=None):
    """Runs one command.

    Args:
        argv: List of arguments after the program's name; `None` for those of the process.

    Returns:
        The exit code: 0, 1 where a photograph failed, 2 for wrong use, 130 after Ctrl-C.
    """
    parser = build_parser()
    try:
        options = parser.parse_args(argv)
        if options.command == "colorize" and bool(options.inputs) == options.sample:
            options.parser.error("expected either photographs (INPUT) or --sample")
    except SystemExit as stop:
        return stop.code
    with _logging(options.verbose):
        try:
            return options.run(options)
        except KeyboardInterrupt:
            goes_on = options.command in ("colorize", "train")
            advice = " The same command goes on from here." if goes_on else ""
            print(f"colorkit: stopped.{advice}", file=sys.stderr)
            return EXIT_INTERRUPTED
        except ValueError as error:
            return _explain(error, options.verbose, EXIT_WRONG_USE)
        except (ImportError, MemoryError, OSError) as error:
            return _explain(error, options.verbose, EXIT_FAILED)


def build_parser():
    """Builds the parser of all commands.

    Returns:
        `argparse.ArgumentParser`, whose result has `run`, the function of the command.
    """
    parser = argparse.ArgumentParser(
        prog="colorkit",
        description="Colours black-and-white photographs, and trains networks that do.",
        epilog="`colorkit COMMAND --help` tells about each command.",
    )
    parser.add_argument("--version", action="version", version=f"colorkit {colorkit.__version__}")
    _add_verbose(parser, default=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (_add_colorize, _add_train, _add_evaluate, _add_models):
        add(commands)
    return parser


def _add_command(commands, name, run, summary, description, examples):
    command = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog="examples:\n" + "\n".join(f"  colorkit {name} {example}" for example in examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_verbose(command, default=argparse.SUPPRESS)  # Keeps what stands before the command
    command.set_defaults(run=run, parser=command)
    return command


def _add_colorize(commands):
    command = _add_command(
        commands,
        "colorize",
        _lazily("colorize"),
        "colour photographs: files, folders, globs",
        "Colours photographs and keeps their size, lightness, bit depth, transparency and EXIF.\n"
        "Photographs that have colour already are coloured from their lightness alone.\n"
        "Results that exist are skipped, so that the same command goes on where it was stopped.\n"
        "A photograph that cannot be read is reported, and the rest goes on.\n\n"
        "exit code: 0 all done, 1 a photograph failed, 2 wrong use, 130 stopped by Ctrl-C",
        ("--sample -o out/", "album/ -o album-in-colour/", "old.tif -o new.png --saturation 1.2"),
    )
    command.add_argument(
        "inputs", nargs="*", metavar="INPUT", help="photograph, folder (to any depth) or glob"
    )
    command.add_argument(
        "-o",
        "--out",
        required=True,
        metavar="OUT",
        help="folder of the results; or, for one photograph, the result's file",
    )
    command.add_argument(
        "--sample",
        action="store_true",
        help="colour photographs that scikit-image ships, turned gray, in place of INPUT",
    )
    command.add_argument(
        "--model",
        default="default",
        metavar="NAME_OR_PATH",
        help='"default", which is shipped with colorkit, or the path of a .keras file',
    )
    _add_picture_options(command)
    command.add_argument(
        "--format",
        type=str.lower,
        choices=FORMAT_NAMES,
        metavar="FORMAT",
        help=f"format of the results: {', '.join(FORMAT_NAMES)}; each photograph's own if left out",
    )
    command.add_argument(
        "--overwrite", action="store_true", help="make results anew that exist already"
    )
    command.add_argument(
        "--report", metavar="FILE.json", help="write what became of each photograph, as JSON"
    )


def _add_train(commands):
    command = _add_command(
        commands,
        "train",
        _lazily("train"),
        "train a network on a folder of photographs",
        "Trains a network by a recipe. RUN receives the log, pictures of validation photographs\n"
        "for each epoch, checkpoints, and in the end the network as model.keras. The same command\n"
        "goes on from the last checkpoint where it was stopped.",
        ("default --photos photos/ --out runs/first", "vgg16 --photos photos.tar --out runs/vgg"),
    )
    command.add_argument(
        "recipe", choices=RECIPES, metavar="RECIPE", help=f"one of {', '.join(RECIPES)}"
    )
    _add_photos(command)
    command.add_argument("--out", required=True, metavar="RUN", help="folder of this run")
    recipes = "the recipe's own if left out"
    for name, what in (
        ("epochs", "number of epochs"),
        ("batch-size", "photographs in a batch"),
        ("image-size", "side of the training crops in pixels"),
    ):
        command.add_argument(f"--{name}", type=_positive, metavar="N", help=f"{what}; {recipes}")
    command.add_argument(
        "--weights",
        metavar="imagenet|none|PATH",
        help="what the network starts from: a backbone trained on ImageNet (downloaded), "
        f"random weights, or a file of weights; {recipes}",
    )
    command.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="fixes split, order and random weights (default: 0)",
    )


def _add_evaluate(commands):
    command = _add_command(
        commands,
        "evaluate",
        _lazily("evaluate"),
        "measure a network on colour photographs",
        "Colours photographs from their lightness and compares the results with the photographs:\n"
        "PSNR, the area under the cumulative ab error (AuC), plain and with rare colours counting\n"
        "as much as common ones, and colourfulness. The gray picture's figures stand beside.",
        ("default --photos photos/", "runs/first/model.keras --photos photos/ --split test"),
    )
    command.add_argument("model", metavar="MODEL", help='"default" or the path of a .keras file')
    _add_photos(command)
    command.add_argument(
        "--json", metavar="FILE", help="also write all figures, one entry a photograph, as JSON"
    )
    command.add_argument(
        "--split",
        choices=SPLIT_NAMES,
        default="all",
        help="part of the photographs, as training splits them 80 / 10 / 10 (default: all)",
    )
    command.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="the seed that the network was trained with, which fixes the split (default: 0)",
    )
    command.add_argument(
        "--limit", type=_positive, metavar="N", help="the first N photographs only"
    )
    _add_picture_options(command)


def _add_models(commands):
    _add_command(
        commands,
        "models",
        _lazily("models"),
        "list the networks and their parameters",
        "Lists the networks that colorkit can build and train, with their parameters.",
        ("",),
    )


def _add_verbose(parser, default):
    parser.add_argument(
        "--verbose",
        action="store_true",
        default=default,
        help="show TensorFlow's messages and errors in full",
    )


def _add_photos(command):
    command.add_argument(
        "--photos",
        required=True,
        metavar="DIR",
        help="folder (to any depth) or .tar file of colour photographs",
    )


def _add_picture_options(command):
    command.add_argument(
        "--size",
        type=_positive,
        metavar="N",
        help="pixels of the shorter side as the network sees it; 192 if left out. "
        "The result has the photograph's size always",
    )
    command.add_argument(
        "--saturation",
        type=_not_negative,
        default=1.0,
        metavar="S",
        help="strength of the colours: 0 is gray, 1 as the network says (default: 1)",
    )


def _lazily(name):
    """Returns a command of `colorkit.commands`, imported when it runs: `--help` stays quick."""

    def run(options):
        from colorkit import commands

        return getattr(commands, name)(options)

    return run


def _positive(text):
    with contextlib.suppress(ValueError):
        if int(text) > 0:
            return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number above 0. Received: {text}")


def _not_negative(text):
    with contextlib.suppress(ValueError):
        if 0 <= float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"expected a number of 0 or more. Received: {text}")


@contextlib.contextmanager
def _logging(verbose):
    """Shows colorkit's own warnings and log in one line each, and other packages' if asked."""
    log = logging.getLogger("colorkit")
    handler = logging.StreamHandler()
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG if verbose else logging.WARNING)
    try:
        with warnings.catch_warnings():
            if not verbose:
                warnings.simplefilter("ignore")
                warnings.filterwarnings("always", module=r"colorkit\b")
                warnings.showwarning = _print_warning
            yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def _print_warning(message, *_, **__):
    print(f"colorkit: warning: {message}", file=sys.stderr)


def _explain(error, verbose, code):
    if verbose:
        traceback.print_exception(error)
    print(f"colorkit: error: {error or type(error).__name__}", file=sys.stderr)
    return code
