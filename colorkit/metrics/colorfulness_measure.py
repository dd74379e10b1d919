"""Colourfulness (Hasler and Suesstrunk 2003), and how far it is from the truth's."""

from collections.abc import Callable

import keras
from keras import ops

from colorkit.metrics.inputs import PICTURE_AXES, as_8_bit_range, predicted_rgb
from colorkit.typing import Tensor


def colorfulness(rgb: Tensor) -> Tensor:
    """Computes each picture's colourfulness, M(3) of Hasler and Suesstrunk 2003.

    Args:
        rgb: Tensor or array of shape `(..., H, W, 3)`: uint8 in [0, 255] or float in [0, 1].

    Returns:
        float32 tensor of shape `(...)`: 0 for gray, about 15 "slightly", 45 "quite" and
        82 "highly" colourful in the paper's words.
    """
    return _combine(*_opponents(rgb))


def colorfulness_of_magnitudes(rgb: Tensor) -> Tensor:
    """Computes the colourfulness that tables of colourisers call CF.

    The code behind them (DDColor's `basicsr/metrics/colorfulness.py`) takes the absolute values of
    the two opponent channels before their mean and deviation, which the paper does not. A picture
    with opposite colours, such as red and green, comes out lower than its `colorfulness`.

    Args:
        rgb: Tensor or array of shape `(..., H, W, 3)`: uint8 in [0, 255] or float in [0, 1].

    Returns:
        float32 tensor of shape `(...)`: 0 for gray.
    """
    return _combine(*map(ops.abs, _opponents(rgb)))


@keras.saving.register_keras_serializable(package="colorkit")
class Colorfulness(keras.metrics.Mean):
    """Averages the `colorfulness` of the predicted pictures (not of the true ones).

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    def __init__(self, name: str = "colorfulness", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        super().update_state(colorfulness(predicted_rgb(y_true, y_pred)), sample_weight)


@keras.saving.register_keras_serializable(package="colorkit")
class ColorfulnessBias(keras.metrics.Mean):
    """The mean `colorfulness` of the predicted pictures less that of the true ones.

    Tables print it without its sign, as the difference of means: 0 where dull pictures make up for
    garish ones.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    def __init__(self, name: str = "colorfulness_bias", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        super().update_state(_excess(y_true, y_pred), sample_weight)


@keras.saving.register_keras_serializable(package="colorkit")
class ColorfulnessError(keras.metrics.Mean):
    """The mean absolute difference of `colorfulness` between predicted and true pictures.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    _direction = "down"  # by which Keras knows in callbacks what is better

    def __init__(self, name: str = "colorfulness_error", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        super().update_state(ops.abs(_excess(y_true, y_pred)), sample_weight)


def _excess(y_true: Tensor, y_pred: Tensor) -> Tensor:
    return colorfulness(predicted_rgb(y_true, y_pred)) - colorfulness(y_true)


def _opponents(rgb: Tensor) -> tuple[Tensor, Tensor]:
    rgb = as_8_bit_range(rgb)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    return red - green, 0.5 * (red + green) - blue


def _combine(red_green: Tensor, yellow_blue: Tensor) -> Tensor:
    def length(statistic: Callable[..., Tensor]) -> Tensor:
        return ops.sqrt(
            ops.square(statistic(red_green, axis=PICTURE_AXES))
            + ops.square(statistic(yellow_blue, axis=PICTURE_AXES))
        )

    return length(ops.std) + 0.3 * length(ops.mean)
