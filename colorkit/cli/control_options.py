"""Options of `colorkit colorize` that guide the colours, from references to variants."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorkit.choices import LOOKS
from colorkit.cli.options import whole_number

if TYPE_CHECKING:
    from colorkit.inference.colorizer import Colorizer

CONTROLS = (
    *("reference", "palette", "palette_strength", "look", "look_strength"),
    *("keep_mask", "keep_color", "variants"),
)
"""Names of the options."""


def add_control_options(command: argparse.ArgumentParser) -> None:
    """Adds the options."""
    controls = command.add_argument_group("options that guide the colours")
    controls.add_argument(
        "--reference",
        action="append",
        default=[],
        metavar="PHOTO",
        help="colour photograph from which the same things take their colours (repeatable)",
    )
    controls.add_argument(
        "--palette",
        metavar="COLORS_OR_PHOTO",
        help='colours that all results tend to, "#aabbcc,#ddeeff", or a photograph that has them',
    )
    controls.add_argument(
        "--palette-strength",
        type=_share,
        metavar="S",
        help="how far they go towards the palette, 0 to 1 (default: 0.5)",
    )
    controls.add_argument(
        "--look",
        choices=LOOKS,
        help="look of an old colour process, which changes colours alone",
    )
    controls.add_argument(
        "--look-strength",
        type=_share,
        metavar="S",
        help="how far they go towards the look, 0 to 1 (default: 1)",
    )
    controls.add_argument(
        "--keep-mask",
        metavar="MASK.png",
        help="picture of the photograph's size, white where the photograph stays as it is",
    )
    controls.add_argument(
        "--keep-color",
        action="store_true",
        help="keep colour that a photograph has already, as of a hand-tinted print, and colour the "
        "rest to suit it",
    )
    controls.add_argument(
        "--variants",
        type=whole_number(2, 8),
        metavar="N",
        help="make N results of each photograph, 2 to 8: the usual one as NAME_v1, and others that "
        "are plausible too",
    )


def describe_controls(options: argparse.Namespace) -> dict[str, Any]:
    """Describes what guides the colours, as the journal of results has it; files by content."""
    described: dict[str, Any] = {
        "reference": [_fingerprint(path) for path in options.reference],
        "palette": options.palette and _fingerprint(options.palette),
        "palette_strength": options.palette_strength,
        "look": options.look,
        "look_strength": options.look_strength,
        "keep_mask": options.keep_mask and _fingerprint(options.keep_mask),
        "keep_color": options.keep_color,
        "variants": options.variants,
    }
    return {key: value for key, value in described.items() if value not in (None, False, [])}


def guide(colorizer: Colorizer, options: argparse.Namespace) -> Any:
    """Returns what colours under the options: `colorizer` itself where there are none.

    Raises:
        ValueError: If a control is wrong, or not taken by the model.
        PhotoError: If a file is no photograph.
    """
    controls: dict[str, Any] = {}
    size: tuple[int, ...] = ()
    if options.reference:
        controls["reference"] = [_read(path) for path in options.reference]
    if options.palette:
        from colorkit.inference.control.palettes import STRENGTH, make_palette

        given = options.palette
        palette = given if given.lstrip().startswith("#") else _read(given)
        strength = STRENGTH if options.palette_strength is None else options.palette_strength
        controls["palette"] = make_palette(palette, strength)
    if options.look:
        from colorkit.inference.control.looks import Look

        strength = 1.0 if options.look_strength is None else options.look_strength
        controls["look"] = Look(options.look, strength)
    if options.keep_mask:
        mask = _read(options.keep_mask)
        controls["mask"] = mask.max(-1) if mask.ndim == 3 else mask
        size = mask.shape[:2]
    if options.keep_color:
        controls["keep_color"] = True
    guided = colorizer.with_controls(size, **controls) if controls else colorizer
    if options.variants is None:
        return guided
    from colorkit.inference.control.variant_colorizer import VariantColorizer

    return VariantColorizer(colorizer, options.variants, guided)


def _read(path: str) -> Any:
    from colorkit.io.read import read_photo

    return read_photo(path).pixels


def _fingerprint(path: str) -> str:
    from colorkit.io.checksum import fingerprint_file

    with contextlib.suppress(OSError):  # colours, or a file that reading tells about
        return fingerprint_file(Path(path))
    return path


def _share(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise argparse.ArgumentTypeError(f"expected a number from 0 to 1. Received: {text}")
