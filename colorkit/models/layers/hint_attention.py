"""Attention by which cells take the colours of hints that lie on the same thing."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from colorkit.typing import Shape, Tensor

_EPSILON = 1e-6
_SHARPNESS = 10.0  # initial factor of the cosine
_NO_HINT = 2.0  # initial logit of taking no hint's colour: that of a cosine of 0.2


@keras.saving.register_keras_serializable(package="colorkit")
class HintAttention(keras.layers.Layer):
    """Gives each cell the colours of the hints whose cells look like it (Vaswani et al. 2017).

    A convolution without colour reaches as far as its kernel, over whatever lies there; a hint
    belongs to an object. Queries and keys are the same projection of the picture's features,
    centred over the picture and normalised, so that they are compared by their cosine; their
    distance counts against them. Beside the hints each cell can choose none.

    Always float32, whatever the dtype policy.

    Args:
        filters: Int, channels of the projection.
        **kwargs: Base layer keyword arguments, such as `name`; a `dtype` among them is ignored.

    Call arguments:
        inputs: `[hints, *features]`: pooled hints of shape `(batch, height, width, 3)`, two of
            colour and 1 where a hint is, else 0 (`PoolHints`); and feature maps of shape
            `(batch, height, width, channels)`.

    Returns:
        float32 tensor of shape `(batch, height, width, 3)`: the mean colour of the hints by their
        weights, and the sum of these weights in [0, 1]; 0 where there is no hint.
    """

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.filters = filters

    def build(self, input_shape: Sequence[Shape]) -> None:
        channels = sum(shape[-1] or 0 for shape in input_shape[1:])
        self.kernel = self.add_weight(name="kernel", shape=(channels, self.filters))
        initial = {"sharpness": _SHARPNESS, "distance": 1.0, "no_hint": _NO_HINT}
        self.sharpness, self.distance, self.no_hint = (
            self.add_weight(name=name, shape=(), initializer=keras.initializers.Constant(value))
            for name, value in initial.items()
        )

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        hints, *features = inputs
        batch, height, width, _ = ops.shape(hints)
        looks = ops.concatenate([normalize_looks(each) for each in features], axis=-1)
        looks = _normalize(ops.matmul(looks, self.kernel))
        looks = ops.reshape(looks, (batch, height * width, self.filters))
        hints = ops.reshape(hints, (batch, height * width, 3))
        is_hint = hints[:, None, :, 2]
        no_hint = ops.convert_to_tensor(self.no_hint)
        logits = self.sharpness * ops.matmul(looks, ops.transpose(looks, (0, 2, 1)))
        logits -= self.distance * _squared_distances(height, width)
        logits = ops.where(is_hint > 0, logits, no_hint)
        # The largest is subtracted, as softmax does, and "no hint" is one more choice.
        largest = ops.maximum(ops.max(logits, axis=-1, keepdims=True), no_hint)
        weights = ops.exp(logits - largest) * is_hint
        total = ops.sum(weights, axis=-1, keepdims=True) + ops.exp(no_hint - largest)
        return ops.reshape(ops.matmul(weights / total, hints), (batch, height, width, 3))

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters}


def normalize_looks(features: Tensor) -> Tensor:
    """Centres features over each picture and normalises them, for comparison by their cosine.

    Args:
        features: float32 tensor of shape `(batch, height, width, channels)`.

    Returns:
        float32 tensor of its shape.
    """
    return _normalize(features - ops.mean(features, axis=(1, 2), keepdims=True))


def _normalize(features: Tensor) -> Tensor:
    squares = ops.sum(ops.square(features), axis=-1, keepdims=True)
    return features * ops.rsqrt(squares + _EPSILON)


def _squared_distances(height: Tensor | int, width: Tensor | int) -> Tensor:
    """Returns the squared distances of all cells from each other; 16 cells are 1."""
    rows = ops.cast(ops.arange(height), "float32") / 16.0
    columns = ops.cast(ops.arange(width), "float32") / 16.0
    places = ops.stack(ops.meshgrid(rows, columns, indexing="ij"), axis=-1)
    places = ops.reshape(places, (-1, 2))
    return ops.sum(ops.square(places[:, None] - places[None]), axis=-1)
