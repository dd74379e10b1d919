"""Chooses the runtime of a model: Keras, ONNX Runtime or LiteRT."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from colorkit.choices import RUNTIMES
from colorkit.inference.fork_check import check_fork
from colorkit.models.saved_models import find_saved, is_on_hub
from colorkit.models.weight_files import SHIPPED_WEIGHTS, shipped_file
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import keras

    from colorkit.inference.control.palettes import Palette
    from colorkit.inference.exported_runtime import ExportedRuntime
    from colorkit.inference.keras_runtime import KerasRuntime

SUFFIX_OF_RUNTIME = {"keras": ".keras", "onnx": ".onnx", "litert": ".tflite"}


def choose_runtime(model: StrPath, runtime: str | None = None) -> tuple[str, StrPath]:
    """Chooses a model's runtime and file.

    Args:
        model: The name of a shipped model, `"colorkit_base"` or `"colorkit_hints"`; a path; or an
            address on the Hugging Face Hub.
        runtime: One of `RUNTIMES`, or `None` to choose by the path's suffix; for shipped models
            Keras, or ONNX Runtime where Keras or the backend that it is set to is not installed.

    Returns:
        Tuple of the runtime and, for Keras, `model` as it is; for the others the `Path` of the
        exported model: `model` itself, or the export beside it.

    Raises:
        ValueError: If `runtime` is no runtime, or there is no such export.
    """
    if runtime not in (None, *RUNTIMES):
        raise ValueError(f"`runtime` must be None or one of {RUNTIMES}. Received: {runtime!r}")
    if is_on_hub(model):
        if runtime not in (None, "keras"):
            raise ValueError(
                f"A model on the Hugging Face Hub is run by Keras. Write it for {runtime!r} with "
                f"`colorkit export {model} --format {runtime} -o ...`, and give that file."
            )
        return "keras", model
    path = find_saved(model)
    own = {suffix: name for name, suffix in SUFFIX_OF_RUNTIME.items()}.get(path.suffix.lower())
    is_shipped = os.fspath(model) in SHIPPED_WEIGHTS
    if runtime is None:
        runtime = own or (_default_runtime() if is_shipped else "keras")
    elif own not in (None, "keras", runtime):
        raise ValueError(
            f"{path} is run by runtime={own!r}; leave `runtime` out, or give another model. "
            f"Received: runtime={runtime!r}"
        )
    if runtime == "keras":
        return runtime, model
    if own == runtime:
        exported = path
    elif is_shipped:
        exported = shipped_file(SUFFIX_OF_RUNTIME[runtime], os.fspath(model))
    else:
        exported = path.with_suffix(SUFFIX_OF_RUNTIME[runtime])
    if not exported.is_file():
        source = "MODEL.keras" if own == runtime else os.fspath(model)
        raise ValueError(
            f"There is no {exported}. Make it with "
            f"`colorkit export {source} --format {runtime} -o {exported}`."
        )
    return runtime, exported


def _default_runtime() -> str:
    needed = ("keras", _keras_backend())
    return "keras" if all(importlib.util.find_spec(name) for name in needed) else "onnx"


def _keras_backend() -> str:
    """Returns the name of the backend that Keras takes, which is read here without importing it."""
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen:
        return chosen
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        settings = json.loads((folder / "keras.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # Keras passes over a file that is no JSON, too.
        settings = {}
    return str(settings.get("backend", "tensorflow"))


def _import_keras() -> None:
    try:
        import keras  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Running a Keras model needs Keras and its backend: {error}. The model's export runs "
            "without them: `--runtime onnx`, or `runtime='onnx'` in Python",
            name=error.name,
        ) from error


def open_runtime(
    model: keras.Model | StrPath,
    precision: str = "auto",
    runtime: str | None = None,
    style: str | None = None,
    palette: Palette | None = None,
) -> KerasRuntime | ExportedRuntime:
    """Opens a model in its runtime.

    Args:
        model: `"colorkit_base"`, a path, an address on the Hugging Face Hub, or a `keras.Model`.
        precision: As for `inference.keras_runtime.KerasRuntime`; exported models have theirs.
        runtime: One of `RUNTIMES`, or `None` to go by the path.
        style: As for `colorkit.Colorizer`.
        palette: `Palette`, or `None`, the only one for exported models.

    Returns:
        A `KerasRuntime` or an `ExportedRuntime`, which have the same interface.

    Raises:
        ValueError: If an argument is not one of these.
        ImportError: If the runtime is not installed.
        RuntimeError: If Keras cannot run here, see `colorkit.inference.fork_check`.
    """
    if isinstance(model, (str, os.PathLike)):
        runtime, model = choose_runtime(model, runtime)
        if runtime != "keras":
            if precision != "auto":
                raise ValueError(
                    f"An exported model has the precision that it was exported in: leave "
                    f"`precision` out. Received: precision={precision!r}"
                )
            from colorkit.inference.exported_runtime import ExportedRuntime

            return ExportedRuntime(model, style)
        check_fork()
        _import_keras()
        from colorkit.models.load import load_model

        model = load_model(os.fspath(model))
    from keras import Model

    if not isinstance(model, Model):
        raise ValueError(
            "`model` must be 'colorkit_base', the path of a .keras, .onnx or .tflite file or of a "
            f"run's folder, 'hf://owner/name', or a keras.Model. Received: {type(model).__name__}"
        )
    if runtime not in (None, "keras"):
        raise ValueError(
            f"A keras.Model is run by Keras; `colorkit.export_model` writes it for others. "
            f"Received: runtime={runtime!r}"
        )
    from colorkit.inference.keras_runtime import KerasRuntime

    return KerasRuntime(model, precision, style, palette)
