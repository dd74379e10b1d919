"""Filters photographs that are unfit for training: unreadable, too small, gray."""

import hashlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.io.format_limits import composite_on_white, round_to_8_bits
from colorkit.io.icc import encode_srgb
from colorkit.io.photo import CUT_SHORT, PhotoError
from colorkit.io.read import decode_photo

REFUSED, UNREADABLE = "refused", "unreadable"
TOO_SMALL, GRAY, NEAR_DUPLICATE = "too small", "gray", "near-duplicate"
DROP_REASONS = (REFUSED, UNREADABLE, TOO_SMALL, GRAY, NEAR_DUPLICATE)
"""Why photographs are dropped, in the order of the checks."""

GRAY_SPREAD, TONED_CHROMA = 4.0, 30.0
"""Units of Lab: a photograph counts as gray where both values of `measure_color` are smaller.
Sepia and tinted prints do, also re-encoded as JPEG; so do 0.4 % of 16,000 colour photographs."""

_DARK = 0.1  # linear light, of which 95 % of a dark photograph's pixels have less
_MOST_GAIN = 8  # three stops; with more, the noise of JPEG makes colours of toned photographs

THUMBNAIL_SIDE = 64

_LIGHTNESS_CLASSES = 16
_CODES = np.arange(256) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)  # of sRGB


class Dropped(Exception):
    """A photograph that is dropped; its arguments are the reason and details."""


def decode_rgb(data: bytes, name: str) -> NDArray[np.uint8]:
    """Decodes a photograph for training.

    Args:
        data: Bytes of its file.
        name: Its name in errors.

    Returns:
        uint8 array of shape `(height, width, 3)`: sRGB, upright, transparent parts on white.

    Raises:
        Dropped: If it cannot be read.
    """
    try:
        photo = decode_photo(data, name)
    except PhotoError as error:
        raise Dropped(UNREADABLE, str(error)) from error
    if photo.damage == CUT_SHORT:
        raise Dropped(UNREADABLE, f"Cannot read {name}: the file is cut short.")
    pixels, alpha = photo.pixels, photo.alpha
    if alpha is not None:
        pixels = composite_on_white(pixels, alpha)
    if pixels.dtype == np.uint16:
        pixels = round_to_8_bits(pixels)
    rgb = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
    return rgb.astype("uint8", copy=False)


def check_photo(rgb: NDArray[np.uint8], thumbnail: NDArray[np.uint8], min_side: int) -> None:
    """Checks size and colour.

    Args:
        rgb: uint8 array of shape `(height, width, 3)`.
        thumbnail: The same, small, from `make_thumbnail`.
        min_side: Minimum shorter side, in pixels.

    Raises:
        Dropped: If it is too small, or gray or nearly so.
    """
    height, width = rgb.shape[:2]
    if min(height, width) < min_side:
        raise Dropped(TOO_SMALL, f"{width} x {height}; at least {min_side} a side are taken")
    if is_gray(thumbnail):
        spread, _ = measure_color(brighten_dark(thumbnail))
        raise Dropped(GRAY, f"its colours spread by {spread:.2f}; from {GRAY_SPREAD:g} are taken")


def make_thumbnail(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrinks a photograph to a shorter side of `THUMBNAIL_SIDE` pixels, or less where it is less.

    Args:
        rgb: uint8 array of shape `(height, width, 3)`.

    Returns:
        uint8 array of shape `(h, w, 3)`.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, THUMBNAIL_SIDE / min(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)


def is_gray(rgb: NDArray[np.uint8]) -> bool:
    """Tells whether a picture is gray or toned, such as sepia.

    Args:
        rgb: uint8 array of shape `(height, width, 3)`, sRGB. Dark ones are brightened, since all
            colours of a dark picture are near gray.
    """
    spread, chroma = measure_color(brighten_dark(rgb))
    return spread < GRAY_SPREAD and chroma < TONED_CHROMA


def brighten_dark(rgb: NDArray[np.uint8]) -> NDArray[Any]:
    """Brightens a dark picture, as a longer exposure would have.

    Args:
        rgb: uint8 array of shape `(height, width, 3)`, sRGB.

    Returns:
        Array of the same shape, in [0, 255]: `rgb` itself where 5 % of its pixels have at least
        `_DARK` of the light of white in a channel.
    """
    brightest = np.maximum(np.maximum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])
    bright = np.percentile(_LINEAR[brightest], 95)
    if bright >= _DARK:
        return rgb
    gain = min(_MOST_GAIN, _DARK / max(bright, 1e-9))
    return 255 * encode_srgb(np.minimum(_LINEAR[rgb] * gain, 1))


def measure_color(rgb: NDArray[Any]) -> tuple[float, float]:
    """Measures a picture's chroma, and its spread of colour at equal lightness.

    Both are 90th percentiles over pixels, so that a small coloured spot such as a date stamp does
    not count. The spread is the distance in ab from the median ab of all pixels of about the
    same L: near 0 for gray pictures and for toned ones such as sepia, whatever their tint.

    Args:
        rgb: Array of shape `(height, width, 3)`, sRGB in [0, 255].

    Returns:
        Spread and chroma: two floats, in units of Lab.
    """
    lab = cv2.cvtColor(rgb.astype("float32") / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    lightness, a, b = np.ascontiguousarray(lab.T)
    classes = (lightness * _LIGHTNESS_CLASSES / 100).astype(int)
    distances = np.hypot(a - _class_medians(a, classes), b - _class_medians(b, classes))
    return float(np.percentile(distances, 90)), float(np.percentile(np.hypot(a, b), 90))


def _class_medians(values: NDArray[Any], classes: NDArray[np.int_]) -> NDArray[np.float64]:
    """Returns for each value, in [-128, 127], the median of those of its class.

    One sort for all classes: of a thumbnail it takes a tenth of the time of `np.median` for each.
    """
    in_order = np.sort(values + 256.0 * classes)
    counts = np.bincount(classes)
    starts = np.cumsum(counts) - counts
    middles = np.stack([starts + (counts - 1) // 2, starts + counts // 2])
    medians = in_order[np.minimum(middles, len(values) - 1)].mean(axis=0)  # of empty classes, any
    return (medians - 256.0 * np.arange(len(counts)))[classes]


def digest(data: bytes) -> str:
    """Returns the SHA-256 of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
