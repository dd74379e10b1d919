"""Looks of old colour processes: what they made of a scene's hues, on top of any colouring.

A look changes a and b alone, as a function of a, b and L, so that the lightness stays the
photograph's. No measured plates or film stand behind the numbers. What is documented is the
principle of each process, named at its function; the numbers in this module are chosen by it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import scipy.special
import skimage.color
from numpy.typing import NDArray

from colorkit.choices import LOOKS

_Lab = NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Look:
    """A look, and how far to go towards it.

    Attributes:
        name: `"autochrome"` (1907), `"kodachrome"` (1935) or `"hand-tinted"`.
        strength: Float in [0, 1].

    Raises:
        ValueError: If there is no such look, or `strength` lies outside its range.
    """

    name: str
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.name not in LOOKS:
            raise ValueError(f"A look must be one of {', '.join(LOOKS)}. Received: {self.name!r}")
        is_number = isinstance(self.strength, (int, float, np.number))
        if not is_number or isinstance(self.strength, bool) or not 0 <= self.strength <= 1:
            raise ValueError(
                f"A look's strength must be from 0 to 1. Received: strength={self.strength!r}"
            )

    def apply(self, lightness: NDArray[np.float32], ab: NDArray[np.float32]) -> _Lab:
        """Gives colours the look.

        Args:
            lightness: float32 array of shape `(h, w)` in [0, 100].
            ab: float32 array of shape `(h, w, 2)`: CIE a and b.

        Returns:
            float32 array of shape `(h, w, 2)`.
        """
        changed = _LOOKS[self.name](lightness, ab)
        return (ab + self.strength * (changed - ab)).astype("float32")


GRAINS = np.array([[0.90, 0.15, 0.03], [0.12, 0.60, 0.08], [0.18, 0.08, 0.75]])
"""Autochrome: linear light in sRGB's red, green and blue that passes a grain of starch dyed
orange, green and violet. Chosen by those names: neighbouring hues overlap, as dyes do."""

HUE_GAINS = ((30, 1.35), (80, 1.15), (140, 0.85), (230, 0.95), (280, 1.2), (340, 1.15))
"""Kodachrome: factors of chroma at hues in degrees of a and b, linear between them. Chosen."""

SHADOW_TONE, HIGHLIGHT_TONE = (0.0, -2.0), (1.0, 4.0)
"""Kodachrome: a and b that are added where L is 0 and where it is 100. Chosen."""

PAPER = (2.0, 10.0)
"""Hand-tinting: a and b of an albumen or toned print's middle tones. Chosen."""

WASHES = ((16, 17), (30, 12), (-4, -17), (-16, 17), (6, 30))
"""Hand-tinting: a and b of the transparent colours: skin, cheeks and lips, sky, leaves, gold.
Chosen."""

_FULL_WASH = 12.0  # chroma of a predicted colour from which a colourist takes the whole wash
_CHOOSINESS = 12.0  # by which the cosine between a colour and a wash counts: the nearest prevails
_WASHED_LIGHTNESS = 60.0  # L below which a transparent wash shows less over the silver


def _autochrome(lightness: _Lab, ab: _Lab) -> NDArray[np.float64]:
    """Records through grains of three colours, and shows through the same grains.

    The plate of the brothers Lumiere is additive: light passed a grain, blackened the silver behind
    it, and after reversal shines through that grain in proportion. A scene's colour becomes the
    sum of the grains' colours, each times what it let through; their numbers are such that white
    stays white, as the makers saw to. Since the three overlap, colours come out softer.
    """
    recorded = GRAINS / GRAINS.sum(1, keepdims=True)
    shares = np.linalg.solve(GRAINS.T, np.ones(3))
    linear = _linear_of(lightness, ab)
    shown = linear @ (recorded.T @ (shares[:, None] * GRAINS))
    return _ab_at(lightness, shown)


def _kodachrome(lightness: _Lab, ab: _Lab) -> NDArray[np.float64]:
    """Deepens reds and blues, holds greens back, and warms the lights.

    Three dyes, each formed in its own layer, gave colours that were purer than those of additive
    plates, and that slides are remembered for: dense reds, blue skies, quiet greens.
    """
    hues, gains = np.array(HUE_GAINS).T
    hue = np.degrees(np.arctan2(ab[..., 1], ab[..., 0])) % 360
    gain = np.interp(hue, hues, gains, period=360)[..., None]
    share = lightness[..., None] / 100
    return gain * ab + (1 - share) * SHADOW_TONE + share * HIGHLIGHT_TONE


def _hand_tinted(lightness: _Lab, ab: _Lab) -> NDArray[np.float64]:
    """Lays a few transparent washes over a print of warm tone.

    A colourist has few colours, gives one to a thing that has about that hue, and leaves what has
    hardly any to the paper. Over dark silver a wash shows less.
    """
    washes = np.array(WASHES, "float64")
    chroma = np.linalg.norm(ab, axis=-1)
    cosine = ab @ (washes / np.linalg.norm(washes, axis=1, keepdims=True)).T
    cosine /= np.maximum(chroma, 1e-6)[..., None]
    wash = scipy.special.softmax(_CHOOSINESS * cosine, axis=-1) @ washes
    amount = np.clip(chroma / _FULL_WASH, 0, 1)
    amount = amount * np.clip(lightness / _WASHED_LIGHTNESS, 0, 1)
    fade = np.clip((100 - lightness) / 50, 0, 1) * np.clip(lightness / 20, 0, 1)
    paper = (0.4 + 0.6 * fade)[..., None] * np.array(PAPER)
    return paper + amount[..., None] * (wash - 0.5 * paper)


def _linear_of(lightness: _Lab, ab: _Lab) -> NDArray[np.float64]:
    """Converts Lab to linear light in [0, 1], of shape `(h, w, 3)`."""
    rgb = skimage.color.lab2rgb(np.dstack([lightness, ab]).astype("float64"))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _ab_at(lightness: _Lab, linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns a and b of linear light, scaled to a lightness."""
    xyz = linear @ skimage.color.colorconv.xyz_from_rgb.T
    fy = (lightness.astype("float64") + 16) / 116
    luminance = np.where(fy > 6 / 29, fy**3, 3 * (6 / 29) ** 2 * (fy - 4 / 29))
    xyz *= (luminance / np.maximum(xyz[..., 1], 1e-9))[..., None]
    return skimage.color.xyz2lab(xyz)[..., 1:]


_LOOKS: dict[str, Callable[[_Lab, _Lab], NDArray[np.float64]]] = {
    "autochrome": _autochrome,
    "kodachrome": _kodachrome,
    "hand-tinted": _hand_tinted,
}
