"""Colour by luminance (Welsh et al. 2002, "Transferring Color to Greyscale Images")."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from colorkit.classics.decorrelated_space import from_decorrelated, to_decorrelated
from colorkit.classics.pixels import pixels_of, unit_rgb

SAMPLES = 200
"""Number of the reference's pixels that are compared with (section 3.1)."""

WINDOW = 5
"""Side, in pixels, of the neighbourhood whose standard deviation is compared (section 3.1)."""


def transfer_by_luminance(
    image: ArrayLike, reference: ArrayLike, *, samples: int = SAMPLES, seed: int = 0
) -> NDArray[Any]:
    """Gives each pixel the colour of the reference's sample that is most alike in luminance.

    Section 3.1 of the paper, in l-alpha-beta. The reference's l is first given the mean and the
    standard deviation of the picture's. Of a jittered grid of its pixels, the one is taken whose
    l, and whose standard deviation of l in 5 x 5 pixels, differ least, both counting half.

    Args:
        image: Picture as `colorkit.Colorizer.colorize` takes it, of whose l alone is used.
        reference: Colour picture of any size, likewise.
        samples: Int, about how many pixels of the reference are compared with.
        seed: Int that fixes their jitter.

    Returns:
        RGB array of shape `(H, W, 3)` and the dtype of `image`.

    Raises:
        ValueError: If a picture is not such an array, or `samples` is no positive int.

    Example:
        >>> colorkit.classics.transfer_by_luminance(photo[..., 1], photo).shape
        (64, 96, 3)
    """
    if not isinstance(samples, int) or isinstance(samples, bool) or samples < 1:
        raise ValueError(
            f"`samples` must be a positive int, the pixels of the reference to compare with; "
            f"the paper takes {SAMPLES}. Received: {samples!r}"
        )
    rgb, dtype = unit_rgb(image)
    own, other = to_decorrelated(rgb), to_decorrelated(unit_rgb(reference)[0])
    brightness = own[..., 0]
    remapped = _with_statistics_of(other[..., 0], brightness)
    rows, columns = jittered_grid(remapped.shape, samples, np.random.default_rng(seed))
    sampled = _describe(remapped)[rows, columns]
    _, nearest = cKDTree(sampled).query(_describe(brightness), p=1)
    own[..., 1:] = other[rows, columns, 1:][nearest]
    return pixels_of(from_decorrelated(own), dtype)


def jittered_grid(
    size: tuple[int, ...], samples: int, random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Returns rows and columns of pixels, one at random in each cell of a grid."""
    height, width = size
    down = min(height, max(1, round((samples * height / width) ** 0.5)))
    across = min(width, max(1, round(samples / down)))
    cells = np.indices((down, across)).reshape(2, -1).T
    places = (cells + random.random(cells.shape)) * (height / down, width / across)
    rows, columns = places.astype("intp").T
    return np.minimum(rows, height - 1), np.minimum(columns, width - 1)


def _with_statistics_of(
    values: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    spread = values.std()
    scale = wanted.std() / spread if spread > 0 else 0.0
    return (values - values.mean()) * scale + wanted.mean()


def _describe(brightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns l and its local standard deviation, each times 1/2: `(H, W, 2)`."""
    window = (WINDOW, WINDOW)
    centered = brightness - brightness.mean()  # The variance is a difference of squares.
    mean, square = (
        cv2.boxFilter(each, -1, window, borderType=cv2.BORDER_REFLECT)
        for each in (centered, centered**2)
    )
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return 0.5 * np.stack([brightness, deviation], -1)
