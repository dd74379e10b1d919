"""Colorization by optimization (Levin, Lischinski, Weiss 2004): colours spread from scribbles."""

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.classics.pixels import pixels_of, unit_rgb
from colorkit.classics.spreading import spread_colors
from colorkit.inference.chroma_upsampling import ChromaEnlarger
from colorkit.inference.hints import Hint, HintLike, check_hints
from colorkit.inference.lightness import row_strips
from colorkit.inference.pictures import check_picture

SOLVED_PIXELS = 1 << 20
"""Largest number of pixels for which the system is solved. Of larger pictures it is solved for a
copy of this size, whose colours are enlarged along the picture's edges."""

_YUV_FROM_RGB = np.array(  # ITU-R BT.601
    [[0.299, 0.587, 0.114], [-0.147, -0.289, 0.436], [0.615, -0.515, -0.1]]
)
_RGB_FROM_YUV = np.linalg.inv(_YUV_FROM_RGB)
_PERCENT = np.float32(100)  # The guide of `ChromaEnlarger` lies in [0, 100].


def colorize_by_optimization(
    image: ArrayLike,
    scribbles: ArrayLike | None = None,
    hints: Iterable[HintLike] | None = None,
    *,
    hint_radius: int = 2,
) -> NDArray[Any]:
    """Spreads scribbles or hints over a picture: neighbours alike in brightness get alike colours.

    Equations 1 and 2 of the paper in YUV, with windows of 3 x 3 pixels. Up to 65,536 pixels the
    system is solved exactly, up to `SOLVED_PIXELS` from coarse to fine
    (`colorkit.classics.spreading`), and beyond for a copy of that size. So memory and most of the
    time are bounded: `benchmarks/spreading.py` prints both.

    Args:
        image: Picture as `colorkit.Colorizer.colorize` takes it, of which Y is kept.
        scribbles: RGBA array of shape `(H, W, 4)`, uint8, uint16 or float in [0, 1]: colours where
            the last channel is above 0. `None` where hints alone are given.
        hints: Hints as `colorkit.Colorizer.colorize` takes them: each a square of
            `2 * hint_radius + 1` pixels. `None` for none.
        hint_radius: Int of 0 or more, in pixels for which the system is solved.

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
    pixels = check_picture(image)
    size = pixels.shape[:2]
    checked = check_hints(hints, size)
    drawn = None if scribbles is None else _check_scribbles(scribbles, size)
    scale = min(1.0, (SOLVED_PIXELS / (size[0] * size[1])) ** 0.5)
    solved = tuple(max(1, int(scale * side)) for side in size) if scale < 1 else size
    brightness = unit_rgb(_shrunk(pixels, solved))[0] @ _YUV_FROM_RGB[0]
    given, color = _read_scribbles(drawn, solved)
    _add_hints(given, color, checked, size, hint_radius)
    if not given.any():
        raise ValueError(
            "Colours are spread from scribbles or hints: give an RGBA array with some pixels whose "
            "alpha is above 0, or hints such as [(120, 80, '#c02020')]. Received: none"
        )
    return _with_colors(pixels, brightness, spread_colors(brightness, given, color))


def _with_colors(
    pixels: NDArray[Any], brightness: NDArray[np.float64], uv: NDArray[np.float64]
) -> NDArray[Any]:
    """Gives a picture U and V of its size or smaller, strip by strip."""
    height, width = pixels.shape[:2]
    guide = brightness.astype("float32") * _PERCENT
    enlarger = ChromaEnlarger(uv.astype("float32"), guide, (height, width))
    is_whole = brightness.shape == (height, width)
    made = np.empty((height, width, 3), pixels.dtype.newbyteorder("="))
    for rows in row_strips(height, width):
        rgb, dtype = unit_rgb(pixels[rows])
        bright = rgb @ _YUV_FROM_RGB[0]
        if is_whole:
            planes = uv[rows]
        else:
            planes = np.dstack(enlarger.enlarge_rows(rows, bright.astype("float32") * _PERCENT))
        made[rows] = pixels_of(np.dstack([bright, planes]) @ _RGB_FROM_YUV.T, dtype)
    return made


def _add_hints(
    given: NDArray[np.bool_],
    color: NDArray[np.float64],
    hints: Iterable[Hint],
    size: tuple[int, ...],
    radius: int,
) -> None:
    """Draws hints, in pixels of a picture of `size`, into the colours given of its copy."""
    for hint in hints:
        y, x = (
            int(at) * copy // whole
            for at, copy, whole in zip((hint.y, hint.x), given.shape, size, strict=True)
        )
        square = np.s_[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
        given[square] = True
        levels = [int(hint.color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        color[square] = _YUV_FROM_RGB[1:] @ levels


def _check_scribbles(scribbles: ArrayLike, size: tuple[int, ...]) -> NDArray[Any]:
    drawn = np.asarray(scribbles)
    if drawn.shape != (*size, 4):
        raise ValueError(
            f"`scribbles` must have the picture's height and width, and four channels, RGB and "
            f"alpha: shape {(*size, 4)}. Received: shape {drawn.shape}"
        )
    check_picture(drawn[..., :3])
    return drawn


def _read_scribbles(
    drawn: NDArray[Any] | None, size: tuple[int, ...]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Returns where a colour is given, `(H, W)`, and its U and V, `(H, W, 2)`, of this size."""
    if drawn is None:
        return np.zeros(size, bool), np.zeros((*size, 2))
    given = drawn[..., 3] > 0
    uv = unit_rgb(drawn[..., :3])[0] @ _YUV_FROM_RGB[1:].T
    if given.shape == size:
        return given, uv
    share = _shrunk(given.astype("float64"), size)
    return share > 0, _shrunk(uv * given[..., None], size) / np.maximum(share, 1e-12)[..., None]


def _shrunk(pixels: NDArray[Any], size: tuple[int, ...]) -> NDArray[Any]:
    if pixels.shape[:2] == size:
        return pixels
    return cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA)
