"""The command `colorkit`: its parser, and the exit codes of errors."""

import argparse
import contextlib
import logging
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence

import colorkit
from colorkit.backend.versions import is_lite
from colorkit.cli import (
    colorize,
    dataset,
    demo,
    doctor,
    evaluate,
    export,
    models,
    publish,
    recipes,
    train,
    train_adversarially,
    web,
)
from colorkit.cli.options import add_verbose
from colorkit.cli.surroundings import EXIT_INTERRUPTED, ended_as_by_ctrl_c, lasting_streams
from colorkit.training.errors import TrainingError

EXIT_OK, EXIT_FAILED, EXIT_WRONG_USE = 0, 1, 2

_MEMORY_ADVICE = "Close other programs, or give smaller pictures or a smaller --size."

# In the order of the help.
_LITE_ADVICE = (
    "colorkit-lite colours photographs and videos; what else there is needs colorkit-keras. In the "
    "repository's folder: pip uninstall colorkit-lite && pip install ."
)

COMMANDS = (
    colorize,
    demo,
    web,
    train,
    train_adversarially,
    recipes,
    evaluate,
    export,
    publish,
    models,
    dataset,
    doctor,
)

GREETING = f"""\
colorkit {colorkit.__version__} colours black-and-white photographs.

  colorkit colorize old.jpg -o new.jpg        a photograph
  colorkit colorize album/ -o album-colour/   a folder of them, and videos
  colorkit demo                               on a page in the browser

`colorkit --help` lists all commands, `colorkit COMMAND --help` tells about each."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: List of arguments after the program's name; `None` for those of the process.

    Returns:
        The exit code: 0, 1 where a photograph failed, 2 for wrong use, 130 after Ctrl-C or SIGTERM.
    """
    with lasting_streams():
        return _run(sys.argv[1:] if argv is None else argv)


def _run(argv: Sequence[str]) -> int:
    if not argv:
        print(GREETING, file=sys.stderr)
        return EXIT_WRONG_USE
    parser = build_parser()
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:
        return _code_of(stop)
    with _logging(options.verbose):
        try:
            with ended_as_by_ctrl_c():
                return options.run(options)
        except SystemExit as stop:  # From `parser.error`
            return _code_of(stop)
        except KeyboardInterrupt:
            advice = " The same command resumes from here." if options.resumable else ""
            print(f"colorkit: stopped.{advice}", file=sys.stderr)
            return EXIT_INTERRUPTED
        except ValueError as error:
            return _explain(error, options.verbose, EXIT_WRONG_USE)
        except MemoryError as error:
            reason = f"{str(error) or 'there is not enough memory'}. {_MEMORY_ADVICE}"
            return _explain(error, options.verbose, EXIT_FAILED, reason)
        except OSError as error:
            return _explain(error, options.verbose, EXIT_FAILED, _describe_os_error(error))
        except ModuleNotFoundError as error:
            advised = f"{error}. {_LITE_ADVICE}" if is_lite() else None
            return _explain(error, options.verbose, EXIT_FAILED, advised)
        except (ImportError, TrainingError) as error:
            return _explain(error, options.verbose, EXIT_FAILED)


def _code_of(stop: SystemExit) -> int:
    return stop.code if isinstance(stop.code, int) else EXIT_WRONG_USE


def build_parser() -> argparse.ArgumentParser:
    """Builds the parser of all commands.

    Returns:
        `argparse.ArgumentParser`, whose result has `run`, the function of the command.
    """
    parser = argparse.ArgumentParser(
        prog="colorkit",
        description="Colours black-and-white photographs, and trains models that do.",
        epilog="`colorkit COMMAND --help` tells about each command.",
    )
    parser.add_argument("--version", action="version", version=f"colorkit {colorkit.__version__}")
    add_verbose(parser, default=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


@contextlib.contextmanager
def _logging(verbose: bool) -> Iterator[None]:
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


def _print_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"colorkit: warning: {message}", file=sys.stderr)


def _describe_os_error(error: OSError) -> str | None:
    """Names the file of an error of the system's and what to do; `None` where it has its words."""
    if error.filename is None or error.strerror is None:
        return None
    return (
        f"Cannot use {error.filename}: {error.strerror.lower()}. Check the path, its permissions "
        "and the free space."
    )


def _explain(error: BaseException, verbose: bool, code: int, reason: str | None = None) -> int:
    if verbose:
        traceback.print_exception(error)
    print(f"colorkit: error: {reason or error or type(error).__name__}", file=sys.stderr)
    return code
