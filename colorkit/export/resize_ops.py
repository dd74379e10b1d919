"""Resizing by matrix products, whose weights are computed from sizes known only at run time.

Every runtime has matrix products, but resizing operations differ: none has OpenCV's area mean, and
conventions for pixel centres and edges vary. These functions match
`colorkit.inference.chroma_upsampling`, up to the rounding of float32.
"""

from keras import ops

from colorkit.typing import Tensor

_CUBIC = -0.75  # the slope of OpenCV's cubic kernel


def area_or_linear(source: Tensor, target: Tensor) -> Tensor:
    """Returns the weights of `colorkit.inference.chroma_upsampling.resample` along one axis.

    Args:
        source: Int or int32 scalar tensor, the axis' length.
        target: Its length afterwards.

    Returns:
        float32 tensor of shape `(target, source)` whose rows have sum 1.
    """
    step = _ratio(source, target)
    left = ops.expand_dims(_places(target), 1)
    pixel = ops.expand_dims(_places(source), 0)
    end = ops.minimum((left + 1.0) * step, pixel + 1.0)
    overlap = ops.maximum(end - ops.maximum(left * step, pixel), 0.0)
    area = overlap / ops.sum(overlap, axis=1, keepdims=True)
    centre = ops.clip((left + 0.5) * step - 0.5, 0.0, ops.cast(source, "float32") - 1.0)
    linear = ops.maximum(1.0 - ops.abs(centre - pixel), 0.0)
    return ops.where(step >= 1.0, area, linear)


def cubic(source: Tensor, target: Tensor) -> Tensor:
    """Returns the weights of OpenCV's cubic enlargement along one axis, with edge padding.

    Args:
        source: Int or int32 scalar tensor, the axis' length.
        target: Its length afterwards.

    Returns:
        float32 tensor of shape `(target, source)` whose rows have sum 1.
    """
    centre = (ops.expand_dims(_places(target), 1) + 0.5) * _ratio(source, target) - 0.5
    before = ops.floor(centre)
    pixel = ops.expand_dims(_places(source), 0)
    last = ops.cast(source, "float32") - 1.0
    weights = 0.0
    for tap in (-1.0, 0.0, 1.0, 2.0):
        weight = _cubic_kernel(ops.abs(centre - before - tap), is_near=tap in (0.0, 1.0))
        place = ops.clip(before + tap, 0.0, last)
        weights += weight * ops.cast(ops.equal(place, pixel), "float32")
    return weights


def mirror(planes: Tensor, axis: int, content: Tensor, padded: Tensor) -> Tensor:
    """Pads planes at the end of an axis by reflection, as `numpy.pad`'s "symmetric" does.

    Args:
        planes: Tensor whose length along `axis` is `content`.
        axis: Int.
        content: Int or int32 scalar tensor.
        padded: The length wanted, `content` or more.

    Returns:
        Tensor of length `padded` along `axis`.
    """
    place = ops.arange(padded, dtype="int32") % (2 * content)
    return ops.take(planes, ops.minimum(place, 2 * content - 1 - place), axis=axis)


def resize(planes: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Resizes planes by the weights of both axes.

    Args:
        planes: float32 tensor of shape `(..., H, W)`.
        rows: float32 tensor of shape `(h, H)`.
        columns: float32 tensor of shape `(w, W)`.

    Returns:
        float32 tensor of shape `(..., h, w)`.
    """
    columns = ops.transpose(columns)
    for _ in planes.shape[2:]:  # LiteRT's matmul needs tensors of equal rank
        rows, columns = ops.expand_dims(rows, 0), ops.expand_dims(columns, 0)
    return ops.matmul(ops.matmul(rows, planes), columns)


def _cubic_kernel(distance: Tensor, is_near: bool) -> Tensor:
    if is_near:
        return ((_CUBIC + 2.0) * distance - (_CUBIC + 3.0)) * distance * distance + 1.0
    return ((_CUBIC * distance - 5.0 * _CUBIC) * distance + 8.0 * _CUBIC) * distance - 4.0 * _CUBIC


def _places(length: Tensor) -> Tensor:
    return ops.cast(ops.arange(length, dtype="int32"), "float32")


def _ratio(source: Tensor, target: Tensor) -> Tensor:
    return ops.cast(source, "float32") / ops.cast(target, "float32")
