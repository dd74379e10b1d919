"""Statistics transfer (Reinhard et al. 2001, "Color Transfer between Images")."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.classics.decorrelated_space import from_decorrelated, to_decorrelated
from colorkit.classics.pixels import pixels_of, unit_rgb

_LEAST_SPREAD = 1e-3  # of an axis: below, a picture has no variation there that could be stretched


def transfer_statistics(image: ArrayLike, reference: ArrayLike) -> NDArray[Any]:
    """Gives a picture the mean and the standard deviation of another, in l-alpha-beta.

    Equations 10 and 11 of the paper. Each axis is shifted and stretched as a whole, so a gray
    picture gets one tint everywhere: its colour axes have no spread to stretch, and take the means
    alone.

    Args:
        image: Picture as `colorkit.Colorizer.colorize` takes it.
        reference: Colour picture of any size, likewise.

    Returns:
        RGB array of shape `(H, W, 3)` and the dtype of `image`. The lightness changes too.

    Raises:
        ValueError: If one of them is not such an array.

    Example:
        >>> warm = photo.copy()
        >>> warm[..., 2] //= 2
        >>> colorkit.classics.transfer_statistics(photo, warm).shape
        (64, 96, 3)
    """
    rgb, dtype = unit_rgb(image)
    own, other = to_decorrelated(rgb), to_decorrelated(unit_rgb(reference)[0])
    spread = own.std((0, 1))
    scale = np.where(spread > _LEAST_SPREAD, other.std((0, 1)) / np.maximum(spread, 1e-12), 0.0)
    changed = (own - own.mean((0, 1))) * scale + other.mean((0, 1))
    return pixels_of(from_decorrelated(changed), dtype)
