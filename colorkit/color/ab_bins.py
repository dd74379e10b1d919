"""The 313 bins of the ab plane in which colour is classified (Zhang et al. 2016, section 2.2).

The bins are the points of a grid of spacing 10 that lie in or next to the sRGB gamut. Every
displayable ab colour falls in a grid cell whose four corners are all bins, so a colour can be
written as a weighted mean of four bins exactly (`encode_ab`).
"""

import functools
from importlib import resources

import numpy as np
import skimage.color
from keras import ops
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from colorkit.typing import Tensor

GRID = 10.0
"""Distance between neighbouring bins, in Lab units."""

NEIGHBORS, NEIGHBOR_SIGMA = 10, 5.0
"""Nearest bins by which Zhang et al. encode a colour, and sigma of their Gaussian in Lab units. The
number is that of the published code; the paper says 5."""

PRIOR_SIGMA = 5.0
"""Standard deviation, in Lab units, of the Gaussian that smooths a histogram of bins."""

# Largest |da| or |db| from a bin to the gamut: one cell, and a margin that makes the paper's 313.
_REACH = 11.15
# Share of all pixels that is added to each bin: about an eighth of what one of the photographs
# counted makes up, below which a frequency is noise and its inverse would dominate every mean.
_PSEUDO_COUNT = 1e-5
_EXTENT = 130  # The grid runs from -_EXTENT to _EXTENT, beyond every sRGB colour


def _cube_surface(steps: int = 256) -> NDArray[np.float32]:
    """sRGB colours on the faces of the RGB cube, whose ab images outline and cover the gamut."""
    line = np.linspace(0.0, 1.0, steps)
    face = np.stack(np.meshgrid(line, line, indexing="ij")).reshape(2, -1)
    faces = [np.insert(face, axis, end, axis=0).T for axis in range(3) for end in (0.0, 1.0)]
    return np.concatenate(faces).astype("float32")


def _in_gamut_grid() -> NDArray[np.float32]:
    # By NumPy, since TensorFlow can join other workers only before it computes anything.
    gamut = skimage.color.rgb2lab(_cube_surface())[:, 1:]
    line = np.arange(-_EXTENT, _EXTENT + 1, GRID)
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    distance, _ = cKDTree(gamut).query(grid, p=np.inf)
    return grid[distance <= _REACH].astype("float32")


AB_BINS = _in_gamut_grid()
"""float32 array of shape (313, 2): a and b of each bin in Lab units, sorted by a, then b."""


@functools.cache
def _bin_of_grid_point() -> NDArray[np.int32]:
    """int32 table of the grid: the bin at each point, or the nearest one where there is none."""
    line = np.arange(-_EXTENT, _EXTENT + 1, GRID)
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1)
    _, nearest = cKDTree(AB_BINS).query(grid)
    return nearest.astype("int32")


def _lookup(row: Tensor, column: Tensor) -> Tensor:
    table = _bin_of_grid_point()
    flat = ops.convert_to_tensor(table.ravel())
    return ops.take(flat, row * table.shape[1] + column)


def encode_ab(ab: Tensor) -> tuple[Tensor, Tensor]:
    """Writes colours as weighted means of the four bins around them (bilinear soft encoding).

    Args:
        ab: Float tensor of shape `(..., 2)` in Lab units.

    Returns:
        Tuple of the bins' indices, int32 of shape `(..., 4)`, and their weights, float32 of the
        same shape, non-negative with sum 1. The weighted mean of `AB_BINS` equals `ab` for every
        colour that sRGB can show.
    """
    position = (ops.cast(ab, "float32") + _EXTENT) / GRID
    last_cell = 2.0 * _EXTENT / GRID - 1.0
    corner = ops.clip(ops.floor(position), 0.0, last_cell)
    fraction = ops.clip(position - corner, 0.0, 1.0)
    corner = ops.cast(corner, "int32")
    row, column = corner[..., 0], corner[..., 1]
    to_a, to_b = fraction[..., 0], fraction[..., 1]
    offsets = ((0, 0), (0, 1), (1, 0), (1, 1))
    indices = [_lookup(row + i, column + j) for i, j in offsets]
    weights = [(to_a if i else 1.0 - to_a) * (to_b if j else 1.0 - to_b) for i, j in offsets]
    return ops.stack(indices, axis=-1), ops.stack(weights, axis=-1)


def encode_ab_by_neighbors(ab: Tensor) -> tuple[Tensor, Tensor]:
    """Writes colours as the ten nearest bins, each weighted by its distance (section 2.2).

    Args:
        ab: Float tensor of shape `(..., 2)` in Lab units.

    Returns:
        Tuple of the bins' indices, int32 of shape `(..., 10)`, the nearest first, and their
        weights, float32 of the same shape, positive with sum 1: exp(-d^2 / (2 * 5^2)) at distance
        d, divided by their sum.
    """
    ab = ops.cast(ab, "float32")
    bins = ops.convert_to_tensor(AB_BINS)
    # -d^2 / 2, less the share of it that a colour's bins have in common.
    closeness = ops.matmul(ab, ops.transpose(bins)) - ops.sum(ops.square(bins), axis=-1) / 2.0
    nearest, indices = ops.top_k(closeness, NEIGHBORS)
    return ops.cast(indices, "int32"), ops.softmax(nearest / NEIGHBOR_SIGMA**2, axis=-1)


def nearest_bin(ab: Tensor) -> Tensor:
    """Returns the index of the bin at the nearest grid point.

    Args:
        ab: Float tensor of shape `(..., 2)` in Lab units.

    Returns:
        int32 tensor of shape `(...)`, indices into `AB_BINS`.
    """
    position = (ops.cast(ab, "float32") + _EXTENT) / GRID
    position = ops.clip(ops.round(position), 0.0, 2.0 * _EXTENT / GRID)
    position = ops.cast(position, "int32")
    return _lookup(position[..., 0], position[..., 1])


def smooth_histogram(counts: ArrayLike) -> NDArray[np.float64]:
    """Smooths a histogram over the bins into probabilities (Zhang et al. 2016, section 2.2).

    Args:
        counts: Array of shape `(313,)`, non-negative, not all zero.

    Returns:
        float64 array of shape `(313,)`, positive, with sum 1.
    """
    counts = np.asarray(counts, dtype="float64")
    squared_distance = np.sum((AB_BINS[:, None] - AB_BINS[None, :]) ** 2, axis=-1)
    kernel = np.exp(-squared_distance / (2.0 * PRIOR_SIGMA**2))
    counts = counts + _PSEUDO_COUNT * counts.sum()
    smooth = np.dot(kernel, counts / kernel.sum(axis=0)).astype("float64")
    return smooth / smooth.sum()


@functools.cache
def load_prior() -> NDArray[np.float64]:
    """Returns the smoothed probability of each bin in ordinary photographs.

    Measured on the training photographs of the default model (its card in models/ names them).

    Returns:
        float64 array of shape `(313,)`, positive, with sum 1.
    """
    with resources.files("colorkit").joinpath("assets/ab_counts.csv").open() as lines:
        return smooth_histogram(np.loadtxt(lines))


def rebalancing_weights(
    prior: NDArray[np.float64], uniform_share: float = 0.5
) -> NDArray[np.float64]:
    """Returns class weights that rebalance rare colours (Zhang et al. 2016, equation 4).

    Args:
        prior: Array of shape `(313,)` with sum 1: the probability of each bin.
        uniform_share: Share of the uniform distribution mixed into the prior before it is
            inverted, in [0, 1] (lambda in the paper): 1 leaves all colours equal, 0 inverts fully.

    Returns:
        float64 array of shape `(313,)`, whose mean under `prior` is 1.
    """
    weights = 1.0 / ((1.0 - uniform_share) * prior + uniform_share / len(prior))
    return weights / np.sum(prior * weights)
