"""CIEDE2000: how different two colours look."""

import math

import keras
from keras import ops

from colorkit.color.lab import rgb_to_lab
from colorkit.metrics.inputs import PICTURE_AXES, as_float, check_same_shape, predicted_lab
from colorkit.typing import Tensor

_FULL_TURN = 2.0 * math.pi


def ciede2000(lab_true: Tensor, lab_pred: Tensor) -> Tensor:
    """Computes each pixel's CIEDE2000 colour difference (CIE 142-2001), all weights k being 1.

    As in Sharma, Wu and Dalal 2005, whose equations the comments number. A difference of about 1
    is just noticeable.

    Args:
        lab_true: Float tensor or array of shape `(..., 3)`: L in [0, 100], a and b in Lab units.
        lab_pred: The same, of the same shape.

    Returns:
        float32 tensor of shape `(...)`: 0 for equal colours, 100 between black and white.

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> result = np.clip(photo, 16, 235)
        >>> labs = colorkit.rgb_to_lab(photo), colorkit.rgb_to_lab(result)
        >>> pixels = colorkit.metrics.ciede2000(*labs)  # (H, W)
        >>> mean = keras.ops.mean(pixels)  # the value in evaluations
    """
    lab_true, lab_pred = as_float(lab_true), as_float(lab_pred)
    check_same_shape("lab_true", lab_true, "lab_pred", lab_pred)
    (l1, a1, b1), (l2, a2, b2) = _channels(lab_true), _channels(lab_pred)
    chroma = 0.5 * (_length(a1, b1) + _length(a2, b2))
    stretch = 1.5 - 0.5 * _saturating_root(chroma)  # 1 + G, (4)
    a1, a2 = stretch * a1, stretch * a2  # (5)
    c1, c2 = _length(a1, b1), _length(a2, b2)  # (6)
    # The angle from the first colour to the second, in [-pi, pi]; 0 where one of them is gray (10)
    hue_step = ops.arctan2(a1 * b2 - b1 * a2, a1 * a2 + b1 * b2)
    d_lightness, d_chroma = l2 - l1, c2 - c1  # (8), (9)
    d_hue = 2.0 * ops.sqrt(c1 * c2) * ops.sin(0.5 * hue_step)  # (11)

    lightness, chroma = 0.5 * (l1 + l2), 0.5 * (c1 + c2)  # (12), (13)
    hue = ops.mod(ops.arctan2(b1, a1) + 0.5 * hue_step, _FULL_TURN)  # (14)
    t = (
        1.0
        - 0.17 * ops.cos(hue - math.radians(30.0))
        + 0.24 * ops.cos(2.0 * hue)
        + 0.32 * ops.cos(3.0 * hue + math.radians(6.0))
        - 0.20 * ops.cos(4.0 * hue - math.radians(63.0))
    )  # (15)
    off_middle = ops.square(lightness - 50.0)
    lightness_scale = 1.0 + 0.015 * off_middle / ops.sqrt(20.0 + off_middle)  # (18)
    chroma_scale = 1.0 + 0.045 * chroma  # (19)
    hue_scale = 1.0 + 0.015 * chroma * t  # (20)
    blueness = ops.exp(-ops.square((hue - math.radians(275.0)) / math.radians(25.0)))
    turn = -ops.sin(math.radians(60.0) * blueness) * 2.0 * _saturating_root(chroma)  # (16), (17)
    d_chroma, d_hue = d_chroma / chroma_scale, d_hue / hue_scale
    squared = (
        ops.square(d_lightness / lightness_scale)
        + ops.square(d_chroma)
        + ops.square(d_hue)
        + turn * d_chroma * d_hue
    )
    return ops.sqrt(ops.maximum(squared, 0.0))  # (22)


@keras.saving.register_keras_serializable(package="colorkit")
class Ciede2000(keras.metrics.Mean):
    """Averages `ciede2000` over the pixels of each picture, and that over pictures.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    _direction = "down"  # by which Keras knows in callbacks what is better

    def __init__(self, name: str = "ciede2000", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        of_pixels = ciede2000(rgb_to_lab(y_true), predicted_lab(y_true, y_pred))
        super().update_state(ops.mean(of_pixels, axis=PICTURE_AXES), sample_weight)


def _channels(lab: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return lab[..., 0], lab[..., 1], lab[..., 2]


def _length(a: Tensor, b: Tensor) -> Tensor:
    return ops.sqrt(ops.square(a) + ops.square(b))


def _saturating_root(chroma: Tensor) -> Tensor:
    """From 0 for gray to 1 for strong colours, half-way at a chroma of about 23."""
    power = (chroma / 25.0) ** 7
    return ops.sqrt(power / (power + 1.0))
