"""A picture's own lightness: computed from its pixels, and combined with new colour.

These run on the host with NumPy and OpenCV, not in `keras.ops`, because pictures come in any size
and a compiling backend would recompile for each. The convention is that of `colorkit.color.lab`.
"""

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.color.constants import D65_WHITE, RGB_FROM_XYZ, XYZ_FROM_RGB

# All planes of a strip fit the CPU's cache, and its steps are long beside the change of threads
# between them: fastest of 2^15 to 2^18 in a folder run.
_STRIP_PIXELS = 1 << 16
_FITTED_TOGETHER = 1 << 14  # colours: more exceed the CPU cache, fewer are dominated by calls
GAMUT_TOLERANCE = 1e-4  # of linear light: a third of an 8-bit level where sRGB is steepest
CHROMA_HALVINGS = 10  # bisection to 1/1024 of the chroma, less than a level

_LUMINANCE_FROM_RGB = XYZ_FROM_RGB[1]
_RGB_FROM_WHITE_XYZ = (RGB_FROM_XYZ * D65_WHITE).astype("float32")


def row_strips(height: int, width: int) -> list[slice]:
    """Cuts a picture into horizontal strips of about 65 thousand pixels.

    Args:
        height: Rows of the picture.
        width: Columns of the picture.

    Returns:
        List of slices over the rows, top to bottom, that cover every row once.
    """
    rows = max(1, _STRIP_PIXELS // width)
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


def lightness_of(image: NDArray[Any]) -> NDArray[np.float32]:
    """Computes the CIE L of a picture, gray or coloured.

    Args:
        image: Array of shape `(H, W)`, `(H, W, 1)` or `(H, W, 3)` in sRGB: uint8, uint16, or float
            in [0, 1].

    Returns:
        float32 array of shape `(H, W)` in [0, 100].
    """
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    if image.ndim == 2 and image.dtype == np.uint8:
        return cv2.LUT(np.ascontiguousarray(image), _lightness_of_levels())
    to_linear = _linear_light_reader(image.dtype)
    lightness: NDArray[np.float32] = np.empty(image.shape[:2], "float32")
    for rows in row_strips(*lightness.shape):
        linear = to_linear(image[rows])
        if linear.ndim == 3:
            linear = cv2.transform(linear, _LUMINANCE_FROM_RGB[None, :])
        lightness[rows] = _lightness_from_luminance(linear)
    return lightness


class ColoredPixels:
    """Combines L with a and b to sRGB pixels, reducing chroma where needed, not lightness.

    Where (L, a, b) lies outside sRGB, a and b shrink towards gray, at the same hue, until the
    colour fits. Clipping the red, green and blue channels one by one would change L instead.

    Args:
        size: `(H, W)` of the picture.
        dtype: NumPy dtype of the pixels: uint8, uint16 or a float type.

    Example:
        >>> picture = ColoredPixels(lightness.shape, np.dtype("uint8"))
        >>> picture.fill_rows(slice(0, 64), lightness, ab[..., 0], ab[..., 1])
        >>> pixels, out_of_gamut = picture.finish()
    """

    def __init__(self, size: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._pixels = np.empty((*size, 3), dtype)
        # Positions and colours, fitted in batches for speed
        self._suspects: list[tuple[NDArray[np.intp], NDArray[np.float32]]] = []
        self._out_of_gamut = 0

    def fill_rows(
        self,
        rows: slice,
        lightness: NDArray[np.float32],
        a: NDArray[np.float32],
        b: NDArray[np.float32],
    ) -> None:
        """Colours some rows.

        Args:
            rows: Slice over the picture's rows.
            lightness: float32 array of shape `(len(rows), W)` in [0, 100].
            a: float32 array of that shape, CIE a.
            b: float32 array of that shape, CIE b.
        """
        lab = cv2.merge([lightness, a, b])
        rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
        self._pixels[rows] = _pixels_from_unit(rgb, self._pixels.dtype)
        # OpenCV clips to [0, 1]: only pixels with a channel at 0 or 1 can have been outside.
        places = np.flatnonzero(cv2.inRange(rgb, (1e-6,) * 3, (1 - 1e-6,) * 3) == 0)
        if len(places):
            first = (rows.start or 0) * self._pixels.shape[1]
            self._suspects.append((places + first, lab.reshape(-1, 3)[places]))
        if sum(len(places) for places, _ in self._suspects) > _FITTED_TOGETHER:
            self._fit_suspects()

    def finish(self) -> tuple[NDArray[Any], int]:
        """Returns the pixels, and the number of them whose chroma was reduced.

        The pixels have shape `(H, W, 3)`: full range for integers, [0, 1] for floats.
        """
        self._fit_suspects()
        return self._pixels, self._out_of_gamut

    def _fit_suspects(self) -> None:
        if not self._suspects:
            return
        places, colors = map(np.concatenate, zip(*self._suspects, strict=True))
        self._suspects = []
        outside = ~_in_gamut(colors.T)
        if outside.any():
            fitted = np.ascontiguousarray(_shrink_chroma(colors[outside].T).T[None])
            rgb = cv2.cvtColor(fitted, cv2.COLOR_Lab2RGB)
            self._pixels.reshape(-1, 3)[places[outside]] = _pixels_from_unit(
                rgb, self._pixels.dtype
            )[0]
            self._out_of_gamut += int(outside.sum())


def with_lightness(
    lightness: NDArray[np.float32],
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    dtype: np.dtype[Any],
) -> tuple[NDArray[Any], int]:
    """Combines L with a and b to sRGB pixels, as `ColoredPixels` does, at once.

    Args:
        lightness: float32 array of shape `(H, W)` in [0, 100].
        a: float32 array of shape `(H, W)`, CIE a.
        b: float32 array of shape `(H, W)`, CIE b.
        dtype: NumPy dtype of the pixels: uint8, uint16 or a float type.

    Returns:
        Tuple of the pixels, of shape `(H, W, 3)`, full range for integers and [0, 1] for floats;
        and the number of pixels whose chroma was reduced.
    """
    picture = ColoredPixels(lightness.shape, dtype)
    for rows in row_strips(*lightness.shape):
        picture.fill_rows(rows, lightness[rows], a[rows], b[rows])
    return picture.finish()


def _lightness_of_levels() -> NDArray[np.float32]:
    """Returns the CIE L of the 256 levels of 8-bit gray."""
    linear = linear_from_srgb(np.arange(256, dtype="float64") / 255)
    return _lightness_from_luminance(linear).astype("float32")


def _linear_light_reader(dtype: np.dtype[Any]) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
    """Returns a function from sRGB pixels of `dtype` to float32 linear light in [0, 1]."""
    if dtype.kind == "f":
        return lambda pixels: linear_from_srgb(pixels.astype("float32"))
    levels = np.iinfo(dtype).max
    table = linear_from_srgb(np.arange(levels + 1, dtype="float64") / levels).astype("float32")
    if dtype == np.uint8:
        return lambda pixels: cv2.LUT(np.ascontiguousarray(pixels), table)
    return lambda pixels: table[pixels]


def linear_from_srgb(srgb: NDArray[Any]) -> NDArray[Any]:
    curve = ((np.maximum(srgb, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(srgb > 0.04045, curve, srgb / 12.92)


def ab_of(color: NDArray[Any]) -> NDArray[np.float32]:
    """Computes the CIE a and b of one colour, without scikit-image.

    Args:
        color: Array of shape `(3,)` in [0, 1], sRGB.

    Returns:
        float32 array of shape `(2,)`.
    """
    # CIE applies the curve of L to X, Y and Z alike.
    x, y, z = _lightness_from_luminance(XYZ_FROM_RGB @ linear_from_srgb(color) / D65_WHITE)
    return np.array([500 / 116 * (x - y), 200 / 116 * (y - z)], "float32")


def _lightness_from_luminance(luminance: NDArray[Any]) -> NDArray[Any]:
    curve = 116.0 * np.cbrt(luminance) - 16.0
    line = (116.0 * 7.787) * luminance
    return np.clip(np.where(luminance > 0.008856, curve, line), 0.0, 100.0)


def _in_gamut(lab: Iterable[NDArray[np.float32]]) -> NDArray[np.bool_]:
    """Returns which colours sRGB holds; `lab` is L, a and b, three arrays of shape `(N,)`."""
    lightness, a, b = lab
    fy = (lightness + 16.0) / 116.0
    f = np.stack([fy + a / 500.0, fy, np.maximum(fy - b / 200.0, 0.0)])
    white_xyz = np.where(f > 0.2068966, f * f * f, (f - 16.0 / 116.0) / 7.787)
    linear = _RGB_FROM_WHITE_XYZ @ white_xyz
    return np.abs(linear - 0.5).max(axis=0) <= 0.5 + GAMUT_TOLERANCE


def _shrink_chroma(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scales a and b of `(3, N)` colours down by bisection until sRGB holds them."""
    lightness, a, b = lab
    scale = np.zeros_like(lightness)
    for halving in range(1, CHROMA_HALVINGS + 1):
        tried = scale + np.float32(0.5**halving)
        scale = np.where(_in_gamut((lightness, tried * a, tried * b)), tried, scale)
    return np.stack([lightness, scale * a, scale * b])


def _pixels_from_unit(rgb: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype == np.uint8:
        return cv2.convertScaleAbs(rgb, alpha=255)
    if dtype.kind == "f":
        return np.clip(rgb, 0.0, 1.0).astype(dtype)
    return np.rint(np.clip(rgb, 0.0, 1.0) * np.iinfo(dtype).max).astype(dtype)
