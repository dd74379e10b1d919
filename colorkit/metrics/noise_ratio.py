"""PSNR: the error of a picture relative to the range of its pixels."""

import keras
from keras import ops

from colorkit.metrics.inputs import PICTURE_AXES, as_8_bit_range, check_same_shape, predicted_rgb
from colorkit.typing import Tensor

MAX_PSNR = 100.0
"""The PSNR, in dB, of equal pictures, which would be infinite and make every mean infinite."""


def psnr(rgb_true: Tensor, rgb_pred: Tensor) -> Tensor:
    """Computes each picture's peak signal-to-noise ratio over its three RGB channels.

    Args:
        rgb_true: Tensor or array of shape `(..., H, W, 3)`: uint8 in [0, 255] or float in [0, 1].
        rgb_pred: The same, of the same shape; its dtype may differ.

    Returns:
        float32 tensor of shape `(...)`: dB, at most `MAX_PSNR`.

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> decibels = colorkit.metrics.psnr(photo, np.clip(photo, 16, 235))  # uint8 pictures
    """
    rgb_true, rgb_pred = as_8_bit_range(rgb_true), as_8_bit_range(rgb_pred)
    check_same_shape("rgb_true", rgb_true, "rgb_pred", rgb_pred)
    mse = ops.mean(ops.square(rgb_true - rgb_pred), axis=(-3, *PICTURE_AXES))
    floor = 255.0**2 / 10.0 ** (MAX_PSNR / 10.0)
    return 10.0 * ops.log10(255.0**2 / ops.maximum(mse, floor))


@keras.saving.register_keras_serializable(package="colorkit")
class Psnr(keras.metrics.Mean):
    """Averages `psnr` over pictures, in dB.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.

    Example:
        >>> model = colorkit.build_vgg_model(image_size=64, weights=None)
        >>> model.compile("adam", colorkit.losses.ChromaMSE(), metrics=[colorkit.metrics.Psnr()])
    """

    _direction = "up"  # by which Keras knows in callbacks what is better

    def __init__(self, name: str = "psnr", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        super().update_state(psnr(y_true, predicted_rgb(y_true, y_pred)), sample_weight)
