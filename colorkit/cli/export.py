"""`colorkit export` writes models for other programs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.console import Console

from colorkit.choices import EXPORT_FORMATS, SIGNATURES, WEIGHT_DTYPES
from colorkit.cli.options import MODEL_HELP, Commands, add_command, add_style, positive
from colorkit.cli.startup import start_keras

if TYPE_CHECKING:
    from colorkit.export.exporter import Export


def add_parser(commands: Commands) -> None:
    """Adds `colorkit export` to the parser's commands."""
    command = add_command(
        commands,
        "export",
        run,
        "write a model for other programs: SavedModel, ONNX, LiteRT",
        "Exports a model, loads the export by its own runtime, and compares it with Keras on\n"
        "photographs. An export that differs is not kept.",
        (
            "colorkit_base --format onnx -o colorkit_base.onnx --dtype float16",
            "colorkit_base --format saved_model -o served/colorkit --signature picture",
            "runs/first/model.keras --format litert -o model.tflite",
            "colorkit_base --format onnx --fixed-size 256x256 -o opencv.onnx",
            "colorkit_base --format onnx --dtype int8 --calibrate photos/ -o int8.onnx",
        ),
    )
    command.add_argument("model", metavar="MODEL", help=MODEL_HELP)
    command.add_argument("--format", required=True, choices=EXPORT_FORMATS, help="what to write")
    command.add_argument(
        "-o",
        "--out",
        required=True,
        metavar="PATH",
        help="a path in .onnx, .tflite or .keras; for a SavedModel the folder of its versions, "
        "to which the next one is added",
    )
    command.add_argument(
        "--signature",
        choices=SIGNATURES,
        default="ab",
        help="ab: lightness in, a and b out (default); picture: uint8 pictures of any size in, "
        "coloured ones out; network: lightness in, the model's own answer out, which is RGB for "
        "encoder_decoder",
    )
    command.add_argument(
        "--dtype",
        choices=WEIGHT_DTYPES,
        default="float32",
        help="dtype of the stored weights (default: float32)",
    )
    command.add_argument(
        "--size",
        type=positive,
        metavar="N",
        help="for --signature picture: pixels of the shorter side in the model's input; 192 if "
        "left out",
    )
    command.add_argument(
        "--fixed-size",
        type=width_x_height,
        metavar="WxH",
        help="for --format onnx: one picture of W x H pixels in, for OpenCV's dnn, TensorRT and "
        "phones",
    )
    command.add_argument(
        "--calibrate",
        metavar="PHOTOS",
        help="for --format onnx --dtype int8: a folder or tar of photographs by whose ranges the "
        "convolutions compute in int8 too",
    )
    add_style(command)
    command.add_argument(
        "--licence",
        metavar="TEXT",
        help="the model's licence, stored in the export; Apache-2.0 for colorkit_base",
    )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit export`. Returns its exit code."""
    console = Console()
    with console.status("Exporting"):
        start_keras(options.verbose)
        from colorkit.export.exporter import export_model

        export = export_model(
            options.model,
            options.out,
            options.format,
            options.signature,
            options.dtype,
            size=options.size,
            style=options.style,
            licence=options.licence,
            fixed_size=options.fixed_size,
            calibration=options.calibrate,
        )
    lines = (
        f"{export.path}: {export.megabytes:.1f} MB",
        f"largest difference from Keras on photographs: {export.max_difference:.6f} "
        f"({255 * export.max_difference:.3f} of 255)",
        *_opencv_lines(export, options.fixed_size),
        *(f"{name}: {value}" for name, value in export.metadata.items()),
    )
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    return 0


def width_x_height(text: str) -> tuple[int, int]:
    """Reads `256x192` as `(192, 256)`: height and width."""
    sides = text.lower().split("x")
    if len(sides) != 2 or not all(side.isdecimal() and int(side) for side in sides):
        raise argparse.ArgumentTypeError(
            f"expected width and height in pixels, such as 256x256. Received: {text}"
        )
    width, height = map(int, sides)
    return height, width


def _opencv_lines(export: Export, fixed_size: tuple[int, int] | None) -> list[str]:
    if fixed_size is None:
        return []
    if export.opencv_difference is None:
        return ["OpenCV's dnn does not read this model"]
    return [f"the same in OpenCV's dnn: {export.opencv_difference:.6f}"]
