"""Augments batches of photographs in `keras.ops`, by given uniform random numbers.

The functions are pure: the caller draws the uniforms, from a generator whose state is saved
(`Trainer`), or from the position in a dataset. They compile with XLA, work in float32 under
any dtype policy, and treat each photograph of a batch independently. Keras' layers do not: with
Keras 3.10 to 3.15, RandomRotation turns XLA off for the whole training step, RandomGaussianBlur
blurs a batch with one width, darkens the borders, and on JAX the whole picture, and RandomErasing
takes no size in pixels; in mixed precision they all round pixels to bfloat16's 8 bits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from keras import ops

from colorkit.data.augmentation.aging import AGING_UNIFORMS, age_lightness
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.data.augmentation.config import Augmentation

_SIGMAS = 3.0  # where the Gaussian is cut off
_CUTOUT = 6  # the first column of the uniforms that cutout uses


def count_uniforms(augmentation: Augmentation) -> int:
    """Returns the number of uniform random numbers that a photograph needs.

    Args:
        augmentation: `Augmentation`.

    Returns:
        Number of columns of the `uniforms` that `augment_photos` and `degrade_lightness` take. The
        last `AGING_UNIFORMS` are for aging only.
    """
    aging = AGING_UNIFORMS if augmentation.aging else 0
    return _CUTOUT + 1 + 2 * augmentation.cutout_holes + aging


def augment_photos(rgb: Tensor, augmentation: Augmentation, uniforms: Tensor) -> Tensor:
    """Flips, rotates and blurs photographs, each by its own uniforms.

    Args:
        rgb: Photographs in [0, 255], shape `(batch, height, width, 3)`.
        augmentation: `Augmentation`.
        uniforms: Uniform random numbers in [0, 1), float32 of shape
            `(batch, count_uniforms(augmentation))`.

    Returns:
        float32 tensor in [0, 255] of the shape of `rgb`.
    """
    rgb = ops.cast(rgb, "float32")
    rotate, angle, mirror, flip, blur, sigma = (uniforms[:, column] for column in range(_CUTOUT))
    if augmentation.horizontal_flip:
        rgb = _choose(mirror < augmentation.horizontal_flip, ops.flip(rgb, axis=2), rgb)
    if augmentation.vertical_flip:
        rgb = _choose(flip < augmentation.vertical_flip, ops.flip(rgb, axis=1), rgb)
    if augmentation.rotation:
        degrees = augmentation.rotation_degrees * (2.0 * angle - 1.0)
        degrees += augmentation.rotation_center
        rgb = _choose(rotate < augmentation.rotation, rotate_photos(rgb, degrees), rgb)
    if augmentation.blur:
        least, greatest = augmentation.blur_sigma
        blurred = blur_photos(rgb, least + (greatest - least) * sigma, greatest)
        rgb = _choose(blur < augmentation.blur, blurred, rgb)
    return rgb


def degrade_lightness(lightness: Tensor, augmentation: Augmentation, uniforms: Tensor) -> Tensor:
    """Applies the aging and cutout of an augmentation to the gray input.

    Args:
        lightness: L in [0, 100], float tensor of shape `(batch, height, width, 1)`.
        augmentation: `Augmentation`.
        uniforms: As in `augment_photos`.

    Returns:
        Tensor in [0, 100] of the shape of `lightness`.
    """
    if augmentation.aging:
        aging_uniforms = uniforms[:, -AGING_UNIFORMS:]
        lightness = age_lightness(lightness, augmentation.aging, aging_uniforms)
    return cut_holes(lightness, augmentation, uniforms)


def cut_holes(lightness: Tensor, augmentation: Augmentation, uniforms: Tensor) -> Tensor:
    """Cuts square holes into lightness.

    Args:
        lightness: float tensor of shape `(batch, height, width, 1)`.
        augmentation: `Augmentation`. A hole that is larger than the picture is cut to it.
        uniforms: As in `augment_photos`.

    Returns:
        `lightness`, with 0 in the holes.
    """
    if not augmentation.cutout:
        return lightness
    first = _CUTOUT + 1
    places = uniforms[:, first : first + 2 * augmentation.cutout_holes]
    rows = _in_holes(lightness.shape[1], places[:, 0::2], augmentation.cutout_size)
    columns = _in_holes(lightness.shape[2], places[:, 1::2], augmentation.cutout_size)
    holes = ops.any(ops.logical_and(rows[:, :, :, None], columns[:, :, None, :]), axis=1)
    cut = ops.where(holes[..., None], ops.zeros_like(lightness), lightness)
    return _choose(uniforms[:, _CUTOUT] < augmentation.cutout, cut, lightness)


def rotate_photos(photos: Tensor, degrees: Tensor) -> Tensor:
    """Rotates pictures counter-clockwise about their centre, bilinearly, with reflection padding.

    Args:
        photos: float32 tensor of shape `(batch, height, width, channels)`.
        degrees: An angle for each, shape `(batch,)`.

    Returns:
        float32 tensor of the shape of `photos`.
    """
    height, width, channels = photos.shape[1:]
    radians = (math.pi / 180.0) * degrees[:, None, None]
    cosine, sine = ops.cos(radians), ops.sin(radians)
    down = (ops.arange(height, dtype="float32") - (height - 1) / 2)[None, :, None]
    right = (ops.arange(width, dtype="float32") - (width - 1) / 2)[None, None, :]
    row = _reflect(cosine * down + sine * right + (height - 1) / 2, height)
    column = _reflect(cosine * right - sine * down + (width - 1) / 2, width)

    top, left = ops.floor(row), ops.floor(column)
    pixels = ops.reshape(photos, (-1, channels))
    photo = ops.arange(ops.shape(photos)[0], dtype="int32")[:, None, None] * (height * width)

    def pixels_at(row: Tensor, column: Tensor) -> Tensor:
        row, column = (ops.cast(place, "int32") for place in (row, column))
        return ops.take(pixels, photo + row * width + column, axis=0)

    def between(row: Tensor) -> Tensor:
        next_column = ops.minimum(left + 1, width - 1)
        share = (column - left)[..., None]
        return (1 - share) * pixels_at(row, left) + share * pixels_at(row, next_column)

    share = (row - top)[..., None]
    return (1 - share) * between(top) + share * between(ops.minimum(top + 1, height - 1))


def blur_photos(photos: Tensor, sigma: Tensor, greatest_sigma: float) -> Tensor:
    """Blurs pictures by a Gaussian, with reflection padding.

    Args:
        photos: float32 tensor of shape `(batch, height, width, channels)`.
        sigma: A standard deviation for each, in pixels, shape `(batch,)`.
        greatest_sigma: Float, upper bound of `sigma`; the Gaussian is truncated at three times
            this, or at the size of the picture.

    Returns:
        float32 tensor of the shape of `photos`.
    """
    radius = min(math.ceil(_SIGMAS * greatest_sigma), *photos.shape[1:3])
    distance = ops.arange(-radius, radius + 1, dtype="float32")
    weights = ops.exp(-0.5 * ops.square(distance / sigma[:, None]))
    weights = (weights / ops.sum(weights, axis=1, keepdims=True))[:, :, None, None, None]
    for axis in (1, 2):
        size = photos.shape[axis]
        margin = [[radius, radius] if dim == axis else [0, 0] for dim in range(4)]
        padded = ops.pad(photos, margin, mode="symmetric")
        shifts = [_slice(padded, axis, start, size) for start in range(2 * radius + 1)]
        photos = sum(weights[:, start] * shift for start, shift in enumerate(shifts))
    return photos


def _slice(photos: Tensor, axis: int, start: int, size: int) -> Tensor:
    index = [slice(None)] * 4
    index[axis] = slice(start, start + size)
    return photos[tuple(index)]


def _choose(chosen: Tensor, photos: Tensor, others: Tensor) -> Tensor:
    return ops.where(chosen[:, None, None, None], photos, others)


def _reflect(place: Tensor, size: float) -> Tensor:
    """Brings coordinates into [0, size - 1], reflected at the borders."""
    place = ops.mod(place + 0.5, 2.0 * size)
    return ops.clip(ops.minimum(place, 2.0 * size - place) - 0.5, 0.0, size - 1.0)


def _in_holes(length: int, uniforms: Tensor, size: Tensor) -> Tensor:
    """Returns the masks of holes along an axis: bool of shape `(batch, holes, length)`."""
    size = min(size, length)
    first = ops.floor(uniforms * (length - size + 1))[:, :, None]
    pixel = ops.arange(length, dtype="float32")
    return ops.logical_and(pixel >= first, pixel < first + size)
