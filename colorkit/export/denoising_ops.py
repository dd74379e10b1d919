"""`colorkit.inference.denoising` in `keras.ops`, for graphs that runtimes without NumPy run."""

from keras import ops

from colorkit.inference.denoising import (
    CLIPPED,
    CLIPPINGS,
    FREE_NOISE,
    NOISE_PER_MEAN,
    RADIUS,
    STRENGTH,
)
from colorkit.typing import Tensor

_TINY = 1e-12  # a denominator's least value


def denoise(views: Tensor) -> Tensor:
    """Removes noise from each view as `colorkit.inference.denoising.denoise` does.

    Args:
        views: float32 tensor of shape `(B, h, w)` in [0, 100].

    Returns:
        float32 tensor of its shape.
    """
    damping = STRENGTH * ops.maximum(ops.square(estimate_noise(views)) - FREE_NOISE**2, 0.0)
    mean = box_mean(views, RADIUS)
    variance = ops.maximum(box_mean(views * views, RADIUS) - mean * mean, 0.0)
    slope = variance / ops.maximum(variance + damping, _TINY)
    smooth = box_mean(slope, RADIUS) * views + box_mean(mean - slope * mean, RADIUS)
    least, greatest = (f(views, axis=(1, 2), keepdims=True) for f in (ops.min, ops.max))
    smooth = ops.minimum(ops.maximum(smooth, least), greatest)
    return ops.where(damping > 0, smooth, views)


def estimate_noise(views: Tensor) -> Tensor:
    """Estimates the noise of each view; float32 of shape `(B, 1, 1)` in L units."""
    height, width = (side // 2 * 2 for side in ops.shape(views)[1:])
    even, odd = views[:, :height:2, :width], views[:, 1:height:2, :width]
    detail = ops.abs((even[..., ::2] - even[..., 1::2]) - (odd[..., ::2] - odd[..., 1::2])) / 2.0
    kept = ops.ones_like(detail)
    for _ in range(CLIPPINGS):
        kept = ops.cast(detail <= CLIPPED * _mean_of(detail, kept), "float32")
    return NOISE_PER_MEAN * _mean_of(detail, kept)


def box_mean(planes: Tensor, radius: int) -> Tensor:
    """Mean over squares of `2 * radius + 1` pixels of `(..., h, w)`, edges repeated."""
    across = ops.swapaxes(_mean_along(planes, radius), -1, -2)
    return ops.swapaxes(_mean_along(across, radius), -1, -2)


def _mean_along(planes: Tensor, radius: int) -> Tensor:
    width = ops.shape(planes)[-1]
    padded = ops.concatenate(
        [*[planes[..., :1]] * radius, planes, *[planes[..., -1:]] * radius], axis=-1
    )
    shifted = [padded[..., shift : shift + width] for shift in range(2 * radius + 1)]
    return sum(shifted[1:], shifted[0]) / (2 * radius + 1)


def _mean_of(detail: Tensor, kept: Tensor) -> Tensor:
    total, number = (ops.sum(x, axis=(1, 2), keepdims=True) for x in (detail * kept, kept))
    return total / ops.maximum(number, 1.0)
