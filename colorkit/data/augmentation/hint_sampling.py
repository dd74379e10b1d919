"""Samples hints from colour photographs, as a user might give them, in `keras.ops`.

After Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors",
section 3.1: the number of points is drawn from a geometric distribution with p = 1/8, their
positions from a Gaussian about the centre, their sizes from 1 x 1 to 9 x 9 pixels; a hint is the
mean colour of its patch; and for 1 % of the photographs the whole ab is given. Of the others,
`MANY_SHARE` get a log-uniform number of points up to the maximum, at uniform positions, since a
geometric distribution hardly ever gives fifty or a hundred points. Where patches overlap, their
mean is used.

The functions are pure: the caller draws the uniforms.
"""

import math

from keras import ops

from colorkit.typing import Tensor

POINT_SHARE = 1 / 8
"""p of the geometric distribution: of k points with probability p (1 - p)^(k - 1), k from 1, since
without hints the default decoder answers."""

SPREAD = 1 / 4
"""Standard deviation of the positions, as a share of height and width."""

LARGEST_PATCH = 9
"""Side of the largest patch in pixels; sides are uniform from 1."""

WHOLE_SHARE = 0.01
"""Share of photographs whose whole ab is given."""

MANY_SHARE = 0.3
"""Share of photographs with a log-uniform number of points at uniform positions."""

_OF_PHOTO, _OF_POINT = 2, 3  # uniforms: kind and count; size and the two of the position


def count_uniforms(points: int) -> int:
    """Returns the number of uniform random numbers that a photograph needs.

    Args:
        points: Maximum number of points.
    """
    return _OF_PHOTO + _OF_POINT * points


def sample_hints(ab: Tensor, uniforms: Tensor) -> Tensor:
    """Samples hints from the colours of photographs.

    Args:
        ab: ab / 128, float32 tensor of shape `(batch, height, width, 2)`.
        uniforms: Uniform random numbers in [0, 1), float32 of shape
            `(batch, count_uniforms(points))`.

    Returns:
        float32 tensor of shape `(batch, height, width, 3)`: a / 128, b / 128 and 1 at hints;
        0 elsewhere.
    """
    height, width = ab.shape[1:3]
    kind, count = uniforms[:, 0:1], uniforms[:, 1:2]
    size, first, second = (uniforms[:, _OF_PHOTO + n :: _OF_POINT] for n in range(_OF_POINT))
    points = size.shape[1]
    is_many = kind < WHOLE_SHARE + MANY_SHARE
    size = ops.floor(size * LARGEST_PATCH) + 1.0
    is_there = ops.arange(points, dtype="float32") < _draw_counts(count, points, is_many)

    radius = SPREAD * ops.sqrt(-2.0 * ops.log(1.0 - first))  # Box and Muller
    angle = 2.0 * math.pi * second
    places = (0.5 + radius * ops.cos(angle), first), (0.5 + radius * ops.sin(angle), second)
    rows, columns = (
        _patches(ops.where(is_many, anywhere, in_the_middle), size, length)
        for (in_the_middle, anywhere), length in zip(places, (height, width), strict=True)
    )
    rows = ops.where(is_there[..., None], rows, 0.0)
    hints = _paint(rows, columns, _patch_means(ab, rows, columns))
    whole = ops.concatenate([ab, ops.ones_like(ab[..., :1])], axis=-1)
    return ops.where((kind < WHOLE_SHARE)[..., None, None], whole, hints)


def _draw_counts(uniforms: Tensor, points: int, is_many: Tensor) -> Tensor:
    few = ops.floor(ops.log(1.0 - uniforms) / math.log(1.0 - POINT_SHARE)) + 1.0
    many = ops.floor(ops.exp(uniforms * math.log(points + 1.0)))
    return ops.where(is_many, many, few)


def _patches(place: Tensor, size: Tensor, length: int) -> Tensor:
    """Returns the masks of patches along an axis: 0 or 1, shape `(batch, points, length)`."""
    room = length - size
    start = ops.clip(ops.floor(place * (room + 1.0)), 0.0, room)[..., None]
    pixel = ops.arange(length, dtype="float32")
    inside = ops.logical_and(pixel >= start, pixel < start + size[..., None])
    return ops.cast(inside, "float32")


def _patch_means(ab: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Returns the mean a and b of each patch, of shape `(batch, points, 2)`; 0 for an empty one."""
    height, width = ab.shape[1:3]
    by_row = ops.matmul(rows, ops.reshape(ab, (-1, height, 2 * width)))
    by_row = ops.reshape(by_row, (-1, rows.shape[1], width, 2))
    area = ops.sum(rows, axis=-1) * ops.sum(columns, axis=-1)
    return ops.sum(by_row * columns[..., None], axis=2) / ops.maximum(area, 1.0)[..., None]


def _paint(rows: Tensor, columns: Tensor, means: Tensor) -> Tensor:
    """Paints patches of the given colours, and their mean where they overlap."""
    height, width = rows.shape[2], columns.shape[2]
    color = ops.concatenate([means, ops.ones_like(means[..., :1])], axis=-1)
    stripes = ops.reshape(columns[..., None] * color[:, :, None], (-1, rows.shape[1], 3 * width))
    painted = ops.matmul(ops.transpose(rows, (0, 2, 1)), stripes)
    painted = ops.reshape(painted, (-1, height, width, 3))
    number = painted[..., 2:]
    mean = painted[..., :2] / ops.maximum(number, 1.0)
    return ops.concatenate([mean, ops.cast(number > 0.5, "float32")], axis=-1)
