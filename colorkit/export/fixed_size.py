"""ONNX of one fixed size, for runtimes that take no other: OpenCV's dnn, TensorRT, phones."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorkit.models.contract import model_spec
from colorkit.typing import Tensor

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

    from colorkit.export.graph import Graph, Run


def with_fixed_size(graph: Graph, size: tuple[int, int]) -> Graph:
    """Fixes a graph's input to one picture of one size, and keeps its first output alone.

    Args:
        graph: `colorkit.export.graph.Graph` of the signature "ab" or "network".
        size: `(height, width)` in pixels.

    Returns:
        A `Graph` from `(1, height, width, 1)` to `(1, height, width, 2 or 3)`.

    Raises:
        ValueError: If the model does not take that size.
    """
    _check(size, graph.model)
    output, _, _ = graph.metadata["output"].partition(";")
    name, _, _ = output.partition(":")
    shape = f"(1, {size[0]}, {size[1]}, "
    metadata = graph.metadata | {
        "batch": 1,
        "image_size": list(size),
        "stride": 1,
        "styles": (),
        "input": graph.metadata["input"].replace("(B, H, W, ", shape),
        "output": output.replace("(B, H, W, ", shape),
        "preprocessing": "scaling inside",
    }

    def function(batch: Tensor) -> dict[str, Tensor]:
        return {name: graph.function(batch)[name]}

    return dataclasses.replace(
        graph, function=function, input_shape=(1, *size, 1), metadata=metadata
    )


def open_in_opencv(path: Path) -> Run | None:
    """Opens an ONNX file in OpenCV's dnn.

    Args:
        path: `Path` of a file of a fixed size with one output.

    Returns:
        Function from a float32 array to a dict with the output's array, as
        `colorkit.export.onnx.load` returns it; `None` where OpenCV does not read the file.
    """
    import cv2

    try:
        model = cv2.dnn.readNetFromONNX(str(path))
    except cv2.error:
        return None
    (name,) = model.getUnconnectedOutLayersNames()

    def run(batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        model.setInput(batch)
        return {name: model.forward()}

    return run


def _check(size: tuple[int, int], model: keras.Model) -> None:
    spec = model_spec(model)
    if spec.image_size is not None and spec.image_size != tuple(size):
        height, width = spec.image_size
        raise ValueError(
            f"The model {model.name!r} takes {width} x {height} pixels only: give that as the "
            f"fixed size. Received: {size[1]} x {size[0]}"
        )
    if any(side < 1 or side % spec.size_multiple for side in size):
        raise ValueError(
            f"A fixed size of the model {model.name!r} must be of multiples of "
            f"{spec.size_multiple} pixels. Received: {size[1]} x {size[0]}"
        )
