"""What keeps its own colour, or its gray: where a mask says so, or where there is colour."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.inference.control.small_color import small_ab
from colorkit.inference.lightness import lightness_of

GRAY_CHROMA, TRUE_CHROMA = 8.0, 16.0
"""Distance from the picture's tone, in a and b, up to which a pixel counts as uncoloured, and from
which as coloured. Compression leaves up to about 6 in gray photographs."""

_TONE_RADIUS = 6.0  # in a and b, about the tone that most pixels have at their lightness
_FITTED_PIXELS, _FIT_ROUNDS = 20_000, 10
_SOFTNESS = 0.004  # of the picture's shorter side: sigma of the blur of what is coloured


class KeptPixels(NamedTuple):
    """What a picture keeps.

    Attributes:
        own: Its own pixels: `(H, W)`, `(H, W, 1)` or `(H, W, 3)`.
        share: float32 array of shape `(H, W)` in [0, 1]: how much of them stays.
    """

    own: NDArray[Any]
    share: NDArray[np.float32]


def check_mask(mask: ArrayLike, size: tuple[int, ...]) -> NDArray[np.float32]:
    """Checks a mask of what is kept.

    Args:
        mask: Array of shape `(H, W)` or `(H, W, 1)`: bool, uint8, uint16, or float in [0, 1]; white
            (the dtype's maximum) where the picture stays as it is, black where it is coloured.
        size: `(H, W)` of the picture.

    Returns:
        float32 array of shape `(H, W)` in [0, 1].

    Raises:
        ValueError: If it is anything else.
    """
    kept = np.asarray(mask)
    if kept.ndim == 3 and kept.shape[2] == 1:
        kept = kept[..., 0]
    known = kept.dtype.kind in "bf" or kept.dtype in (np.uint8, np.uint16)
    if kept.shape != tuple(size) or not known:
        raise ValueError(
            f"A mask must be gray and of the picture's size, (H, W) = {tuple(size)}, bool, uint8, "
            f"uint16 or float in [0, 1]. Received: shape {kept.shape}, {kept.dtype}"
        )
    if kept.dtype.kind == "f" and not (kept.min() >= 0 and kept.max() <= 1):
        raise ValueError(
            f"A float mask must lie in [0, 1]. Received: {kept.min():g} to {kept.max():g}"
        )
    full = np.iinfo(kept.dtype).max if kept.dtype.kind == "u" else 1
    return np.asarray(kept / full, "float32")


def find_true_color(image: NDArray[Any]) -> NDArray[np.float32]:
    """Finds where a picture has colour of its own, such as a hand-tinted print.

    A tone that most of the picture has in common, such as sepia, counts as none; it may change with
    the lightness.

    Args:
        image: Array of shape `(H, W, 3)` in sRGB: uint8, uint16, or float in [0, 1].

    Returns:
        float32 array of shape `(H, W)` in [0, 1]: 1 where it has.
    """
    ab = small_ab(image, image.shape[:2])
    lightness = lightness_of(image) / np.float32(100)
    basis = np.stack([np.ones_like(lightness), lightness, lightness**2], -1)
    from_tone: NDArray[np.floating] = np.linalg.norm(ab - basis @ _fit_tone(basis, ab), axis=-1)
    if np.mean(from_tone < _TONE_RADIUS) < 0.5:
        from_tone = np.linalg.norm(ab, axis=-1)
    found = np.clip((from_tone - GRAY_CHROMA) / (TRUE_CHROMA - GRAY_CHROMA), 0, 1)
    sigma = max(0.5, _SOFTNESS * min(image.shape[:2]))
    return cv2.GaussianBlur(found.astype("float32"), (0, 0), sigma)


def _fit_tone(basis: NDArray[np.float32], ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fits the colour that most pixels have at their lightness, whatever the others have.

    Least squares, in which each round weights pixels less that were far from the last one's.

    Args:
        basis: float32 array of shape `(H, W, 3)`: 1, L and L squared.
        ab: float32 array of shape `(H, W, 2)`.

    Returns:
        float32 array of shape `(3, 2)`, by which `basis` is multiplied.
    """
    step = max(1, ab.shape[0] * ab.shape[1] // _FITTED_PIXELS)
    some, wanted = basis.reshape(-1, 3)[::step], ab.reshape(-1, 2)[::step]
    distance = np.linalg.norm(wanted - np.median(wanted, 0), axis=-1)
    for _ in range(_FIT_ROUNDS):
        weight = 1 / (1 + (distance / _TONE_RADIUS) ** 2)
        scaled = some * weight[:, None]
        fitted = np.linalg.lstsq(scaled, wanted * weight[:, None], rcond=None)[0]
        distance = np.linalg.norm(wanted - some @ fitted, axis=-1)
    return fitted.astype("float32")


def keep_own(pixels: NDArray[Any], kept: KeptPixels) -> NDArray[Any]:
    """Puts a picture's own pixels back where they are kept.

    Args:
        pixels: Coloured array of shape `(H, W, 3)`.
        kept: `KeptPixels` of the picture, of that dtype.

    Returns:
        Array like `pixels`.
    """
    share = kept.share[..., None]
    own = kept.own if kept.own.ndim == 3 else kept.own[..., None]
    mixed = (1 - share) * pixels + share * own
    mixed = np.rint(mixed) if pixels.dtype.kind == "u" else mixed
    return mixed.astype(pixels.dtype)
