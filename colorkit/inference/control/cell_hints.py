"""Draws the colours of a picture's cells as soft hints."""

import numpy as np
from numpy.typing import NDArray

from colorkit.color.constants import AB_SCALE
from colorkit.inference.control.insight import CELL
from colorkit.inference.hints import PATCH

_LEAST_STRENGTH = 0.1  # a hint that asks for less changes nothing


def draw_cells(
    drawn: NDArray[np.float32], ab: NDArray[np.float32], strength: NDArray[np.float32]
) -> None:
    """Draws a hint into every second cell, as on a chessboard, where there is none yet.

    The model was trained with hints that leave room between them, and fills it better than
    neighbouring cells would.

    Args:
        drawn: float32 array of shape `(h, w, 3)` as `colorkit.inference.hints.draw_hints` returns
            it. It is changed.
        ab: float32 array of shape `(rows, columns, 2)`: CIE a and b of cells of `CELL` pixels, from
            the top left.
        strength: float32 array of shape `(rows, columns)` in [0, 1].
    """
    margin = (CELL - PATCH + 1) // 2
    for row, column in zip(*np.nonzero(strength >= _LEAST_STRENGTH), strict=True):
        top, left = CELL * row, CELL * column
        cell = drawn[top : top + CELL, left : left + CELL]
        if (row + column) % 2 or cell[..., 2].any():
            continue
        cell[margin : margin + PATCH, margin : margin + PATCH] = (
            *(ab[row, column] / AB_SCALE),
            strength[row, column],
        )
