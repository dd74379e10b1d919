"""Baseline pictures without knowledge of the photograph's colours, for comparison."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.color.ab_bins import AB_BINS
from colorkit.inference.lightness import lightness_of, with_lightness

GRAY, MEAN_COLOR = "gray", "mean_color"

BASELINES = {GRAY: "Gray picture", MEAN_COLOR: "Mean colour"}
"""Key and title of every baseline."""


def baseline_pictures(
    rgb: NDArray[np.uint8], class_prior: ArrayLike
) -> dict[str, NDArray[np.uint8]]:
    """Returns every baseline of a photograph.

    Args:
        rgb: uint8 array of shape `(H, W, 3)`.
        class_prior: Probability of each of the 313 colour classes.

    Returns:
        Dict from each key of `BASELINES` to an array like `rgb`.
    """
    return {
        GRAY: gray_picture(rgb),
        MEAN_COLOR: constant_color_picture(rgb, mean_color(class_prior)),
    }


def gray_picture(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns the photograph without its colour: the same L, a = b = 0.

    Args:
        rgb: uint8 array of shape `(H, W, 3)`.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    # One channel repeated: the three differ by 0.001, which rounding could turn into 1.
    return np.repeat(constant_color_picture(rgb, (0.0, 0.0))[..., 1:2], 3, axis=-1)


def constant_color_picture(rgb: NDArray[np.uint8], ab: Iterable[float]) -> NDArray[np.uint8]:
    """Returns the photograph in one colour: the same L, and the same a and b everywhere.

    Where sRGB cannot hold both, chroma is reduced, as in `Colorizer`.

    Args:
        rgb: uint8 array of shape `(H, W, 3)`.
        ab: The colour's a and b, in Lab units.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    lightness = lightness_of(rgb)
    a, b = (np.full_like(lightness, value) for value in ab)
    return with_lightness(lightness, a, b, np.dtype("uint8"))[0]


def mean_color(class_prior: ArrayLike) -> NDArray[np.float64]:
    """Returns the mean of a and b: the constant with the least squared error in ab.

    Args:
        class_prior: Probability of each of the 313 colour classes, in the order of
            `ab_bins.AB_BINS`.

    Returns:
        float64 array of a and b, in Lab units.
    """
    return np.asarray(class_prior, "float64") @ AB_BINS
