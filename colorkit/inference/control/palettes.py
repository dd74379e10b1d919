"""Palettes: colours, or the colours of a picture, that a result should tend to."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import skimage.color
from numpy.typing import ArrayLike, NDArray

from colorkit.inference.control.small_color import small_ab
from colorkit.inference.pictures import check_picture

STRENGTH = 0.5
"""How far a picture goes towards a palette by default."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SIDE = 128  # pixels of a picture's shorter side whose histogram is taken

PaletteLike: TypeAlias = str | Sequence[str] | ArrayLike
"""`"#aabbcc,#ddeeff"`, a list of such colours, or a colour picture."""


@dataclasses.dataclass(frozen=True, eq=False)
class Palette:
    """A histogram over the bins, and how far to go towards it.

    Attributes:
        histogram: float64 array of shape `(313,)` with sum 1.
        strength: Float in [0, 1].
    """

    histogram: NDArray[np.float64]
    strength: float = STRENGTH


def make_palette(palette: PaletteLike, strength: float = STRENGTH) -> Palette:
    """Makes a palette of colours or of a picture.

    Args:
        palette: sRGB colours as `"#rrggbb"`, each counted alike, in a list or parted by commas; or
            a colour picture as `colorkit.Colorizer.colorize` takes it, whose pixels are counted.
            Hue and chroma count, not lightness.
        strength: Float in [0, 1].

    Returns:
        A `Palette`.

    Raises:
        ValueError: If it is neither, or `strength` lies outside its range.
    """
    is_number = isinstance(strength, (int, float, np.number)) and not isinstance(strength, bool)
    if not is_number or not 0 <= strength <= 1:
        raise ValueError(
            f"A palette's strength must be from 0 to 1. Received: strength={strength!r}"
        )
    if isinstance(palette, str):
        palette = palette.split(",")
    if isinstance(palette, (list, tuple)) and all(isinstance(each, str) for each in palette):
        return Palette(_count(_ab_of_colors([each.strip() for each in palette])), float(strength))
    pixels = check_picture(palette)  # type: ignore[arg-type]  # No string is left.
    if pixels.ndim == 2 or pixels.shape[-1] == 1:
        raise ValueError(
            f"A palette must be colours such as '#c02020,#2040b0', or a colour picture. "
            f"Received: a gray picture of shape {pixels.shape}"
        )
    scale = min(1.0, _SIDE / min(pixels.shape[:2]))
    size = tuple(max(1, round(scale * side)) for side in pixels.shape[:2])
    return Palette(_count(small_ab(pixels, size).reshape(-1, 2)), float(strength))


def _ab_of_colors(colors: Sequence[str]) -> NDArray[np.float64]:
    wrong = [color for color in colors if not _COLOR.fullmatch(color)]
    if wrong or not colors:
        raise ValueError(
            f"A palette's colours must be written as #rrggbb, parted by commas, such as "
            f"'#c02020,#2040b0'. Received: {wrong[0] if wrong else colors!r}"
        )
    rgb = [[int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)] for color in colors]
    return skimage.color.rgb2lab(np.array(rgb))[:, 1:]


def _count(ab: ArrayLike) -> NDArray[np.float64]:
    """Returns the share of each bin in colours of shape `(N, 2)`."""
    from colorkit.color.ab_bins import AB_BINS, encode_ab

    indices, weights = (np.asarray(each).ravel() for each in encode_ab(ab))
    return np.bincount(indices, weights, len(AB_BINS)) / weights.sum()
