"""How far hints reach: things that look like none of them keep their automatic colours."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from colorkit.models.layers.hint_attention import normalize_looks
from colorkit.typing import Shape, Tensor

LEAST_COSINE, FULL_COSINE = -0.3, 0.1
"""Cosine of a cell's features with those of the most similar hint's cell: up to the first no hint
reaches it, from the second one does in full."""


@keras.saving.register_keras_serializable(package="colorkit")
class HintReach(keras.layers.Layer):
    """Finds how far the hints reach: by the cosine with the cell of the most similar hint.

    Always float32, whatever the dtype policy.

    Call arguments:
        inputs: `[hints, features]`: pooled hints of shape `(batch, height, width, 3)`, the last
            channel 1 where a hint is, else 0 (`PoolHints`); and a feature map of shape
            `(batch, height, width, channels)`.

    Returns:
        float32 tensor of shape `(batch, height, width, 1)` in [0, 1]; 0 where there is no hint.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        hints, features = inputs
        batch, height, width, _ = ops.shape(hints)
        looks = ops.reshape(normalize_looks(features), (batch, height * width, features.shape[-1]))
        is_hinted = ops.reshape(hints[..., 2], (batch, 1, height * width))
        cosine = ops.matmul(looks, ops.transpose(looks, (0, 2, 1)))
        nearest = ops.max(ops.where(is_hinted > 0, cosine, -1.0), axis=-1)
        reach = ops.clip((nearest - LEAST_COSINE) / (FULL_COSINE - LEAST_COSINE), 0.0, 1.0)
        return ops.reshape(reach, (batch, height, width, 1))

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        return (*input_shape[0][:-1], 1)


@keras.saving.register_keras_serializable(package="colorkit")
class BlendLogits(keras.layers.Layer):
    """Blends two maps of logits by a weight; the first is unchanged, bit for bit, where it is 0.

    Always float32, whatever the dtype policy.

    Call arguments:
        inputs: `[first, second, weight]`: two tensors of shape `(batch, height, width, channels)`,
            and the second's weight in [0, 1], of shape `(batch, height, width, 1)`.

    Returns:
        float32 tensor of the shape of the first two.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        first, second, weight = inputs
        return first + weight * (second - first)

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        return input_shape[0]


@keras.saving.register_keras_serializable(package="colorkit")
class ChooseLogits(BlendLogits):
    """Selects the second logits for pictures with hints, the first for others.

    In the place of `BlendLogits` in models that were saved before it, which must load.

    Call arguments:
        inputs: `[first, second, hints]`: two tensors of one shape, and the hints of shape
            `(batch, height, width, 3)`.
    """

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        first, second, hints = inputs
        has_hints = ops.max(hints[..., 2:], axis=(1, 2, 3), keepdims=True) > 0
        return super().call([first, second, ops.cast(has_hints, "float32")])
