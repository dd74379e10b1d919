"""`colorkit colorize` with `-` for standard input or output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from colorkit.cli.console import load_colorizer, print_error
from colorkit.cli.control_options import guide
from colorkit.io.atomic_write import write_whole

if TYPE_CHECKING:
    import argparse

    from colorkit.inference.hints import Hint


def run_in_pipe(options: argparse.Namespace) -> int:
    """Colours one photograph from standard input or to standard output.

    Args:
        options: The command's options, with `-` as input or output.

    Returns:
        The exit code.
    """
    from colorkit.batch.pipes import colorize_photo
    from colorkit.io.photo import find_format
    from colorkit.io.read import MAX_FILE_BYTES, decode_photo, read_photo

    further = options.sample or options.report or options.dry_run or options.variants
    if len(options.inputs) != 1 or further:
        options.parser.error(
            "with - for standard input or output, expected one photograph, and neither --report "
            "nor --dry-run nor --variants"
        )
    (given,) = options.inputs
    out = None if options.out == "-" else Path(options.out)
    if out is None and sys.stdout.isatty():
        options.parser.error("-o - writes a photograph: expected a pipe or file, not a terminal")
    file_format = options.format
    if out is not None:
        file_format = find_format(out, file_format)
    choices = {"page": options.page and options.page - 1, "strict": options.strict}
    if given == "-":
        photo = decode_photo(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), "standard input", **choices)
        for note in photo.notes:
            print_error(f"warning: standard input: {note}")
    else:
        photo = read_photo(given, **choices)
    hints = _read_pipe_hints(options)
    loaded = load_colorizer(options, Console(stderr=True), runtime=options.runtime)
    colorizer = guide(loaded, options)
    data = colorize_photo(
        colorizer,
        photo,
        file_format=file_format,
        hints=hints,
        mark=options.mark,
        jpeg_quality=options.jpeg_quality,
    )
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_whole(out, data)
    return 0


def _read_pipe_hints(options: argparse.Namespace) -> list[Hint]:
    """Returns the hints of the one photograph."""
    from colorkit.batch.hint_files import collect_hints

    hints = collect_hints(options.hint, options.hints)
    if isinstance(hints, dict):
        parser: argparse.ArgumentParser = options.parser
        parser.error("with -, expected --hints to name a file with one list")
    return hints
