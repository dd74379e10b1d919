"""Colorization by optimization (Levin, Lischinski, Weiss 2004): colours spread by a linear system.

A pixel's colour is the mean of its neighbours', each weighted by how alike its brightness is. With
some colours given, that is a sparse linear system. Small pictures are solved exactly. Larger ones
are solved on a small copy, and each finer copy begins with the coarser solution and relaxes it
(cascadic multigrid, Bornemann and Deuflhard 1996).
"""

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import ArrayLike, NDArray

from colorkit.classics.pixels import pixels_of, unit_rgb
from colorkit.inference.hints import HintLike, check_hints

EXACT_PIXELS = 1 << 16
"""Largest number of pixels that is solved directly."""

SWEEPS = 40
"""Relaxations of each finer copy."""

_YUV_FROM_RGB = np.array(  # ITU-R BT.601
    [[0.299, 0.587, 0.114], [-0.147, -0.289, 0.436], [0.615, -0.515, -0.1]]
)
_RGB_FROM_YUV = np.linalg.inv(_YUV_FROM_RGB)
_LEAST_VARIANCE = 2e-6  # of Y, where a window is flat; that of the authors' code
_NEIGHBORS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]


def colorize_by_optimization(
    image: ArrayLike,
    scribbles: ArrayLike | None = None,
    hints: Iterable[HintLike] | None = None,
    *,
    hint_radius: int = 2,
) -> NDArray[Any]:
    """Spreads scribbles or hints over a picture: neighbours alike in brightness get alike colours.

    Equations 1 and 2 of the paper in YUV, with windows of 3 x 3 pixels. Up to `EXACT_PIXELS` the
    system is solved exactly. Beyond, time and memory grow with the pixels: on one core about
    ten seconds and 0.5 GB for each million.

    Args:
        image: Picture as `colorkit.Colorizer.colorize` takes it, of which Y is kept.
        scribbles: RGBA array of shape `(H, W, 4)`, uint8, uint16 or float in [0, 1]: colours where
            the last channel is above 0. `None` where hints alone are given.
        hints: Hints as `colorkit.Colorizer.colorize` takes them: each a square of
            `2 * hint_radius + 1` pixels. `None` for none.
        hint_radius: Int of 0 or more.

    Returns:
        RGB array of shape `(H, W, 3)` and the dtype of `image`.

    Raises:
        ValueError: If an array has another form, a hint lies outside, or there is neither a
            scribble nor a hint.

    Example:
        >>> red = [(9, 9, "#c02020")]
        >>> colorkit.classics.colorize_by_optimization(photo[..., 1], hints=red).shape
        (64, 96, 3)
    """
    rgb, dtype = unit_rgb(image)
    brightness = rgb @ _YUV_FROM_RGB[0]
    given, color = _read_scribbles(scribbles, brightness.shape)
    for hint in check_hints(hints, brightness.shape):
        y, x = int(hint.y), int(hint.x)
        square = np.s_[
            max(0, y - hint_radius) : y + hint_radius + 1,
            max(0, x - hint_radius) : x + hint_radius + 1,
        ]
        given[square] = True
        levels = [int(hint.color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        color[square] = _YUV_FROM_RGB[1:] @ levels
    if not given.any():
        raise ValueError(
            "Colours are spread from scribbles or hints: give an RGBA array with some pixels whose "
            "alpha is above 0, or hints such as [(120, 80, '#c02020')]. Received: none"
        )
    yuv = np.dstack([brightness, _spread(brightness, given, color)])
    return pixels_of(yuv @ _RGB_FROM_YUV.T, dtype)


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


def _spread(
    brightness: NDArray[np.float64], given: NDArray[np.bool_], color: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns U and V everywhere: `(H, W, 2)`."""
    if brightness.size <= EXACT_PIXELS:
        return _solve(brightness, given, color)
    height, width = brightness.shape
    size = (width + 1) // 2, (height + 1) // 2
    share = cv2.resize(given.astype("float64"), size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(color * given[..., None], size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(brightness, size, interpolation=cv2.INTER_AREA)
    coarse = _spread(small, share > 0, sums / np.maximum(share, 1e-12)[..., None])
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


def _read_scribbles(
    scribbles: ArrayLike | None, size: tuple[int, ...]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Returns where a colour is given, `(H, W)`, and its U and V, `(H, W, 2)`."""
    if scribbles is None:
        return np.zeros(size, bool), np.zeros((*size, 2))
    drawn = np.asarray(scribbles)
    if drawn.shape != (*size, 4):
        raise ValueError(
            f"`scribbles` must have the picture's height and width, and four channels, RGB and "
            f"alpha: shape {(*size, 4)}. Received: shape {drawn.shape}"
        )
    rgb, _ = unit_rgb(drawn[..., :3])
    return drawn[..., 3] > 0, rgb @ _YUV_FROM_RGB[1:].T
