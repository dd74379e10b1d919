"""Turns an ONNX file to int8 arithmetic, by ONNX Runtime's static quantization."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.data.source import open_photos
from colorkit.inference.letterbox import DEFAULT_SIZE, fill_letterbox, letterbox_picture
from colorkit.inference.lightness import lightness_of
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import onnx

    from colorkit.models.spec import ModelSpec

MOST_PHOTOS = 64
"""Photographs that are taken of a larger number, evenly: the ranges hardly grow with more."""

_FOLLOWING = ("Add", "Relu", "Clip")
"""Operations that compute in uint8 after convolutions, beside these."""


def calibration_views(photos: StrPath, spec: ModelSpec) -> list[NDArray[np.float32]]:
    """Reads the photographs on which ranges are measured, as a model sees them.

    Args:
        photos: Path of a folder or tar of photographs.
        spec: The model's `ModelSpec`.

    Returns:
        List of float32 arrays of shape `(1, h, w, 1)`: CIE L in [0, 100].

    Raises:
        PhotoError: If there are none, or one cannot be read.
    """
    source = open_photos(photos)
    chosen = np.linspace(0, len(source) - 1, min(len(source), MOST_PHOTOS)).round().astype(int)
    views = []
    for index in chosen:
        pixels = source.read(int(index), DEFAULT_SIZE)
        letterbox = letterbox_picture(pixels.shape[:2], spec)
        views.append(fill_letterbox(lightness_of(pixels), letterbox)[None, ..., None])
    return views


def quantize_convolutions(path: Path, views: Iterable[NDArray[np.float32]]) -> None:
    """Has the convolutions of an ONNX file compute in int8, between scales that are fixed.

    So do the sums and activations after them, so that what passes from one to the next stays in
    uint8. Weights get one scale for each output channel, activations one for each tensor, from
    the least to the greatest value that `views` bring about. The first convolution, which sees the
    picture, and those that no other follows, which tell the colour, stay in float32. The file is
    of quantize-dequantize pairs, which runtimes fuse, or compute in float32 where they cannot.

    Args:
        path: Path of a file of `colorkit.export.onnx.write` with float32 weights; replaced.
        views: float32 arrays, the inputs to measure on.

    Raises:
        ImportError: If ONNX Runtime or onnx is not installed.
    """
    import onnx
    from onnxruntime import quantization

    class Views(quantization.CalibrationDataReader):  # type: ignore[misc]  # has no types
        def __init__(self, name: str) -> None:
            self._feeds: Iterator[dict[str, Any]] = ({name: view} for view in views)

        def get_next(self) -> dict[str, Any] | None:
            return next(self._feeds, None)

    with tempfile.TemporaryDirectory() as folder:
        folded = Path(folder) / "folded.onnx"
        _fold_constants(path, folded)
        whole = onnx.load(path)
        quantization.quantize_static(
            folded,
            path,
            Views(whole.graph.input[0].name),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["Conv", *_FOLLOWING],
            nodes_to_exclude=_kept_in_float(onnx.load(folded).graph),
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
    quantized = onnx.load(path)
    del quantized.metadata_props[:]
    quantized.metadata_props.extend(whole.metadata_props)
    quantized.producer_name = whole.producer_name
    onnx.checker.check_model(quantized)
    onnx.save(quantized, path)


def _fold_constants(path: Path, folded: Path) -> None:
    """Writes a graph without the arithmetic on constants, in operations of any machine."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _kept_in_float(graph: onnx.GraphProto) -> list[str]:
    """Returns the names of operations that stay in float32.

    These are the first convolution, those that no other follows, and sums and activations that take
    nothing from a convolution, such as those of upsampling.
    """
    leads_to_convolution: set[str] = set()  # tensors
    last = []
    for node in reversed(graph.node):  # every node comes after those that it depends on
        is_followed = not leads_to_convolution.isdisjoint(node.output)
        if node.op_type == "Conv" and not is_followed:
            last.append(node.name)
        if node.op_type == "Conv" or is_followed:
            leads_to_convolution.update(node.input)
    first = [node.name for node in graph.node if node.op_type == "Conv"][:1]
    kept = [*first, *last]
    convolved: set[str] = set()  # tensors
    for node in graph.node:
        if node.op_type in _FOLLOWING and convolved.isdisjoint(node.input):
            kept.append(node.name)
        elif node.op_type in _FOLLOWING or (node.op_type == "Conv" and node.name not in last):
            convolved.update(node.output)
    return kept
