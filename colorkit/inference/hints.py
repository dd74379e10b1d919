"""Colours that a user gives at points of a picture."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorkit.color.constants import AB_SCALE
from colorkit.inference.lightness import ab_of

if TYPE_CHECKING:
    from colorkit.inference.letterbox import Letterbox

PATCH = 5
"""Side of a hint's square, in pixels of the model's input."""

_LARGEST_COORDINATE = 2**53  # up to which floats hold every whole number
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclasses.dataclass(frozen=True)
class Hint:
    """A colour at a point of a picture.

    Only the colour's CIE a and b are used: the lightness is the photograph's.

    Attributes:
        x, y: Position in pixels of the upright picture: the pixel at the top left is (0, 0), x
            grows to the right and y downwards. Fractions lie within that pixel.
        color: sRGB colour as `"#rrggbb"`.
        strength: Float above 0, up to 1: how far the place goes from the colour that it would get
            without the hint towards the hint's.

    Raises:
        ValueError: If a coordinate is no number of 0 or more, the colour is not such a string, or
            the strength lies outside its range.

    Example:
        >>> Hint(120, 80, "#c02020")
        Hint(x=120, y=80, color='#c02020', strength=1.0)
    """

    x: float
    y: float
    color: str
    strength: float = 1.0

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            number = getattr(self, name)
            if not _is_number(number) or not 0 <= number < _LARGEST_COORDINATE:
                raise ValueError(
                    f"A hint's {name} must be a number of pixels from 0. "
                    f"Received: {name}={number!r}"
                )
        if not isinstance(self.color, str) or not _COLOR.fullmatch(self.color):
            raise ValueError(
                f"A hint's colour must be written as #rrggbb, such as #c02020. "
                f"Received: {self.color!r}"
            )
        if not _is_number(self.strength) or not 0 < self.strength <= 1:
            raise ValueError(
                f"A hint's strength must be above 0 and at most 1; 1 takes the hint's colour. "
                f"Received: strength={self.strength!r}"
            )

    @property
    def ab(self) -> NDArray[np.float32]:
        """CIE a and b of the colour: float32 array of shape `(2,)`."""
        rgb = [int(self.color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        return ab_of(np.array(rgb))


HintLike: TypeAlias = Hint | tuple[float, float, str] | tuple[float, float, str, float]
"""A hint, or its x, y, colour and, where it is not 1, strength."""


def check_hints(
    hints: Iterable[HintLike] | None, picture_size: tuple[int, ...]
) -> tuple[Hint, ...]:
    """Checks that hints lie in a picture.

    Args:
        hints: Iterable of `Hint`s or tuples `(x, y, color)` or `(x, y, color, strength)`; `None`
            for none.
        picture_size: `(H, W)`.

    Returns:
        Tuple of `Hint`s.

    Raises:
        ValueError: If one is no hint or lies outside.
    """
    hints = tuple(map(_as_hint, () if hints is None else hints))
    height, width = picture_size
    for hint in hints:
        if hint.x >= width or hint.y >= height:
            raise ValueError(
                f"A hint must lie in the picture of {width} x {height} pixels: x from 0 to "
                f"{width - 1}, y from 0 to {height - 1}. Received: x={hint.x!r}, y={hint.y!r}"
            )
    return hints


def hold_all(content: tuple[slice, slice], hints: Iterable[Hint]) -> bool:
    """Tells whether all hints lie in a part of the picture, slices over rows and columns."""
    rows, columns = content
    return all(
        rows.start <= hint.y < rows.stop and columns.start <= hint.x < columns.stop
        for hint in hints
    )


def draw_hints(
    hints: Iterable[Hint], picture_size: tuple[int, ...], letterbox: Letterbox
) -> NDArray[np.float32]:
    """Draws hints as a model's input.

    Each covers a square of `PATCH` pixels about its point, cut at the picture's edges; a later one
    covers an earlier. They are reflected in the padding as the picture is.

    Args:
        hints: Iterable of `Hint`s that lie in the picture.
        picture_size: `(H, W)`.
        letterbox: The picture's `Letterbox`.

    Returns:
        float32 array of shape `(*letterbox.padded, 3)`: a / 128, b / 128, and the strength where a
        hint is, else 0.
    """
    drawn = np.zeros((*letterbox.content, 3), "float32")
    for hint in hints:
        row, column = letterbox.place((hint.y, hint.x), picture_size)
        rows, columns = (
            slice(max(0, place - PATCH // 2), place + PATCH // 2 + 1) for place in (row, column)
        )
        drawn[rows, columns] = (*(hint.ab / AB_SCALE), hint.strength)
    return letterbox.pad(drawn)


def _as_hint(hint: HintLike) -> Hint:
    if isinstance(hint, Hint):
        return hint
    if isinstance(hint, (tuple, list)) and len(hint) in (3, 4):
        return Hint(*hint)
    raise ValueError(f"A hint must be a colorkit.Hint or (x, y, '#rrggbb'). Received: {hint!r}")


def settle_strength(
    hints: NDArray[np.float32], automatic: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Replaces hints of a strength below 1 by full ones that ask for less.

    Models know only hints that hold. Half the strength is a hint of the colour half way from the
    automatic one.

    Args:
        hints: float32 array of shape `(B, H, W, 3)`: a / 128, b / 128, and the strength.
        automatic: float32 array of shape `(B, H / stride, W / stride, 2)`: CIE a and b that a model
            predicts without hints.

    Returns:
        float32 array of the shape of `hints`: a / 128, b / 128, and 1 where a hint is, else 0.
    """
    strength = hints[..., 2:]
    stride = hints.shape[1] // automatic.shape[1]
    own = automatic.repeat(stride, 1).repeat(stride, 2) / np.float32(AB_SCALE)
    color = np.where(strength > 0, strength * hints[..., :2] + (1 - strength) * own, 0.0)
    return np.concatenate([color, strength > 0], -1).astype("float32")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
