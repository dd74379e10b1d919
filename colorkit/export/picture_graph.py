"""The steps of `colorkit.Colorizer` as one graph of `keras.ops`: uint8 in, uint8 out.

They are `inference.letterbox`, `inference.denoising`, the model, `inference.chroma_upsampling` and
`inference.lightness`, which use NumPy and OpenCV. They are reimplemented here exactly, but for the
tiles of long pictures: the same area mean, guided filter, mirror image, guided slopes, cubic
enlargement and bisection of chroma.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from keras import ops

from colorkit.color.constants import XYZ_FROM_RGB
from colorkit.color.lab import lab_to_linear_channels, lab_to_rgb, luminance_to_lightness
from colorkit.export.denoising_ops import box_mean, denoise
from colorkit.export.resize_ops import area_or_linear, cubic, mirror, resize
from colorkit.inference.chroma_upsampling import SLOPE_DAMPING
from colorkit.inference.letterbox import LONGEST_STRIP, SHAPE_STEP
from colorkit.inference.lightness import CHROMA_HALVINGS, GAMUT_TOLERANCE, linear_from_srgb
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.models.spec import ModelSpec

_LINEAR_LEVELS = linear_from_srgb(np.arange(256) / 255).astype("float32")


def color_pictures(
    pictures: Tensor, predict: Callable[[Tensor], Tensor], spec: ModelSpec, stride: int, size: int
) -> Tensor:
    """Colours a batch of pictures of one size.

    Args:
        pictures: uint8 tensor of shape `(B, H, W, 3)` or `(B, H, W, 1)`, sRGB.
        predict: Function from L, float32 `(B, h, w, 1)`, to CIE a and b,
            `(B, h / stride, w / stride, 2)`.
        spec: The model's `ModelSpec`.
        stride: Int.
        size: Int, pixels of the shorter side that the model sees, where it takes any size.

    Returns:
        uint8 tensor of shape `(B, H, W, 3)`.
    """
    lightness = lightness_of(pictures)
    height, width = height_width = ops.shape(lightness)[1:]
    content, padded = _letterbox(height, width, spec, stride, size)
    sizes = zip(height_width, content, strict=True)
    view = denoise(resize(lightness, *(area_or_linear(whole, part) for whole, part in sizes)))
    for axis, (part, room) in enumerate(zip(content, padded, strict=True), start=1):
        view = mirror(view, axis, part, room)
    ab = predict(ops.expand_dims(view, -1))
    ab = ab[:, : content[0] // stride, : content[1] // stride]
    a, b = enlarge_chroma(ab, lightness)
    scale = chroma_scale(lightness, a, b)
    rgb = lab_to_rgb(ops.stack([lightness, scale * a, scale * b], axis=-1))
    return ops.cast(ops.round(rgb * 255.0), "uint8")


def lightness_of(pictures: Tensor) -> Tensor:
    """Computes CIE L of uint8 pictures `(B, H, W, 1 or 3)`; returns float32 `(B, H, W)`."""
    linear = ops.take(ops.convert_to_tensor(_LINEAR_LEVELS), ops.cast(pictures, "int32"), axis=0)
    # One channel is multiplied by all three weights, whose sum is 1.
    weights = ops.convert_to_tensor(XYZ_FROM_RGB[1].astype("float32"))
    return ops.clip(luminance_to_lightness(ops.sum(linear * weights, axis=-1)), 0.0, 100.0)


def enlarge_chroma(ab: Tensor, lightness: Tensor) -> tuple[Tensor, ...]:
    """Enlarges a and b as `colorkit.inference.chroma_upsampling.enlarge_chroma` does.

    Args:
        ab: float32 tensor of shape `(B, h, w, 2)`.
        lightness: float32 tensor of shape `(B, H, W)`.

    Returns:
        Tuple of a and b, float32 tensors of the shape of `lightness`.
    """
    whole = ops.shape(lightness)[1:]
    coarse = ops.shape(ab)[1:3]
    small = [ops.minimum(a, b) for a, b in zip(whole, coarse, strict=True)]
    to_small = [area_or_linear(a, b) for a, b in zip(coarse, small, strict=True)]
    to_coarse = [area_or_linear(a, b) for a, b in zip(whole, coarse, strict=True)]
    guide = ops.expand_dims(resize(resize(lightness, *to_coarse), *to_small), 1)
    planes = resize(ops.transpose(ab, (0, 3, 1, 2)), *to_small)

    mean_guide = box_mean(guide, 1)
    variance = box_mean(guide * guide, 1) - mean_guide * mean_guide
    covariance = box_mean(guide * planes, 1) - mean_guide * box_mean(planes, 1)
    slopes = box_mean(covariance / (variance + SLOPE_DAMPING), 1)
    offsets = planes - slopes * guide

    to_whole = [cubic(a, b) for a, b in zip(small, whole, strict=True)]
    return tuple(
        resize(slopes[:, k], *to_whole) * lightness + resize(offsets[:, k], *to_whole)
        for k in (0, 1)
    )


def chroma_scale(lightness: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Computes the factor of chroma that fits sRGB, as `inference.lightness.with_lightness` does.

    Args:
        lightness, a, b: float32 tensors of one shape, in Lab units.

    Returns:
        float32 tensor of that shape in [0, 1]: 1 where sRGB holds the colour.
    """
    scale = ops.zeros_like(lightness)
    for halving in range(1, CHROMA_HALVINGS + 1):
        tried = scale + 0.5**halving
        scale = ops.where(_in_gamut(lightness, tried * a, tried * b), tried, scale)
    return ops.where(_in_gamut(lightness, a, b), 1.0, scale)


def _letterbox(
    height: Tensor, width: Tensor, spec: ModelSpec, stride: int, size: int
) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """`letterbox.letterbox_picture` in integers: returns the content's size and the padded one.

    Without its tiles: a model of any size sees a long picture in one piece, one of fixed size
    sees it small.
    """
    if spec.image_size is None:
        shorter, longer = ops.minimum(height, width), ops.maximum(height, width)
        is_long = longer > LONGEST_STRIP * shorter
        numerator = ops.where(is_long, LONGEST_STRIP * size, size)
        denominator = ops.where(is_long, longer, shorter)
        content = [_scaled(side, numerator, denominator, stride) for side in (height, width)]
        step = math.lcm(spec.size_multiple, SHAPE_STEP)
        return content, [_round_up_to(step, side) for side in content]
    rooms = spec.image_size
    by_height = rooms[0] * width <= rooms[1] * height
    numerator = ops.where(by_height, rooms[0], rooms[1])
    denominator = ops.where(by_height, height, width)
    content = [
        ops.minimum(room, _scaled(side, numerator, denominator, stride))
        for side, room in zip((height, width), rooms, strict=True)
    ]
    return content, rooms


def _scaled(side: Tensor, numerator: Tensor, denominator: Tensor, stride: int) -> Tensor:
    """`side * numerator / denominator`, rounded (a half down), then up to `stride`."""
    rounded = (2 * side * numerator + denominator - 1) // (2 * denominator)
    return _round_up_to(stride, ops.maximum(rounded, 1))


def _round_up_to(step: int, length: Tensor) -> Tensor:
    return (length + step - 1) // step * step


def _in_gamut(lightness: Tensor, a: Tensor, b: Tensor) -> Tensor:
    red, green, blue = lab_to_linear_channels(lightness, a, b)
    lowest = ops.minimum(ops.minimum(red, green), blue)
    highest = ops.maximum(ops.maximum(red, green), blue)
    return ops.logical_and(lowest >= -GAMUT_TOLERANCE, highest <= 1.0 + GAMUT_TOLERANCE)
