"""Runs Keras models, from lightness to a and b, fast on pictures of many shapes."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.backend.precision import with_precision
from colorkit.color.lab import AB_SCALE, rgb_to_lab
from colorkit.inference.fork_check import check_fork, mark_used
from colorkit.inference.frozen_graph import WeightWatch, freeze
from colorkit.inference.pictures import finite_ab
from colorkit.models.contract import model_spec
from colorkit.models.layers.annealed_mean import styles_of, with_style
from colorkit.models.layers.common import BilinearUpSampling2D
from colorkit.models.layers.palette import with_palette
from colorkit.models.spec import HINT_CHANNELS
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.inference.control.palettes import Palette


class KerasRuntime:
    """Runs any model that meets `colorkit.models.contract`, and returns CIE a and b.

    On TensorFlow's CPU it runs a frozen copy, which is rebuilt when the model's weights have
    changed. Elsewhere Keras compiles the model for each height and width, and a copy in another
    precision or style keeps the weights that it was made with.

    Args:
        model: The `keras.Model`.
        precision: `"auto"`, `"float32"` or `"mixed_bfloat16"`, see `with_precision`.
        style: A key of `colorkit.models.layers.annealed_mean.STYLES`, or `None` for the model's
            own.
        palette: `Palette` that pictures tend to, or `None`.

    Attributes:
        model: `model`, as it was given.
        name: Its name.
        spec: The model's `ModelSpec`.
        styles: Tuple of the names of the styles that it can colour in.
        stride: Int, input pixels per output pixel. It is above 1 where the model ends by
            upsampling its colour: that step is replaced by `inference.chroma_upsampling`, which
            follows the picture's edges.
        weights_suffix: String, suffix of the files of shipped weights that Keras reads.
    """

    weights_suffix = ".weights.h5"

    def __init__(
        self,
        model: keras.Model,
        precision: str = "auto",
        style: str | None = None,
        palette: Palette | None = None,
    ) -> None:
        mark_used()
        self.model = model
        self.name = model.name
        self.spec = model_spec(model)
        self.styles = styles_of(model)
        self._choices = style, precision, palette
        self._lock = threading.Lock()
        self._prepare()

    def predict(
        self, lightness: NDArray[np.float32], hints: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Predicts the colour of a stack of pictures.

        Args:
            lightness: float32 array of shape `(B, H, W)` in [0, 100], H and W as `spec` says.
            hints: If `spec.takes_hints`: float32 array of shape
                `(B, H, W, 3)`, a / 128, b / 128, and 1 where a colour is given, else 0. `None` for
                no hints.

        Returns:
            float32 array of shape `(B, H / stride, W / stride, 2)`: CIE a and b.

        Raises:
            ValueError: If the output has NaN or infinity.
            RuntimeError: If Keras cannot run in this process, see `check_fork`.
        """
        check_fork()
        inputs = [lightness[..., None]]
        if self.spec.takes_hints:
            no_hints = np.zeros((*lightness.shape, HINT_CHANNELS), "float32")
            inputs.append(no_hints if hints is None else hints)
        output = self._runner()(*inputs)
        if self.spec.output == "rgb":
            output = keras.ops.convert_to_numpy(rgb_to_lab(output)[..., 1:] / AB_SCALE)
        return finite_ab(output, self.name)

    def _prepare(self) -> None:
        style, precision, palette = self._choices
        self._watch: WeightWatch | None = None
        with contextlib.suppress(ValueError):
            self._watch = WeightWatch(self.model)
        copy = with_style(self.model, style)
        if palette is not None:
            copy = with_palette(copy, palette.histogram, palette.strength)
        copy = with_precision(copy, precision)
        self._copy, self.stride = without_last_enlargement(copy)
        self._run: Callable[..., Tensor] | None = None

    def _runner(self) -> Callable[..., Tensor]:
        """Returns the function that runs the model with its current weights."""
        with self._lock:
            if self._watch is not None and self._watch.is_outdated():
                self._prepare()
            if self._run is None:
                self._run = self._freeze() or _CompiledByShape(self._copy)
                self._copy = None  # a copy of the model, in other precision
            return self._run

    def _freeze(self) -> Callable[..., NDArray[np.float32]] | None:
        """Returns a frozen copy, or `None` where it is useless or impossible."""
        if keras.backend.backend() != "tensorflow" or self._watch is None:
            return None
        try:
            return freeze(self._copy, self.spec.image_size)
        except (TypeError, ValueError):  # a layer such as bilinear `UpSampling2D` needs the size
            return None


class _CompiledByShape:
    """Runs a model by one compiled function for each height and width.

    By default, Keras on TensorFlow retraces its function for unknown sizes at the second shape,
    which `UpSampling2D` does not support; calling the model uncompiled takes about twice as long.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._functions: dict[tuple[int, ...], Any] = {}
        self._lock = threading.Lock()

    def __call__(self, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        shape = inputs[0].shape[1:3]
        with self._lock, _without_retracing_advice():
            self._model.predict_function = self._functions.get(shape)
            output = self._model.predict_on_batch(inputs[0] if len(inputs) == 1 else list(inputs))
            self._functions[shape] = self._model.predict_function
            self._model.predict_function = None
        return output


def without_last_enlargement(model: keras.Model) -> tuple[keras.Model, int]:
    """Removes the upsampling layers at a model's end.

    Args:
        model: A `keras.Model`.

    Returns:
        Tuple of a `keras.Model`, the rest, and the upsampling factor of those layers.
    """
    output: Tensor = model.outputs[0]
    stride = 1
    for layer in reversed(model.layers):
        if not isinstance(layer, (keras.layers.UpSampling2D, BilinearUpSampling2D)):
            break
        output = layer.input
        stride *= layer.compute_output_shape((1, 1, 1, 2))[1] or 1
    if stride == 1:
        return model, 1
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]  # Sequential has no `input`
    return keras.Model(inputs, output, name=model.name), stride


@contextlib.contextmanager
def _without_retracing_advice() -> Iterator[None]:
    """Silences TensorFlow's log line on functions that are compiled for several shapes."""
    logger = logging.getLogger("tensorflow")

    def is_other(record: logging.LogRecord) -> bool:
        return "tf.function retracing" not in record.getMessage()

    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)
