"""SSIM: structural similarity of two pictures (Wang et al. 2004)."""

import keras
import numpy as np
from keras import ops

from colorkit.metrics.inputs import as_8_bit_range, check_same_shape, predicted_rgb
from colorkit.typing import Tensor

SSIM_WINDOW = 11
"""Side of SSIM's window, in pixels; pictures must not be smaller."""

_SIGMA = 1.5  # of the window's Gaussian, in pixels
_C1, _C2 = (0.01 * 255.0) ** 2, (0.03 * 255.0) ** 2  # K1 and K2 times the range, squared
_STATISTICS = 4  # two means, a mean of squares, a mean of products


def ssim(rgb_true: Tensor, rgb_pred: Tensor) -> Tensor:
    """Computes each picture's structural similarity, the mean over its three RGB channels.

    With the settings of Wang, Bovik, Sheikh and Simoncelli 2004: a Gaussian window of 11 x 11
    pixels and sigma 1.5, K1 = 0.01, K2 = 0.03, population covariance, and only windows that lie
    inside the picture. `skimage.metrics.structural_similarity(..., gaussian_weights=True,
    sigma=1.5, use_sample_covariance=False, data_range=255, channel_axis=-1)` is the same.

    Args:
        rgb_true: Tensor or array of shape `(..., H, W, 3)`: uint8 in [0, 255] or float in [0, 1];
            H and W are 11 or more.
        rgb_pred: The same, of the same shape; its dtype may differ.

    Returns:
        float32 tensor of shape `(...)`: at most 1, which equal pictures have.

    Raises:
        ValueError: If the shapes differ, or a picture is smaller than the window.

    Example:
        >>> similarity = colorkit.metrics.ssim(photo, np.clip(photo, 16, 235))  # uint8 pictures
    """
    x, y = as_8_bit_range(rgb_true), as_8_bit_range(rgb_pred)
    check_same_shape("rgb_true", x, "rgb_pred", y)
    shape = tuple(x.shape)
    if any(side is not None and side < SSIM_WINDOW for side in shape[-3:-1]):
        raise ValueError(
            f"SSIM needs pictures of at least {SSIM_WINDOW} x {SSIM_WINDOW} pixels. "
            f"Received: shape {shape}"
        )
    moments = ops.concatenate([x, y, x * x + y * y, x * y], axis=-1)
    if len(shape) != 4:
        moments = ops.reshape(moments, (-1, *ops.shape(moments)[-3:]))
    x, y, squares, products = ops.split(_local_means(moments), _STATISTICS, axis=-1)
    mean_squares, mean_products = x * x + y * y, x * y
    likeness = (2.0 * mean_products + _C1) * (2.0 * (products - mean_products) + _C2)
    likeness /= (mean_squares + _C1) * (squares - mean_squares + _C2)
    of_pictures = ops.mean(likeness, axis=(-3, -2, -1))
    return of_pictures if len(shape) == 4 else ops.reshape(of_pictures, shape[:-3])


@keras.saving.register_keras_serializable(package="colorkit")
class Ssim(keras.metrics.Mean):
    """Averages `ssim` over pictures.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    _direction = "up"  # by which Keras knows in callbacks what is better

    def __init__(self, name: str = "ssim", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        super().update_state(ssim(y_true, predicted_rgb(y_true, y_pred)), sample_weight)


def _local_means(planes: Tensor) -> Tensor:
    """Weighs each window of `(B, H, W, C)` planes by the Gaussian: `(B, H - 10, W - 10, C)`."""
    offsets = np.arange(SSIM_WINDOW) - SSIM_WINDOW // 2
    line = np.exp(-0.5 * (offsets / _SIGMA) ** 2)
    line = np.broadcast_to((line / line.sum())[:, None], (SSIM_WINDOW, planes.shape[-1]))
    for kernel in (line[:, None, :, None], line[None, :, :, None]):
        planes = ops.depthwise_conv(
            planes, ops.convert_to_tensor(kernel.astype("float32")), data_format="channels_last"
        )
    return planes
