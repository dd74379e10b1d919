"""The options of `colorkit colorize`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colorkit.choices import JPEG_QUALITY, PHOTO_FORMATS, RUNTIMES, SOUND_MODES, VIDEO_QUALITY
from colorkit.cli.control_options import add_control_options
from colorkit.cli.engine_options import add_engine
from colorkit.cli.options import add_picture_options, positive, whole_number

if TYPE_CHECKING:
    import argparse


def add_colorize_options(command: argparse.ArgumentParser) -> None:
    """Adds what is coloured, how, and into which file, to the command."""
    command.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        help="photograph, video, folder (to any depth) or glob; - for standard input",
    )
    command.add_argument(
        "-o",
        "--out",
        required=True,
        metavar="OUT",
        help="folder of the results; or, for one photograph or video, the result's file; - for "
        "standard output",
    )
    command.add_argument(
        "--sample",
        action="store_true",
        help="colour photographs that scikit-image ships, turned gray, in place of INPUT",
    )
    command.add_argument(
        "--model",
        default="colorkit_base",
        metavar="NAME_OR_PATH",
        help='"colorkit_base", which is shipped with colorkit; the path of a .keras, .onnx or '
        ".tflite file or of a run's folder; or hf://OWNER/NAME on the Hugging Face Hub",
    )
    command.add_argument(
        "--runtime",
        choices=RUNTIMES,
        help="runtime of the model; by the model's suffix if left out; the shipped one's is onnx "
        "where Keras or its backend is not installed. With onnx or litert, the model's export "
        "beside it is run, without TensorFlow",
    )
    add_picture_options(command)
    hints = command.add_mutually_exclusive_group()
    hints.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="X,Y,#RRGGBB[,S]",
        help="colour at a point of the one photograph that is coloured, in pixels from its top "
        "left, and its strength S, 1 if left out; may be given several times. Hue and chroma "
        "count, the lightness is the photograph's",
    )
    hints.add_argument(
        "--hints",
        metavar="FILE.json",
        help='hints of one photograph, [{"x": 120, "y": 80, "color": "#c02020"}], or an object '
        "from file names to such lists",
    )
    add_control_options(command)
    command.add_argument(
        "--format",
        type=str.lower,
        choices=PHOTO_FORMATS,
        metavar="FORMAT",
        help=f"format of the results: {', '.join(PHOTO_FORMATS)}; "
        "each photograph's own if left out",
    )
    command.add_argument("--overwrite", action="store_true", help="overwrite existing results")
    command.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help='pass over files and folders of such names, as "*_small.*" or "proofs/" (repeatable)',
    )
    command.add_argument(
        "--sequence",
        action="store_true",
        help="take numbered pictures (a folder, or a pattern such as film_%%05d.tif) for the "
        "frames of a film, and steady their colours as those of a video",
    )
    command.add_argument(
        "--report",
        metavar="FILE",
        help="write what became of each photograph, as JSON; as Parquet with --engine ray",
    )
    add_engine(
        command,
        "one INPUT, a folder or file of photographs, tar files and Parquet, on a disk that all "
        "machines see or at an address such as s3://, and OUT likewise; the report is one Parquet "
        "file",
        "processes that colour; as many as cores, or GPUs where there are some, if left out",
    )
    _add_rare_options(command)


def _add_rare_options(command: argparse.ArgumentParser) -> None:
    rare = command.add_argument_group("rarely used options")
    rare.add_argument(
        "--dry-run", action="store_true", help="show what would become of each file, and stop"
    )
    rare.add_argument(
        "--page",
        type=positive,
        metavar="N",
        help="colour only this page of TIFF files of several; all of them if left out",
    )
    rare.add_argument(
        "--jpeg-quality",
        type=whole_number(1, 100),
        default=JPEG_QUALITY,
        metavar="N",
        help=f"quality of JPEG results, 1 to 100 (default: {JPEG_QUALITY})",
    )
    rare.add_argument(
        "--video-quality",
        type=whole_number(0, 51),
        default=VIDEO_QUALITY,
        metavar="N",
        help="x264's constant quality (CRF) of videos: 0 is lossless, 51 the worst "
        f"(default: {VIDEO_QUALITY})",
    )
    rare.add_argument(
        "--sound",
        choices=SOUND_MODES,
        default="copy",
        help="sound of videos: copied, re-encoded only where the result's format does not hold "
        "it (default); always re-encoded (AAC, or FLAC or PCM where it is lossless); or left out",
    )
    rare.add_argument("--strict", action="store_true", help="refuse photographs that are cut short")
    rare.add_argument(
        "--no-mark",
        action="store_false",
        dest="mark",
        help="leave out of the results' metadata that their colours are predicted",
    )
