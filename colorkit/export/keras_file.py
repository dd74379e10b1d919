"""Keras' own format, with metadata inside."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from numpy.typing import NDArray

from colorkit.color.lab import AB_SCALE, rgb_to_lab
from colorkit.inference.exported_runtime import METADATA_NAME, read_zipped_metadata
from colorkit.models.contract import model_spec
from colorkit.models.half_weights import halve_weights

if TYPE_CHECKING:
    from colorkit.export.graph import Graph, Run

_WEIGHTS = "model.weights.h5"  # their name in Keras' archive


def write(graph: Graph, dtype: str, path: Path) -> None:
    """Writes a `.keras` file.

    Args:
        graph: `colorkit.export.graph.Graph`, of which the model is saved.
        dtype: "float32" or "float16", dtype of the stored weights; Keras loads both as float32.
        path: Path of the file.
    """
    graph.model.save(path)
    if dtype == "float16":
        _halve(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(METADATA_NAME, json.dumps(graph.metadata, indent=2))


def load(path: Path) -> tuple[Run, dict[str, Any]]:
    """Loads a file of `write`.

    Args:
        path: Path of the file.

    Returns:
        Tuple of a function from an array to a dict of arrays, and the metadata.
    """
    model = keras.saving.load_model(path, compile=False, safe_mode=True)

    def run(batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        prediction = model(batch, training=False)
        if model_spec(model).output == "rgb":
            prediction = rgb_to_lab(prediction)[..., 1:] / AB_SCALE
        return {"ab": keras.ops.convert_to_numpy(prediction)}

    return run, read_zipped_metadata(path)


def _halve(path: Path) -> None:
    """Rewrites the weights inside a `.keras` file in float16."""
    weights, whole = path.with_name(f"{path.name}.h5"), path.with_name(f"{path.name}.whole")
    try:
        path.replace(whole)
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
            for name in source.namelist():
                if name != _WEIGHTS:
                    target.writestr(name, source.read(name))
                    continue
                with source.open(name) as stored, weights.open("wb") as copy:
                    shutil.copyfileobj(stored, copy)
                halve_weights(weights)
                target.write(weights, name)
    finally:
        whole.unlink(missing_ok=True)
        weights.unlink(missing_ok=True)
