"""`colorkit doctor` describes this installation, as a report of a fault needs it."""

from __future__ import annotations

import platform
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import colorkit
from colorkit.backend.versions import (
    InstalledRequirement,
    find_requirements,
    find_versions,
    is_lite,
)
from colorkit.cli.options import Commands, add_command
from colorkit.cli.startup import hide_startup_output, start_keras
from colorkit.models.weight_files import SHIPPED_WEIGHTS, shipped_file, weights_folder

if TYPE_CHECKING:
    import argparse

_LABEL_WIDTH = 15
_LINE_WIDTH = 100
_DEVELOPER_EXTRAS = ("docs", "test")
_PICTURE_SIDE = 512


def add_parser(commands: Commands) -> None:
    """Adds `colorkit doctor` to the parser's commands."""
    add_command(
        commands,
        "doctor",
        run,
        "describe this installation, for a report of a fault",
        "Prints versions, backend, devices, precision, extras, where the weights lie and how long\n"
        "the first picture takes. Copy it into a report of a fault.\n\n"
        "exit code: 0 all is well, 1 something failed, or no picture could be coloured",
        ("",),
    )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit doctor`. Returns its exit code."""
    failed, colored = False, False
    for label, describe in ROWS.items():
        try:
            with hide_startup_output(options.verbose):
                text = describe()
            colored = colored or label in _PICTURE_ROWS
        except ImportError as error:
            text = f"not possible: {error}"
        except Exception as error:  # The other rows are what helps to explain it.
            failed = True
            text = f"failed: {type(error).__name__}: {error}"
        print(_format_row(label, text), flush=True)
    return int(failed or not colored)


def _format_row(label: str, text: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        _LINE_WIDTH,
        initial_indent=f"{label:{_LABEL_WIDTH}}",
        subsequent_indent=" " * _LABEL_WIDTH,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _describe_colorkit() -> str:
    return f"{colorkit.__version__}, {Path(colorkit.__file__).parent}"


def _describe_python() -> str:
    return f"{platform.python_version()}, {sys.executable}"


def _describe_keras() -> str:
    began = time.perf_counter()
    start_keras(verbose=True)
    import keras

    backend = keras.backend.backend()
    versions = find_versions(("keras", backend))
    seconds = time.perf_counter() - began
    return f"{versions['keras']} on {backend} {versions[backend]}, started in {seconds:.1f} s"


def _describe_devices() -> str:
    from colorkit.backend.hardware import describe_hardware

    found = describe_hardware()
    machine = f"{found['cpu']}, {found['cores']} cores, {found['memory_gib']} GiB of memory"
    return "; ".join([machine, ", ".join(found["devices"]), *found["gpus"]])


def _describe_precision() -> str:
    from colorkit.backend.precision import choose_precision, choose_training_precision

    return f"{choose_precision()} to colour, {choose_training_precision()} to train"


def _describe_packages() -> str:
    return ", ".join(map(_describe_package, find_requirements().get("", []))) or _UNKNOWN


def _describe_package(package: InstalledRequirement) -> str:
    version = f"{package.name} {package.version or 'missing'}"
    return version if package.is_met else f"{version} (expected {package.specifier})"


def _describe_extras() -> str:
    complete, lacking = [], []
    for extra, required in find_requirements().items():
        if extra and extra not in _DEVELOPER_EXTRAS:
            unmet = [f"{each.name}{each.specifier}" for each in required if not each.is_met]
            lacking += [f"{extra} ({', '.join(unmet)})"] if unmet else []
            complete += [] if unmet else [extra]
    if not complete and not lacking:
        return _UNKNOWN
    return f"{', '.join(complete) or 'none'}; without {', '.join(lacking) or 'none'}"


def _describe_weights() -> str:
    names = []
    for name, weights in SHIPPED_WEIGHTS.items():
        suffixes = [suffix for suffix in weights.sha256 if suffix == ".onnx" or not is_lite()]
        for suffix in suffixes:
            if not shipped_file(suffix, name).is_file():
                raise FileNotFoundError(f"{shipped_file(suffix, name)} is missing")
        names += [name] if suffixes else []
    return f"{weights_folder()}: {', '.join(names)}, checksums right"


def _time_picture(runtime: str) -> str:
    import numpy as np

    from colorkit.inference.colorizer import Colorizer

    gray = np.random.default_rng(0).integers(0, 256, (_PICTURE_SIDE, _PICTURE_SIDE), "uint8")
    began = time.perf_counter()
    colorizer = Colorizer(runtime=runtime)
    loaded = time.perf_counter()
    colorizer.colorize(gray)
    first = time.perf_counter()
    colorizer.colorize(gray)
    second = time.perf_counter()
    return (
        f"{first - began:.2f} s with {loaded - began:.2f} s to load the model; the next one "
        f"{second - first:.2f} s ({_PICTURE_SIDE} x {_PICTURE_SIDE} pixels)"
    )


_UNKNOWN = "unknown: colorkit was not installed by pip"
ROWS: dict[str, Callable[[], str]] = {
    "colorkit": _describe_colorkit,
    "python": _describe_python,
    "system": platform.platform,
    "packages": _describe_packages,
    "extras": _describe_extras,
    "weights": _describe_weights,
    "keras": _describe_keras,
    "devices": _describe_devices,
    "precision": _describe_precision,
    "first picture": lambda: _time_picture("keras"),
    "by ONNX": lambda: _time_picture("onnx"),
}
"""The rows of the output: labels, and functions that describe what stands there."""

_PICTURE_ROWS = ("first picture", "by ONNX")
