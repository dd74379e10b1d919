"""Semantic correspondence: which cells of two pictures show the same thing.

Cells are compared by the default model's encoder, which was pretrained to tell what pictures show
(after He et al. 2018, "Deep Exemplar-based Colorization", section 3.1, with one comparison in
place of a coarse-to-fine search).
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_SIMILARITY, SURE_SIMILARITY = 0.6, 0.75
"""Cosine of two cells' features at which confidence begins, and at which it is full."""

LEAST_AGREEMENT = 0.5
"""Share of a cell's neighbours that must be matched alongside it."""

LEAST_SHARE, SURE_SHARE = 0.1, 0.15
"""Share of a picture's cells that must be matched before any match counts, and before all do. In 99
of 100 unrelated photographs up to 8 % of the cells are alike by chance, in half a scene more than
35 % (`benchmarks/control.py --shares`)."""

_LARGEST_TABLE = 1 << 24  # similarities at once: 64 MB


class Matches(NamedTuple):
    """The cells of a reference that cells of a picture are matched with.

    Attributes:
        cells: int array of shape `(h, w)`: index of the reference's cell, row by row.
        confidence: float32 array of shape `(h, w)` in [0, 1]; 0 where nothing is matched.
    """

    cells: NDArray[np.intp]
    confidence: NDArray[np.float32]


def describe_cells(maps: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Makes descriptors of cells from an encoder's feature maps.

    Each map is centred, so that what all cells have in common does not count, and normalised to
    length 1 in each cell; coarser ones are enlarged to the first; all count alike.

    Args:
        maps: float32 arrays of shape `(h, w, channels)`, the finest first.

    Returns:
        float32 array of shape `(h, w, all channels)`, of length 1 in each cell.
    """
    height, width = maps[0].shape[:2]
    parts = []
    for each in maps:
        each = _normalized(each - each.mean((0, 1)))
        if each.shape[:2] != (height, width):
            each = _normalized(_enlarged(each, (height, width)))
        parts.append(each)
    return np.concatenate(parts, -1) / np.float32(len(parts) ** 0.5)


def match_cells(picture: NDArray[np.float32], reference: NDArray[np.float32]) -> Matches:
    """Matches the cells of a picture with those of a reference.

    Two cells are matched that are nearest to each other, or next to cells that are (mutual nearest
    neighbours). Confidence grows with their similarity; it is 0 where the cell's neighbours are
    matched elsewhere, and everywhere where too few cells of the picture are matched.

    Args:
        picture: float32 array of shape `(h, w, channels)` as `describe_cells` returns it.
        reference: float32 array of shape `(H, W, channels)`, likewise.

    Returns:
        `Matches`.
    """
    size = picture.shape[:2]
    cells, similarity, returned = _nearest(picture, reference)
    own = np.arange(cells.size)
    way_back = np.abs(_places(returned[cells], size[1]) - _places(own, size[1])).max(0)
    shift = _places(cells, reference.shape[1]) - _places(own, size[1])
    agreement = _agreement(shift.reshape(2, *size))
    confidence = np.clip(
        (similarity - LEAST_SIMILARITY) / (SURE_SIMILARITY - LEAST_SIMILARITY), 0, 1
    ).reshape(size)
    confidence[(way_back > 1).reshape(size) | (agreement < LEAST_AGREEMENT)] = 0
    share = np.mean(confidence > 0)
    confidence *= np.clip((share - LEAST_SHARE) / (SURE_SHARE - LEAST_SHARE), 0, 1)
    return Matches(cells.reshape(size), confidence.astype("float32"))


def _nearest(
    picture: NDArray[np.float32], reference: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.intp]]:
    """Returns each own cell's nearest and their cosine, and the nearest of each of the other's."""
    own, other = (each.reshape(-1, each.shape[-1]) for each in (picture, reference))
    step = max(1, _LARGEST_TABLE // len(other))
    cells, similarity = np.empty(len(own), "intp"), np.empty(len(own), "float32")
    best, returned = np.full(len(other), -np.inf, "float32"), np.zeros(len(other), "intp")
    for start in range(0, len(own), step):
        part = slice(start, start + step)
        table = own[part] @ other.T
        cells[part], similarity[part] = table.argmax(1), table.max(1)
        better = table.max(0) > best
        best[better] = table.max(0)[better]
        returned[better] = start + table.argmax(0)[better]
    return cells, similarity, returned


def _agreement(shift: NDArray[np.intp]) -> NDArray[np.float64]:
    """Returns the share of each cell's up to 8 neighbours shifted as it is, to a cell's precision.

    `shift` has shape `(2, h, w)`.
    """
    height, width = shift.shape[1:]
    alike = np.zeros((height, width))
    neighbors = np.zeros((height, width))
    padded = np.pad(shift.astype("float64"), ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    for i in range(3):
        for j in range(3):
            if i == j == 1:
                continue
            other = padded[:, i : i + height, j : j + width]
            neighbors += np.isfinite(other[0])
            alike += (np.abs(other - shift) <= 1).all(0)  # never of NaN
    return alike / np.maximum(neighbors, 1)


def _places(cells: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    return np.stack(np.divmod(cells, width))


def _normalized(features: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(features, axis=-1, keepdims=True).astype("float32")
    return features / np.maximum(length, np.float32(1e-6))


def _enlarged(features: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Enlarges bilinearly; OpenCV 5 takes no more than 128 channels at once."""
    parts = np.array_split(features, -(-features.shape[-1] // 128), -1)
    resized = [np.atleast_3d(cv2.resize(np.ascontiguousarray(each), size[::-1])) for each in parts]
    return np.concatenate(resized, -1)
