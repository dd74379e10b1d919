"""Exports models to other runtimes, and verifies each export in its runtime."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

from colorkit.choices import EXPORT_FORMATS, SIGNATURES, WEIGHT_DTYPES
from colorkit.export import keras_file, litert, onnx, saved_model
from colorkit.export.fixed_size import open_in_opencv, with_fixed_size
from colorkit.export.gathered_upsampling import with_gathered_upsampling
from colorkit.export.graph import Graph, Run, build_graph
from colorkit.export.int8_arithmetic import calibration_views, quantize_convolutions
from colorkit.export.verify import largest_difference
from colorkit.inference.letterbox import DEFAULT_SIZE
from colorkit.io.atomic_write import replace_when_whole
from colorkit.models.contract import model_spec
from colorkit.models.layers.annealed_mean import with_style
from colorkit.models.load import load_model
from colorkit.models.weight_files import SHIPPED_WEIGHTS
from colorkit.typing import StrPath

FORMATS = dict(zip(EXPORT_FORMATS, (saved_model, onnx, litert, keras_file), strict=True))
"""The modules that write and load each format."""

SUFFIXES = {"onnx": ".onnx", "litert": ".tflite", "keras": ".keras"}
"""The file suffix of each format; a SavedModel is a folder."""

TOLERANCE = 1 / 255
"""Maximum difference from Keras of an export with float32 weights on photographs: one level of a
uint8 pixel, or half a unit of a and b."""


@dataclasses.dataclass(frozen=True)
class Export:
    """An export that was written and checked.

    Attributes:
        path: `Path` of the file; for a SavedModel, of its version's folder.
        megabytes: Its size.
        max_difference: The largest difference, on any of scikit-image's photographs, between the
            outputs of its own runtime and of Keras in float32: in ab / 128 for the signature "ab",
            of RGB in [0, 1] for "picture", in its own unit for "network".
        metadata: Dict, the export's metadata.
        opencv_difference: The same difference in OpenCV's dnn, of an export of a fixed size that it
            reads; `None` for others.
    """

    path: Path
    megabytes: float
    max_difference: float
    metadata: dict[str, Any]
    opencv_difference: float | None = None


def export_model(
    model: keras.Model | StrPath,
    path: StrPath,
    file_format: str,
    signature: str = "ab",
    dtype: str = "float32",
    *,
    size: int | None = None,
    style: str | None = None,
    licence: str | None = None,
    fixed_size: tuple[int, int] | None = None,
    calibration: StrPath | None = None,
) -> Export:
    """Exports a model, loads the export by its own runtime, and compares it with Keras.

    Args:
        model: `"colorkit_base"`, the path of a `.keras` file, or a `keras.Model` that meets
            `colorkit.models.contract`. `"colorkit_hints"` and other models that take hints are
            exported to "onnx" with "ab", with their second input.
        path: Output: a path that ends in `.onnx`, `.tflite` or `.keras`; for a SavedModel, the
            folder of its versions, to which the next one is added.
        file_format: `"saved_model"`, `"onnx"`, `"litert"` or `"keras"`.
        signature: `"ab"`: the model, from L, float32 `(B, H, W, 1)` in [0, 100], to ab / 128,
            float32 `(B, H, W, 2)`. `"picture"`: all that `Colorizer` does, from uint8 sRGB
            `(B, H, W, 1 or 3)` of any size to uint8 sRGB `(B, H, W, 3)`; not for `"keras"`.
            `"network"`: the model's own output. For the report's model 1 that is `rgb`, sRGB in
            [0, 1], float32 `(B, H, W, 3)`; for the others ab / 128. `Colorizer` does not take it;
            not for `"keras"`, whose file predicts that anyway.
        dtype: Dtype of the stored weights: `"float32"`, `"float16"` (half the size), or `"int8"`
            (a quarter; not for `"keras"`).
        size: Int, for `"picture"`: pixels of the shorter side as the model sees it. `None` means
            192. Models of one input size take no other.
        style: `"faithful"`, `"balanced"` or `"vivid"`, for models that classify colour: what "ab"
            and "picture" give. `None` means the model's own. Exports of "ab" hold all styles
            beside it.
        licence: String stored in the export; Apache-2.0 for the models that colorkit ships.
        fixed_size: `(height, width)` in pixels, for "onnx" with "ab" or "network": the export takes
            one picture of that size, `(1, height, width, 1)`, and gives one output, in one style,
            as OpenCV's dnn, TensorRT and phones need it. `None` for batches of any size.
        calibration: Path of a folder or tar of photographs, for "onnx" with "ab" or "network" and
            int8 weights: convolutions compute in int8 too, between the least and greatest values
            that these photographs bring about; see `colorkit.export.int8_arithmetic`. `None` for
            computation in float32.

    Returns:
        An `Export`.

    Raises:
        ValueError: If an argument is not one of these, or an export with float32 weights differs
            from Keras by more than `TOLERANCE`, in its runtime or in OpenCV's. Nothing is left at
            `path` then.
        ImportError: If what the format needs is not installed.

    Example:
        >>> export = export_model("runs/first", "first.onnx", "onnx", dtype="float16")
        >>> export.max_difference < 1 / 255
        True
    """
    path = _check(path, file_format, signature, dtype)
    fixed_size = _check_fixed_size(fixed_size, file_format, signature)
    _check_calibration(calibration, file_format, signature, dtype, fixed_size)
    if licence is None and isinstance(model, str) and model in SHIPPED_WEIGHTS:
        licence = SHIPPED_WEIGHTS[model].licence
    if not isinstance(model, keras.Model):
        model = load_model(os.fspath(model))
    is_plain = fixed_size is None and calibration is None
    if model_spec(model).takes_hints and (file_format, signature, is_plain) != ("onnx", "ab", True):
        raise ValueError(
            "Models that take hints are exported with file_format='onnx' and signature='ab', "
            "without `fixed_size` and `calibration`. Received: "
            f"{model.name!r}, file_format={file_format!r}, signature={signature!r}, "
            f"fixed_size={fixed_size!r}, calibration={calibration!r}"
        )
    model = with_style(model, style)
    size = _check_size(size, signature)
    if file_format == "litert":
        model = with_gathered_upsampling(model)
    graph = build_graph(model, signature, dtype, size, licence)
    if fixed_size is not None:
        graph = with_fixed_size(graph, fixed_size)
    views = None
    if calibration is not None:
        views = calibration_views(calibration, model_spec(model))
        graph.metadata["computation"] = f"int8, by the ranges of {len(views)} photographs"
    if file_format == "saved_model":
        path = path / saved_model.next_version(path)
    form = FORMATS[file_format]
    with replace_when_whole(path) as temporary:
        form.write(graph, dtype if views is None else "float32", temporary)
        if views is not None:
            quantize_convolutions(temporary, views)
        run, metadata = form.load(temporary)
        difference = _compare(run, graph, size, dtype, f"{file_format} export")
        in_opencv = None
        opencv = None if fixed_size is None else open_in_opencv(temporary)
        if opencv is not None:
            in_opencv = _compare(opencv, graph, size, dtype, "answer in OpenCV")
    return Export(path, _megabytes(path), difference, metadata, in_opencv)


def _compare(run: Run, graph: Graph, size: int, dtype: str, what: str) -> float:
    difference = largest_difference(run, graph, size)
    if not (np.isfinite(difference) and (dtype != "float32" or difference <= TOLERANCE)):
        raise ValueError(
            f"The {what} of {graph.model.name!r} differs from Keras by up to "
            f"{difference:.4f}, expected {TOLERANCE:.4f} at most. It was not kept."
        )
    return difference


def _check(path: StrPath, file_format: str, signature: str, dtype: str) -> Path:
    for name, value, choices in (
        ("file_format", file_format, EXPORT_FORMATS),
        ("signature", signature, SIGNATURES),
        ("dtype", dtype, WEIGHT_DTYPES),
    ):
        if value not in choices:
            raise ValueError(f"`{name}` must be one of {choices}. Received: {value!r}")
    if file_format == "keras" and (signature != "ab" or dtype == "int8"):
        raise ValueError(
            "A .keras file holds a model, with weights of float32 or float16: give "
            "signature='ab' and one of these, or another format. "
            f"Received: signature={signature!r}, dtype={dtype!r}"
        )
    if file_format != "keras" and keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"Export to {file_format} needs Keras on TensorFlow: set the environment variable "
            f"KERAS_BACKEND=tensorflow. Received: backend {keras.backend.backend()!r}"
        )
    path = Path(path)
    suffix = SUFFIXES.get(file_format)
    if suffix and path.suffix.lower() != suffix:
        raise ValueError(f"`path` must end in {suffix}. Received: {os.fspath(path)!r}")
    if not suffix and (path.suffix.lower() in SUFFIXES.values() or path.is_file()):
        raise ValueError(f"`path` must be a folder for a SavedModel. Received: {os.fspath(path)!r}")
    return path


def _check_size(size: int | None, signature: str) -> int:
    if size is None:
        return DEFAULT_SIZE
    if signature != "picture" or not isinstance(size, int) or size < 1:
        raise ValueError(
            f"`size` must be a positive int, and is for signature='picture' only. "
            f"Received: size={size!r}, signature={signature!r}"
        )
    return size


def _check_fixed_size(
    fixed_size: tuple[int, int] | None, file_format: str, signature: str
) -> tuple[int, int] | None:
    if fixed_size is None:
        return None
    if file_format != "onnx" or signature == "picture":
        raise ValueError(
            "`fixed_size` is for file_format='onnx' with signature='ab' or 'network'. "
            f"Received: file_format={file_format!r}, signature={signature!r}"
        )
    height, width = fixed_size
    return int(height), int(width)


def _check_calibration(
    calibration: StrPath | None,
    file_format: str,
    signature: str,
    dtype: str,
    fixed_size: tuple[int, int] | None,
) -> None:
    if calibration is None:
        return
    if (file_format, dtype, fixed_size) != ("onnx", "int8", None) or signature == "picture":
        raise ValueError(
            "`calibration` is for file_format='onnx' and dtype='int8' with signature='ab' or "
            f"'network', of any size. Received: file_format={file_format!r}, dtype={dtype!r}, "
            f"signature={signature!r}, fixed_size={fixed_size!r}"
        )


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [part for part in path.rglob("*") if part.is_file()]
    return sum(part.stat().st_size for part in files) / 1e6
