"""A picture's own lightness: taken from its pixels, and put back under new colour.

These run on the host with NumPy and OpenCV, not in `keras.ops`, because pictures come in any size
and a compiling backend would compile anew for each. The convention is that of `colorkit.color`.
"""

import cv2
import numpy as np

from colorkit.color_space import D65_WHITE, RGB_FROM_XYZ, XYZ_FROM_RGB

_STRIP_PIXELS = 1 << 16  # planes of 256 kB stay in the cache: fastest of 2^14 to 2^22
GAMUT_TOLERANCE = 1e-4  # of linear light: a third of an 8-bit level where sRGB is steepest
CHROMA_HALVINGS = 10  # chroma is found to 1/1024 of itself: less than a level, whoever computes

_LUMINANCE_FROM_RGB = XYZ_FROM_RGB[1]
_RGB_FROM_WHITE_XYZ = (RGB_FROM_XYZ * D65_WHITE).astype("float32")


def row_strips(height, width):
    """Cuts a picture into horizontal strips of about 65 thousand pixels.

    Args:
        height: Rows of the picture.
        width: Columns of the picture.

    Returns:
        List of slices over the rows, top to bottom, that cover every row once.
    """
    rows = max(1, _STRIP_PIXELS // width)
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


def lightness_of(image):
    """Computes the CIE L of a picture, gray or coloured.

    Args:
        image: Array of shape `(H, W)`, `(H, W, 1)` or `(H, W, 3)` in sRGB: uint8, uint16, or float
            in [0, 1].

    Returns:
        float32 array of shape `(H, W)` in [0, 100].
    """
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    to_linear = _linear_light_reader(image.dtype)
    lightness = np.empty(image.shape[:2], "float32")
    for rows in row_strips(*lightness.shape):
        linear = to_linear(image[rows])
        if linear.ndim == 3:
            linear = cv2.transform(linear, _LUMINANCE_FROM_RGB[None, :])
        lightness[rows] = _lightness_from_luminance(linear)
    return lightness


def with_lightness(lightness, a, b, dtype):
    """Joins L with a and b into sRGB pixels, giving up chroma rather than lightness.

    Where (L, a, b) lies outside sRGB, a and b shrink towards gray, at the same hue, until the
    colour fits. Clipping the red, green and blue channels one by one would change L instead.

    Args:
        lightness: float32 array of shape `(H, W)` in [0, 100].
        a: float32 array of shape `(H, W)`, CIE a.
        b: float32 array of shape `(H, W)`, CIE b.
        dtype: NumPy dtype of the pixels: uint8, uint16 or a float type.

    Returns:
        Tuple of the pixels, of shape `(H, W, 3)`, full range for integers and [0, 1] for floats;
        and the number of pixels whose chroma had to shrink.
    """
    lab = cv2.merge([lightness, a, b])
    rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    # OpenCV clips to [0, 1], so that only pixels with a channel at an end can have been outside.
    suspects = np.flatnonzero(cv2.inRange(rgb, (1e-6,) * 3, (1 - 1e-6,) * 3) == 0)
    suspect_lab = lab.reshape(-1, 3)[suspects].T
    outside = ~_in_gamut(suspect_lab)
    if outside.any():
        fitted = np.ascontiguousarray(_shrink_chroma(suspect_lab[:, outside]).T[None])
        rgb.reshape(-1, 3)[suspects[outside]] = cv2.cvtColor(fitted, cv2.COLOR_Lab2RGB)[0]
    return _pixels_from_unit(rgb, dtype), int(outside.sum())


def _linear_light_reader(dtype):
    """Returns a function from sRGB pixels of `dtype` to float32 linear light in [0, 1]."""
    if dtype.kind == "f":
        return lambda pixels: linear_from_srgb(pixels.astype("float32"))
    levels = np.iinfo(dtype).max
    table = linear_from_srgb(np.arange(levels + 1, dtype="float64") / levels).astype("float32")
    if dtype == np.uint8:
        return lambda pixels: cv2.LUT(np.ascontiguousarray(pixels), table)
    return lambda pixels: table[pixels]


def linear_from_srgb(srgb):
    curve = ((np.maximum(srgb, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(srgb > 0.04045, curve, srgb / 12.92)


def _lightness_from_luminance(luminance):
    curve = 116.0 * np.cbrt(luminance) - 16.0
    line = (116.0 * 7.787) * luminance
    return np.clip(np.where(luminance > 0.008856, curve, line), 0.0, 100.0)


def _in_gamut(lab):
    """Tells which colours sRGB holds; `lab` is L, a and b, three arrays of shape `(N,)`."""
    lightness, a, b = lab
    fy = (lightness + 16.0) / 116.0
    f = np.stack([fy + a / 500.0, fy, np.maximum(fy - b / 200.0, 0.0)])
    white_xyz = np.where(f > 0.2068966, f * f * f, (f - 16.0 / 116.0) / 7.787)
    linear = _RGB_FROM_WHITE_XYZ @ white_xyz
    return np.abs(linear - 0.5).max(axis=0) <= 0.5 + GAMUT_TOLERANCE


def _shrink_chroma(lab):
    """Scales a and b of `(3, N)` colours down by bisection until sRGB holds them."""
    lightness, a, b = lab
    scale = np.zeros_like(lightness)
    for halving in range(1, CHROMA_HALVINGS + 1):
        tried = scale + np.float32(0.5**halving)
        scale = np.where(_in_gamut((lightness, tried * a, tried * b)), tried, scale)
    return np.stack([lightness, scale * a, scale * b])


def _pixels_from_unit(rgb, dtype):
    if dtype == np.uint8:
        return cv2.convertScaleAbs(rgb, alpha=255)
    if dtype.kind == "f":
        return np.clip(rgb, 0.0, 1.0).astype(dtype)
    return np.rint(np.clip(rgb, 0.0, 1.0) * np.iinfo(dtype).max).astype(dtype)
