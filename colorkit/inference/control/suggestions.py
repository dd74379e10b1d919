"""Colours that a model deems likely at a place, with names."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import cv2
import matplotlib.colors
import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.inference.control.insight import CELL, LOGITS_STRIDE, read_logits
from colorkit.inference.control.modes import find_modes, probabilities_of
from colorkit.inference.hints import check_hints
from colorkit.inference.lightness import with_lightness
from colorkit.inference.pictures import check_picture

if TYPE_CHECKING:
    from colorkit.inference.colorizer import Colorizer


@dataclasses.dataclass(frozen=True)
class SuggestedColor:
    """A colour that is likely at a place.

    Attributes:
        color: sRGB colour as `"#rrggbb"`, at the lightness of the place.
        name: The CSS colour that is nearest to it.
        share: Float in [0, 1]: how probable it is there.
    """

    color: str
    name: str
    share: float


def suggest_colors(
    colorizer: Colorizer, image: ArrayLike, x: float, y: float, number: int = 4
) -> list[SuggestedColor]:
    """Suggests colours for a place: the modes of what the model predicts there.

    Args:
        colorizer: `Colorizer` of the default model, run by Keras.
        image: Picture as `colorizer.colorize` takes it.
        x: The place in pixels from the left, as of a `colorkit.Hint`.
        y: The place from the top.
        number: Int of 1 or more.

    Returns:
        List of up to `number` `SuggestedColor`s of different names, the likeliest first.

    Raises:
        ValueError: If the place lies outside, or the model is another.
    """
    pixels = check_picture(image)
    (hint,) = check_hints([(x, y, "#000000")], pixels.shape[:2])
    insight = colorizer.insight
    prepared = colorizer.prepare(pixels, find_border=False)
    logits = read_logits(insight, prepared)
    row, column = (
        int(at * side / whole) // LOGITS_STRIDE
        for at, side, whole in zip(
            (hint.y, hint.x), prepared.input_size, pixels.shape[:2], strict=True
        )
    )
    reach = CELL // LOGITS_STRIDE // 2
    near = logits[
        max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1
    ]
    modes, shares = find_modes(probabilities_of(near).mean((0, 1)), number)
    lightness = float(prepared.lightness[int(hint.y), int(hint.x)])
    found: dict[str, SuggestedColor] = {}
    for n in np.argsort(-shares):
        color = _displayed(lightness, modes[n])
        name = name_color(color)
        found.setdefault(name, SuggestedColor(color, name, float(shares[n])))
    return list(found.values())


def name_color(color: str) -> str:
    """Returns the name of the CSS colour nearest to `"#rrggbb"` in CIE Lab."""
    names, lab = _named_colors()
    own = _lab_of([matplotlib.colors.to_rgb(color)])
    return names[int(np.argmin(((lab - own) ** 2).sum(-1)))]


@functools.cache
def _named_colors() -> tuple[tuple[str, ...], NDArray[np.float32]]:
    named = matplotlib.colors.CSS4_COLORS
    return tuple(named), _lab_of([matplotlib.colors.to_rgb(color) for color in named.values()])


def _lab_of(rgb: ArrayLike) -> NDArray[np.float32]:
    return cv2.cvtColor(np.asarray(rgb, "float32")[None], cv2.COLOR_RGB2Lab)[0]


def _displayed(lightness: float, ab: NDArray[np.float64]) -> str:
    """Returns the colour at a lightness, its chroma reduced where sRGB cannot hold it."""
    plane, a, b = (np.full((1, 1), value, "float32") for value in (lightness, *ab))
    pixels, _ = with_lightness(plane, a, b, np.dtype("uint8"))
    return "#{:02x}{:02x}{:02x}".format(*pixels[0, 0])
