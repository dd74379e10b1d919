"""Tiles of a long picture: parts that overlap, one after another in the model, and blended."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

OVERLAP = 0.25
"""Least share of a tile's length that it has in common with the next."""


@dataclasses.dataclass(frozen=True)
class Tiles:
    """Where the tiles of a model's view lie.

    Attributes:
        shape: `(h, w)` of every tile.
        axis: 0 for tiles one below another, 1 for tiles side by side.
        starts: Tuple with the row or column at which each begins; `(0,)` where the only tile is the
            whole view.
    """

    shape: tuple[int, ...]
    axis: int = 1
    starts: tuple[int, ...] = (0,)

    def cut(self, view: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Cuts a view into its tiles.

        Args:
            view: Array of shape `(H, W, ...)`.

        Returns:
            List of arrays of shape `(h, w, ...)`.
        """
        length = self.shape[self.axis]
        parts = [slice(start, start + length) for start in self.starts]
        return [view[part] if self.axis == 0 else view[:, part] for part in parts]

    def blend(self, colors: Sequence[NDArray[np.float32]], stride: int) -> NDArray[np.float32]:
        """Joins the colour of the tiles: the mean, weighted less towards the ends of a tile.

        Args:
            colors: List of float32 arrays of shape `(h / stride, w / stride, 2)`, one a tile.
            stride: Int, pixels of the view for one of the colour.

        Returns:
            float32 array of shape `(H / stride, W / stride, 2)`.
        """
        if len(colors) == 1:
            return colors[0]
        weight = _fade(colors[0].shape[self.axis])
        starts = [start // stride for start in self.starts]
        shape = list(colors[0].shape)
        shape[self.axis] += starts[-1]
        total = np.zeros(shape, "float32")
        weights = np.zeros(shape[self.axis], "float32")
        along = np.swapaxes(total, 0, self.axis)  # a view of it
        for start, color in zip(starts, colors, strict=True):
            part = slice(start, start + len(weight))
            along[part] += weight[:, None, None] * np.swapaxes(color, 0, self.axis)
            weights[part] += weight
        along /= weights[:, None, None]
        return total


def place_tiles(padded: Sequence[int], shape: Sequence[int], axis: int, step: int) -> Tiles:
    """Spreads tiles evenly over a view.

    Args:
        padded: `(H, W)` of the view.
        shape: `(h, w)` of a tile, which differs along `axis` alone.
        axis: 0 or 1, the view's longer side.
        step: Int, of which both lengths are multiples and the tiles' starts too.

    Returns:
        `Tiles`.

    Example:
        >>> place_tiles((192, 1536), (192, 768), 1, 64).starts
        (0, 384, 768)
    """
    room, length = padded[axis] - shape[axis], shape[axis]
    furthest = int((1 - OVERLAP) * length) // step * step
    gaps = math.ceil(room / furthest)
    starts = tuple(step * (room * n // (gaps * step)) for n in range(gaps + 1)) if gaps else (0,)
    return Tiles(tuple(shape), axis, starts)


def _fade(length: int) -> NDArray[np.float32]:
    """Returns weights that rise from nearly 0 to 1 over the overlap, and fall likewise."""
    distance = np.minimum(np.arange(length), np.arange(length)[::-1]) + 0.5
    rise = np.minimum(distance / (OVERLAP * length), 1.0)
    return (rise * rise * (3.0 - 2.0 * rise)).astype("float32")
