"""TensorFlow SavedModel: folders that `tf.saved_model.load` and TensorFlow Serving read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.export.weight_quantization import quantize, storage_dtype
from colorkit.inference.exported_runtime import METADATA_NAME
from colorkit.typing import Tensor

if TYPE_CHECKING:
    import keras

    from colorkit.export.graph import Graph, Run

_EXTRA = "assets.extra"  # reserved by TensorFlow for other files in a SavedModel


def write(graph: Graph, dtype: str, path: Path) -> None:
    """Writes a SavedModel, whose signature `serving_default` is the graph.

    Args:
        graph: `colorkit.export.graph.Graph`.
        dtype: "float32", "float16" or "int8".
        path: `Path` of a folder that does not exist yet.
    """
    import tensorflow as tf

    module = tf.Module()
    module.stored = [_store_weight(variable, dtype) for variable in graph.model.variables]

    def values() -> list[Tensor]:
        return [_float32(stored) for stored in module.stored]

    spec = tf.TensorSpec(graph.input_shape, graph.input_dtype, graph.input_name)
    module.serve = tf.function(graph.with_weights(values), input_signature=[spec], autograph=False)
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.serve})
    extra = path / _EXTRA / METADATA_NAME
    extra.parent.mkdir()
    extra.write_text(json.dumps(graph.metadata, indent=2) + "\n")


def next_version(folder: Path) -> str:
    """Names the next version of a model, as TensorFlow Serving counts them.

    Serving watches the folder and switches to the highest number itself.

    Args:
        folder: `Path` of the folder of versions, which need not exist.

    Returns:
        String, such as "1".
    """
    names = [part.name for part in folder.iterdir()] if folder.is_dir() else []
    return str(1 + max((int(name) for name in names if name.isdecimal()), default=0))


def load(path: Path) -> tuple[Run, dict[str, Any]]:
    """Loads a file of `write`.

    Args:
        path: `Path` of the folder.

    Returns:
        Tuple of a function from an array to a dict of arrays, and the metadata.
    """
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    serve = loaded.signatures["serving_default"]
    (name,) = serve.structured_input_signature[1]

    def run(batch: NDArray[Any], _store_weight: object = loaded) -> dict[str, NDArray[Any]]:
        return {key: value.numpy() for key, value in serve(**{name: tf.constant(batch)}).items()}

    return run, json.loads((path / _EXTRA / METADATA_NAME).read_text())


def _store_weight(variable: keras.Variable, dtype: str) -> list[Tensor]:
    """Makes the variables of one stored weight: its values, and their scale for int8."""
    import tensorflow as tf

    weight = np.asarray(variable)
    stored_dtype = storage_dtype(weight, dtype)
    stored = quantize(weight) if stored_dtype == "int8" else [weight.astype(stored_dtype)]
    return [tf.Variable(part, trainable=False) for part in stored]


def _float32(stored: Sequence[Tensor]) -> Tensor:
    import tensorflow as tf

    values, *scales = stored
    values = tf.cast(values, "float32") if values.dtype in ("float16", "int8") else values + 0
    return values * scales[0] if scales else values
