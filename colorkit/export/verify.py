"""Verifies an export against Keras on photographs."""

from __future__ import annotations

import dataclasses
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.color.lab import AB_SCALE, rgb_to_lab
from colorkit.inference.colorizer import Colorizer
from colorkit.inference.exported_runtime import coarse_ab_name
from colorkit.inference.hints import PATCH
from colorkit.inference.keras_runtime import without_last_enlargement
from colorkit.inference.letterbox import fill_letterbox, letterbox_picture
from colorkit.inference.lightness import lightness_of
from colorkit.io.read import read_photo
from colorkit.io.sample_photos import SAMPLE_PHOTOS
from colorkit.models.contract import model_spec
from colorkit.models.layers.annealed_mean import styles_of, with_style
from colorkit.models.spec import HINT_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from colorkit.export.graph import Graph, Run
    from colorkit.typing import Tensor

    Comparison = Callable[[NDArray[Any]], float]


def largest_difference(run: Run, graph: Graph, size: int) -> float:
    """Runs an export and its model on scikit-image's photographs.

    Args:
        run: Function from the inputs' arrays to a dict of arrays: the export in its own runtime.
        graph: The `colorkit.export.graph.Graph` that was exported.
        size: Int, pixels of the shorter side as the model sees it.

    Returns:
        Float, the largest absolute difference: in ab / 128, of RGB in [0, 1], or in the unit of the
        model's own output. NaN if an output has one.
    """
    compare = _COMPARISONS[graph.metadata["signature"]](run, graph, size)
    shipped = Path(str(resources.files("skimage"))) / "data"
    photos = (read_photo(shipped / name).pixels for name in SAMPLE_PHOTOS)
    return float(np.max([compare(photo) for photo in photos]))


def _view_of(graph: Graph, photo: NDArray[Any], size: int) -> NDArray[np.float32]:
    """Returns the lightness of a photograph as the model sees it: `(1, h, w, 1)` in [0, 100]."""
    image_size = graph.metadata["image_size"]
    spec = dataclasses.replace(model_spec(graph.model), image_size=image_size and tuple(image_size))
    letterbox = letterbox_picture(photo.shape[:2], spec, size)
    return fill_letterbox(lightness_of(photo), letterbox)[None, ..., None]


def _compare_answers(run: Run, graph: Graph, size: int) -> Comparison:
    def difference(photo: NDArray[Any]) -> float:
        view = _view_of(graph, photo, size)
        expected = keras.ops.convert_to_numpy(graph.model(view, training=False))
        (output,) = run(view).values()
        return np.abs(output - expected).max()

    return difference


def _compare_ab(run: Run, graph: Graph, size: int) -> Comparison:
    model = graph.model
    models = {"ab": model} | {
        coarse_ab_name(style): without_last_enlargement(with_style(model, style))[0]
        for style in (None, *styles_of(model))
    }
    # They share layers, which one model computes once.
    joined = keras.Model(model.inputs, [each.outputs[0] for each in models.values()])

    def difference(photo: NDArray[Any]) -> float:
        view = _view_of(graph, photo, size)
        differences = []
        for inputs in _with_hints(view) if graph.takes_hints else [[view]]:
            expected = dict(zip(models, map(_ab_of, joined(inputs, training=False)), strict=True))
            for name, prediction in run(*inputs).items():
                differences.append(np.abs(prediction - expected[name]).max())
        return np.max(differences)  # which passes NaN on

    return difference


def _with_hints(view: NDArray[np.float32]) -> list[list[NDArray[np.float32]]]:
    """Returns the inputs of a picture without hints, and of the same with a red one amid it."""
    without = np.zeros((*view.shape[:-1], HINT_CHANNELS), "float32")
    drawn = without.copy()
    row, column = (side // 2 for side in view.shape[1:3])
    drawn[:, row : row + PATCH, column : column + PATCH] = (0.4, 0.2, 1.0)
    return [[view, without], [view, drawn]]


def _ab_of(prediction: Tensor) -> NDArray[np.float32]:
    """Returns ab / 128 in [-1, 1] of what Keras predicts."""
    if prediction.shape[-1] == 3:
        prediction = rgb_to_lab(prediction)[..., 1:] / AB_SCALE
    return np.clip(keras.ops.convert_to_numpy(prediction), -1.0, 1.0)


def _compare_pictures(run: Run, graph: Graph, size: int) -> Comparison:
    shorter_side = size if model_spec(graph.model).image_size is None else None
    colorizer = Colorizer(graph.model, size=shorter_side, precision="float32")

    def difference(photo: NDArray[Any]) -> float:
        expected = colorizer.colorize(photo)
        photo = photo if photo.ndim == 3 else photo[..., None]
        return int(np.abs(run(photo[None])["colored"][0].astype(int) - expected).max()) / 255

    return difference


_COMPARISONS = {
    "ab": _compare_ab,
    "picture": _compare_pictures,
    "network": _compare_answers,
}
"""By signature, functions that return one from a photograph to the largest difference."""
