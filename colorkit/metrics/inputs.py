"""Conversions of the metrics' inputs to a common form.

In the `keras.metrics.Metric` classes `y_true` is the RGB batch `(B, H, W, 3)`, uint8 in [0, 255] or
float in [0, 1]; `y_pred` is a model's output: ab / 128 `(B, H, W, 2)`, or RGB in [0, 1]
`(B, H, W, 3)`. Lightness is the truth's own, so only the colour is judged (an RGB prediction is
used unchanged).
"""

import keras
from keras import ops

from colorkit.color.lab import AB_SCALE, lab_to_rgb, rgb_to_lab
from colorkit.typing import Tensor

PICTURE_AXES = (-2, -1)
"""Height and width, once the channels are gone."""


def predicted_rgb(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Returns the predicted picture: float32 RGB of shape `(B, H, W, 3)` in [0, 1]."""
    y_pred = as_float(y_pred)
    return y_pred if y_pred.shape[-1] == 3 else lab_to_rgb(predicted_lab(y_true, y_pred))


def predicted_lab(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Returns the predicted picture: float32 Lab of shape `(B, H, W, 3)`."""
    y_pred = as_float(y_pred)
    if y_pred.shape[-1] == 3:
        return rgb_to_lab(y_pred)
    return ops.concatenate([rgb_to_lab(y_true)[..., :1], predicted_ab(y_pred)], axis=-1)


def predicted_ab(y_pred: Tensor) -> Tensor:
    """Returns the predicted a and b: float32 of shape `(B, H, W, 2)` in Lab units.

    Raises:
        ValueError: If `y_pred` has neither 2 nor 3 channels.
    """
    y_pred = as_float(y_pred)
    channels = y_pred.shape[-1]
    if channels == 3:
        return rgb_to_lab(y_pred)[..., 1:]
    if channels == 2:
        return y_pred * AB_SCALE
    raise ValueError(
        "`y_pred` must have 2 channels (ab / 128) or 3 (RGB in [0, 1]). "
        f"Received: shape {tuple(y_pred.shape)}"
    )


def as_float(values: Tensor) -> Tensor:
    """Returns a float32 tensor of the values."""
    return ops.cast(ops.convert_to_tensor(values), "float32")


def as_8_bit_range(rgb: Tensor) -> Tensor:
    """Returns RGB, uint8 or float in [0, 1], as a float32 tensor in [0, 255]."""
    rgb = ops.convert_to_tensor(rgb)
    is_8_bit = keras.backend.standardize_dtype(rgb.dtype) == "uint8"
    return as_float(rgb) * (1.0 if is_8_bit else 255.0)


def check_same_shape(name: str, values: Tensor, other_name: str, others: Tensor) -> None:
    """Checks that two tensors have the same shape, as far as it is known.

    Raises:
        ValueError: If they differ; the message gives both names and shapes.
    """
    shape, other_shape = tuple(values.shape), tuple(others.shape)
    if len(shape) != len(other_shape) or any(
        None not in sizes and sizes[0] != sizes[1]  # a traced batch has None for unknown sizes
        for sizes in zip(shape, other_shape, strict=True)
    ):
        raise ValueError(
            f"`{name}` and `{other_name}` must have the same shape. "
            f"Received: {shape} and {other_shape}"
        )
