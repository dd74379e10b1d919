"""The sparse linear system that spreads colours over a picture (Levin, Lischinski, Weiss 2004).

A pixel's colour is the mean of its neighbours', each weighted by how alike its brightness is. Small
pictures are solved exactly. Larger ones are solved on a small copy, and each finer copy begins with
the coarser solution and relaxes it (cascadic multigrid, Bornemann and Deuflhard 1996).
"""

import cv2
import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

EXACT_PIXELS = 1 << 16
"""Largest number of pixels that is solved directly."""

SWEEPS = 40
"""Relaxations of each finer copy."""

_LEAST_VARIANCE = 2e-6  # of Y, where a window is flat; that of the authors' code
_NEIGHBORS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]


def affinities(brightness: NDArray[np.float64]) -> scipy.sparse.csr_matrix:
    """Returns the weights of each pixel's neighbours, equation 2.

    Args:
        brightness: float64 array of shape `(H, W)` in [0, 1].

    Returns:
        Sparse matrix of shape `(H * W, H * W)`: exp(-(Y(r) - Y(s))^2 / (2 * variance)) in row r and
        column s, each row divided by its sum. The variance is that of the window about r.
    """
    height, width = brightness.shape
    padded = np.pad(brightness, 1, constant_values=np.nan)
    windows = np.stack(
        [padded[1 + i : 1 + i + height, 1 + j : 1 + j + width] for i, j in [(0, 0), *_NEIGHBORS]]
    )
    variance = np.maximum(np.nanvar(windows, axis=0), _LEAST_VARIANCE)
    weights = np.exp(-((windows[1:] - brightness) ** 2) / (2 * variance))
    weights = np.nan_to_num(weights / np.maximum(np.nansum(weights, axis=0), 1e-300))
    places = np.arange(height * width, dtype="int32").reshape(height, width)
    inside = np.isfinite(windows[1:])
    neighbors = np.stack([places + i * width + j for i, j in _NEIGHBORS])
    rows = np.broadcast_to(places, neighbors.shape)
    return scipy.sparse.csr_matrix(
        (weights[inside], (rows[inside], neighbors[inside])), shape=(places.size, places.size)
    )


def spread_colors(
    brightness: NDArray[np.float64], given: NDArray[np.bool_], color: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Spreads colours over a picture.

    Args:
        brightness: float64 array of shape `(H, W)` in [0, 1].
        given: bool array of shape `(H, W)`: where a colour is given; somewhere it must be.
        color: float64 array of shape `(H, W, 2)`: U and V there.

    Returns:
        float64 array of shape `(H, W, 2)`: U and V everywhere.
    """
    if brightness.size <= EXACT_PIXELS:
        return _solve(brightness, given, color)
    height, width = brightness.shape
    size = (width + 1) // 2, (height + 1) // 2
    share = cv2.resize(given.astype("float64"), size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(color * given[..., None], size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(brightness, size, interpolation=cv2.INTER_AREA)
    coarse = spread_colors(small, share > 0, sums / np.maximum(share, 1e-12)[..., None])
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    fine[given] = color[given]
    return _relax(brightness, given, fine)


def _solve(
    brightness: NDArray[np.float64], given: NDArray[np.bool_], color: NDArray[np.float64]
) -> NDArray[np.float64]:
    kept = scipy.sparse.diags_array((~given.ravel()).astype("float64"))
    system = scipy.sparse.eye_array(given.size) - kept @ affinities(brightness)
    solve = scipy.sparse.linalg.splu(system.tocsc()).solve
    return solve((color * given[..., None]).reshape(-1, 2)).reshape(color.shape)


def _relax(
    brightness: NDArray[np.float64], given: NDArray[np.bool_], color: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Replaces each colour that is not given by the mean of its neighbours', some times."""
    weights, free = affinities(brightness), ~given.reshape(-1, 1)
    flat = color.reshape(-1, 2)
    for _ in range(SWEEPS):
        flat = np.where(free, weights @ flat, flat)
    return flat.reshape(color.shape)
