"""TensorFlow has few doors, which open late: the rest of colorkit runs on any Keras backend."""

import ast
from pathlib import Path

import colorkit

# What is about TensorFlow's own formats, pipelines and devices.
DOORS = {
    "backend.gradients",
    "backend.jit",
    "backend.replica_loss",
    "backend.replica_random",
    "data.dataset",
    "data.tfrecord_reader",
    "data.tfrecord_writer",
    "export.litert",
    "export.onnx",
    "export.saved_model",
    "inference.exported_runtime",
    "inference.frozen_graph",
    "training.distribution.tensorflow_strategy",
}
FOLDER = Path(colorkit.__file__).parent
FILES = {
    ".".join(path.relative_to(FOLDER).with_suffix("").parts): path
    for path in sorted(FOLDER.rglob("*.py"))
}


def imports_of(node):
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield child.module


def test_only_the_doors_import_tensorflow_and_inside_functions():
    texts = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}
    trees = {name: ast.parse(text) for name, text in texts.items() if "tensorflow" in text}
    importers = {
        name
        for name, tree in trees.items()
        if any(imported.split(".")[0] == "tensorflow" for imported in imports_of(tree))
    }
    assert importers == DOORS
    for name in DOORS:
        for statement in trees[name].body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                assert "tensorflow" not in ast.unparse(statement), name
