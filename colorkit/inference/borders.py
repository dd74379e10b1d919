"""The border around a scanned print: paper, black or both, on all four sides.

To a model a border is part of the picture and changes the colours of the photograph. So its
input is the photograph alone, and the border stays gray.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from colorkit.inference.chroma_upsampling import ChromaEnlarger

DARKEST_PHOTO, LIGHTEST_PHOTO = 12.0, 80.0
"""CIE L: the mean of a border's row or column is below the first or above the second."""

GRAIN = 4.0
"""L units: maximum standard deviation within a row or column of a border."""

LEAST_WIDTH = 0.01
"""Minimum width of a border on each side, as a share of the shorter side."""

LEAST_CONTENT = 0.5
"""Minimum share of height and width of the content; below it no border is assumed."""

_EDGE = 0.004  # of the shorter side: width of transitions between paper and black


def find_content(lightness: NDArray[np.float32]) -> tuple[slice, slice]:
    """Finds the photograph within its border.

    A row or column belongs to the border if it is uniformly black or uniformly as light as paper
    over the remaining content. Tilted prints keep a wedge of their border.

    Args:
        lightness: float32 array of shape `(H, W)`: CIE L in [0, 100].

    Returns:
        Tuple of slices over rows and columns; over all of them where there is no border on all four
        sides.

    Example:
        >>> rows, columns = find_content(lightness)
        >>> photo = lightness[rows, columns]
    """
    height, width = lightness.shape
    ahead = 1 + math.ceil(_EDGE * min(height, width))
    box = [0, height, 0, width]
    before = None
    while box != before:
        before = list(box)
        for side in range(4):
            while depth := _border_depth(_side_of(lightness, box, side), ahead):
                box[side] += depth if side % 2 == 0 else -depth
    top, bottom, left, right = box
    least = LEAST_WIDTH * min(height, width)
    is_framed = min(top, left, height - bottom, width - right) >= least
    is_photo = bottom - top >= LEAST_CONTENT * height and right - left >= LEAST_CONTENT * width
    if not (is_framed and is_photo):
        return slice(0, height), slice(0, width)
    return slice(top, bottom), slice(left, right)


def _side_of(lightness: NDArray[np.float32], box: Sequence[int], side: int) -> NDArray[np.float32]:
    """Returns the remaining content as lines from one of its sides inwards."""
    top, bottom, left, right = box
    inside = lightness[top:bottom, left:right]
    lines = inside if side < 2 else inside.T
    return lines if side % 2 == 0 else lines[::-1]


def _border_depth(lines: NDArray[np.float32], ahead: int) -> int:
    """Returns the number of lines up to the next border line among the next few; 0 for none."""
    if not lines.size:
        return 0
    for depth, line in enumerate(lines[:ahead], start=1):
        mean = line.mean()
        if (mean < DARKEST_PHOTO or mean > LIGHTEST_PHOTO) and line.std() < GRAIN:
            return depth
    return 0


def enlarge_within(
    content: tuple[slice, slice],
    enlarger: ChromaEnlarger,
    rows: slice,
    lightness: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Enlarges the colour of some rows of a picture, within its border.

    Args:
        content: Slices over rows and columns, of `find_content`.
        enlarger: `colorkit.inference.chroma_upsampling.ChromaEnlarger` of what is within them.
        rows: Slice over the picture's rows.
        lightness: float32 array of shape `(len(rows), W)`: CIE L of those rows.

    Returns:
        Tuple of a and b, float32 arrays of the shape of `lightness`: 0 outside of the content.
    """
    inner, columns = content
    start, stop = max(rows.start, inner.start), min(rows.stop, inner.stop)
    ab = np.zeros((2, *lightness.shape), "float32")
    if start < stop:
        here = slice(start - rows.start, stop - rows.start)
        there = slice(start - inner.start, stop - inner.start)
        ab[:, here, columns] = enlarger.enlarge_rows(there, lightness[here, columns])
    return ab[0], ab[1]
