"""ONNX: one file, run by ONNX Runtime and many others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorkit.export.weight_quantization import quantize, storage_dtype
from colorkit.inference.exported_runtime import METADATA_NAME
from colorkit.models.spec import HINT_CHANNELS

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    from colorkit.export.graph import Graph, Run

OPSET = 17
"""ONNX opset, supported by ONNX Runtime 1.13 (2022) and later."""


def write(graph: Graph, dtype: str, path: Path) -> None:
    """Writes a `.onnx` file.

    Args:
        graph: `colorkit.export.graph.Graph`.
        dtype: "float32", "float16" or "int8".
        path: Path of the file.

    Raises:
        ImportError: If tf2onnx is not installed.
    """
    try:
        import onnx
        import tf2onnx.convert
    except ImportError as error:
        raise ImportError(
            "Export to ONNX needs tf2onnx; install it with pip install onnx onnxruntime tf2onnx."
        ) from error
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    signature = [tf.TensorSpec(graph.input_shape, graph.input_dtype, graph.input_name)]
    if graph.takes_hints:
        shape = (*graph.input_shape[:-1], HINT_CHANNELS)
        signature.append(tf.TensorSpec(shape, "float32", "hints"))
    function = tf.function(graph.function, input_signature=signature, autograph=False)
    concrete = function.get_concrete_function()
    # Frozen here, since tf2onnx turns constants of layers such as Normalization into inputs.
    frozen = convert_variables_to_constants_v2(concrete)
    arguments = {
        tensor.name: spec.name for tensor, spec in zip(frozen.inputs, signature, strict=True)
    }
    names = sorted(concrete.structured_outputs)  # as TensorFlow flattens a dict
    results = {tensor.name: name for name, tensor in zip(names, frozen.outputs, strict=True)}
    proto, _ = tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(),
        input_names=list(arguments),
        output_names=list(results),
        tensors_to_rename={**arguments, **results},
        opset=OPSET,
    )
    _put_softmax_last(proto.graph)
    if dtype != "float32":
        _quantize_weights(proto.graph, dtype)
    onnx.helper.set_model_props(proto, {METADATA_NAME: json.dumps(graph.metadata)})
    proto.producer_name = "colorkit"
    onnx.checker.check_model(proto)
    onnx.save(proto, path)


def load(path: Path) -> tuple[Run, dict[str, Any]]:
    """Loads a file of `write`.

    Args:
        path: Path of the file.

    Returns:
        Tuple of a function from the inputs' arrays to a dict of arrays, and the metadata.

    Raises:
        ImportError: If ONNX Runtime is not installed.
    """
    from colorkit.inference.exported_runtime import open_onnx

    session, metadata = open_onnx(path)
    names = [output.name for output in session.get_outputs()]
    arguments = [argument.name for argument in session.get_inputs()]

    def run(*inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        answers = session.run(names, dict(zip(arguments, inputs, strict=True)))
        return dict(zip(names, answers, strict=True))

    return run, metadata


def _put_softmax_last(graph: onnx.GraphProto) -> None:
    """Has each Softmax run along the last axis, where ONNX Runtime is much quicker.

    tf2onnx leaves the channels first as long as it can, so that a transposition follows each: the
    two change places.
    """
    from onnx import helper

    results = {output.name for output in graph.output}
    for softmax in [node for node in graph.node if node.op_type == "Softmax"]:
        readers = [node for node in graph.node if softmax.output[0] in node.input]
        transposes = [node for node in readers if node.op_type == "Transpose"]
        shapes = [node for node in readers if node.op_type == "Shape"]
        has_others = softmax.output[0] in results or 1 + len(shapes) < len(readers)
        if len(transposes) != 1 or has_others:
            continue
        (transpose,) = transposes
        permutation = helper.get_node_attr_value(transpose, "perm")
        axis = permutation.index(helper.get_node_attr_value(softmax, "axis") % len(permutation))
        for shape in shapes:
            shape.input[0] = softmax.input[0]
        inner, outer = (list(node.output) for node in (softmax, transpose))
        names = softmax.name, transpose.name
        softmax.CopyFrom(
            helper.make_node("Transpose", softmax.input, inner, names[1], perm=permutation)
        )
        transpose.CopyFrom(helper.make_node("Softmax", inner, outer, names[0], axis=axis))


def _quantize_weights(graph: onnx.GraphProto, dtype: str) -> None:
    """Quantizes the large weights, and inserts the operations that dequantize them.

    ONNX Runtime folds these once, when it loads the file.
    """
    from onnx import TensorProto, helper, numpy_helper

    convolved = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    restoring = []
    for weight in list(graph.initializer):
        values = numpy_helper.to_array(weight)
        stored_dtype = storage_dtype(values, dtype)
        if stored_dtype not in ("float16", "int8"):
            continue
        if stored_dtype == "float16":
            stored, scale = values.astype("float16"), None
        else:
            stored, scale = quantize(values, axis=0 if weight.name in convolved else -1)
        graph.initializer.remove(weight)
        graph.initializer.append(numpy_helper.from_array(stored, f"{weight.name}/stored"))
        whole = weight.name if scale is None else f"{weight.name}/whole"
        restoring.append(
            helper.make_node("Cast", [f"{weight.name}/stored"], [whole], to=TensorProto.FLOAT)
        )
        if scale is not None:
            graph.initializer.append(numpy_helper.from_array(scale, f"{weight.name}/scale"))
            restoring.append(
                helper.make_node("Mul", [whole, f"{weight.name}/scale"], [weight.name])
            )
    nodes = [*restoring, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
