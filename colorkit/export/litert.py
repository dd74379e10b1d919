"""LiteRT (formerly TensorFlow Lite): one file for phones and embedded devices."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from colorkit.inference.exported_runtime import (
    METADATA_NAME,
    litert_interpreter,
    read_zipped_metadata,
    run_litert,
)

if TYPE_CHECKING:
    from colorkit.export.graph import Graph, Run


def write(graph: Graph, dtype: str, path: Path) -> None:
    """Writes a `.tflite` file with one signature, `serving_default`.

    Args:
        graph: `colorkit.export.graph.Graph`.
        dtype: "float32", "float16" or "int8".
        path: Path of the file.

    Raises:
        ValueError: If LiteRT's converter cannot translate the model.
    """
    import tensorflow as tf
    from tensorflow.lite.python.convert_phase import ConverterError

    spec = tf.TensorSpec(graph.input_shape, graph.input_dtype, graph.input_name)
    # As constants: the converter loses the values of Keras' variables.
    weights = [np.asarray(variable) for variable in graph.model.variables]
    function = graph.with_weights(lambda: [tf.constant(weight) for weight in weights])
    serve = tf.function(function, input_signature=[spec], autograph=False)
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [serve.get_concrete_function()], tf.Module()
    )
    if dtype != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if dtype == "float16":
        converter.target_spec.supported_types = [tf.float16]
    try:
        path.write_bytes(converter.convert())
    except ConverterError as error:
        raise ValueError(
            f"LiteRT's converter cannot translate {graph.model.name!r}: choose another format, "
            f"such as 'onnx'. It says: {str(error).splitlines()[0]}"
        ) from error
    # LiteRT's own convention for files that belong to a model: a zip at the end.
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(METADATA_NAME, json.dumps(graph.metadata, indent=2))


def load(path: Path) -> tuple[Run, dict[str, Any]]:
    """Loads a file of `write`.

    Args:
        path: Path of the file.

    Returns:
        Tuple of a function from an array to a dict of arrays, and the metadata.
    """
    interpreter = litert_interpreter(path)
    return (lambda batch: run_litert(interpreter, batch)), read_zipped_metadata(path)
