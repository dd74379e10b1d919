"""References: colour pictures from which what is the same takes its colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from colorkit.inference.control.cell_hints import draw_cells
from colorkit.inference.control.insight import CELL, InsightRuntime
from colorkit.inference.control.matching import describe_cells, match_cells
from colorkit.inference.control.small_color import cell_means, small_ab

if TYPE_CHECKING:
    from colorkit.inference.pictures import PreparedPicture


class _Part(NamedTuple):
    """A tile of a picture: where it begins in the view, and its cells within the content."""

    start: tuple[int, int]
    cells: NDArray[np.float32]  # descriptors, (h, w, channels)


class References:
    """Reference pictures, looked at once.

    Args:
        insight: `InsightRuntime` of the default model.
        prepared: List of the references' `PreparedPicture`s.
        pictures: List of their pixels, RGB arrays of shape `(H, W, 3)`.
    """

    def __init__(
        self,
        insight: InsightRuntime,
        prepared: Sequence[PreparedPicture],
        pictures: Sequence[NDArray[Any]],
    ) -> None:
        self._insight = insight
        self._parts: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
        for view, pixels in zip(prepared, pictures, strict=True):
            ab = small_ab(pixels[view.content], view.input_size)
            for part in self._look(view):
                top, left = part.start
                height, width = (CELL * side for side in part.cells.shape[:2])
                cells = cell_means(ab[top : top + height, left : left + width], CELL)
                self._parts.append((part.cells, cells))

    def draw(self, picture: PreparedPicture) -> NDArray[np.float32] | None:
        """Draws what matches the references as soft hints, beside a picture's own.

        Args:
            picture: `PreparedPicture`.

        Returns:
            float32 array of shape `(h, w, 3)` as `colorkit.inference.hints.draw_hints` returns it,
            with confidence for strength; `None` where nothing matches and there were no hints.
        """
        drawn = np.zeros((*picture.view.shape, 3), "float32")
        if picture.drawn_hints is not None:
            drawn[:] = picture.drawn_hints
        for part in self._look(picture):
            ab = np.zeros((*part.cells.shape[:2], 2), "float32")
            confidence = np.zeros(part.cells.shape[:2], "float32")
            for cells, colors in self._parts:
                found = match_cells(part.cells, cells)
                better = found.confidence > confidence
                ab[better] = colors.reshape(-1, 2)[found.cells[better]]
                confidence[better] = found.confidence[better]
            top, left = part.start
            draw_cells(drawn[top:, left:], ab, confidence)
        return drawn if drawn[..., 2].any() else None

    def _look(self, picture: PreparedPicture) -> list[_Part]:
        parts = []
        tiles = picture.tiles
        for start, view in zip(tiles.starts, tiles.cut(picture.view), strict=True):
            place = (start, 0) if tiles.axis == 0 else (0, start)
            room = [whole - at for whole, at in zip(picture.input_size, place, strict=True)]
            cells = describe_cells(self._insight.look(view).features)
            rows, columns = (max(1, side // CELL) for side in room)
            parts.append(_Part(place, cells[:rows, :columns]))
        return parts
