"""What the default model knows of a picture beside its colour: features, and a distribution."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from colorkit.inference.fork_check import check_fork

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from colorkit.inference.pictures import PreparedPicture

FEATURES = ("features8", "features16")
"""Layers whose maps are compared, at 1/8 and 1/16 of the input."""

CELL = 8
"""Pixels of the model's input on the side of a cell of the first."""

LOGITS = "bin_logits"
LOGITS_STRIDE = 4
"""The layer with the logits of the bins, and pixels of the model's input for one of them."""


class Insight(NamedTuple):
    """What the model knows of a view.

    Attributes:
        features: List of float32 arrays of shape `(h / 8, w / 8, channels)` and
            `(h / 16, w / 16, channels)`.
        logits: float32 array of shape `(h / 4, w / 4, 313)`: of the bins of `color.ab_bins`.
    """

    features: list[NDArray[np.float32]]
    logits: NDArray[np.float32]


class InsightRuntime:
    """Reads features and distributions out of a model, with the weights that it has at first use.

    Args:
        model: `keras.Model` with the layers of colorkit_base.

    Raises:
        ValueError: If it has them not, or is `None`, for a model that another runtime runs.
    """

    def __init__(self, model: keras.Model | None) -> None:
        if model is None or not has_insight(model):
            raise ValueError(
                "References and variants are made of what the default model sees, run by Keras: "
                "leave them out, or take that model. Received: "
                f"{'an exported model' if model is None else repr(model.name)}"
            )
        self._model = model
        self._run: Callable[[NDArray[np.float32]], list[NDArray[np.float32]]] | None = None
        self._lock = threading.Lock()

    def look(self, view: NDArray[np.float32]) -> Insight:
        """Runs the model on one view.

        Args:
            view: float32 array of shape `(h, w)` in [0, 100], multiples of 32.

        Returns:
            An `Insight`.
        """
        check_fork()
        with self._lock:
            if self._run is None:
                self._run = _runner(self._model)
        *features, logits = (each[0] for each in self._run(view[None, ..., None]))
        return Insight(features, logits)


def read_logits(insight: InsightRuntime, picture: PreparedPicture) -> NDArray[np.float32]:
    """Returns the logits of a whole picture, `(h / 4, w / 4, 313)` of its size in the input."""
    looked = [insight.look(view).logits for view in picture.tiles.cut(picture.view)]
    height, width = (side // LOGITS_STRIDE for side in picture.input_size)
    return picture.tiles.blend(looked, LOGITS_STRIDE)[:height, :width]


def has_insight(model: keras.Model | None) -> bool:
    """Tells whether a model has the layers that an `InsightRuntime` reads."""
    names = set() if model is None else {layer.name for layer in model.layers}
    return names.issuperset((*FEATURES, LOGITS))


def _runner(model: keras.Model) -> Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]:
    import keras  # Masks are for exported models too, which run without it.

    outputs = [model.get_layer(name).output for name in (*FEATURES, LOGITS)]
    lightness = model.inputs[0]
    part = keras.Model(lightness, outputs)
    if keras.backend.backend() != "tensorflow":
        return lambda views: [np.asarray(each) for each in part.predict_on_batch(views)]
    from colorkit.inference.frozen_graph import freeze

    return freeze(part)
