"""Square crops of photographs: random ones for training, centre crops for validation."""

import dataclasses
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LARGEST_ZOOM_OUT = 1.5
"""Maximum ratio of a photograph's shorter side to its training crop's side; the minimum is 1."""


def side_needed(size: int) -> int:
    """Returns the shorter side that a photograph needs, in pixels, so that no crop is enlarged.

    Args:
        size: Side of the crops, in pixels.
    """
    return math.ceil(LARGEST_ZOOM_OUT * size)


@dataclasses.dataclass(frozen=True)
class Crop:
    """A square of a photograph, in its pixels.

    Attributes:
        height, width: Of the photograph.
        top, left, side: Of the square.
        is_mirrored: Whether it is mirrored once it is cut.
    """

    height: int
    width: int
    top: int
    left: int
    side: int
    is_mirrored: bool

    def cut(self, photo: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        """Cuts the square out and resizes it.

        Args:
            photo: uint8 array of shape `(height, width, 3)`.
            size: Side of the result, in pixels.

        Returns:
            uint8 array of shape `(size, size, 3)`.
        """
        rows = slice(self.top, self.top + self.side)
        columns = slice(self.left, self.left + self.side)
        square = resize(photo[rows, columns], size, size)
        return cv2.flip(square, 1) if self.is_mirrored else square


def draw_crop(height: int, width: int, random: np.random.Generator) -> Crop:
    """Draws a square of random size and position; half of them are mirrored.

    Args:
        height, width: Of the photograph, in pixels.
        random: `numpy.random.Generator`.

    Returns:
        A `Crop`.
    """
    side = max(1, round(min(height, width) / random.uniform(1.0, LARGEST_ZOOM_OUT)))
    top = int(random.integers(height - side + 1))
    left = int(random.integers(width - side + 1))
    return Crop(height, width, top, left, side, is_mirrored=bool(random.random() < 0.5))


def random_crop(
    photo: NDArray[np.uint8], size: int, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Cuts a random square (`draw_crop`) and resizes it.

    Args:
        photo: uint8 array of shape `(height, width, 3)`.
        size: Side of the result, in pixels.
        random: `numpy.random.Generator`.

    Returns:
        uint8 array of shape `(size, size, 3)`.
    """
    height, width = photo.shape[:2]
    return draw_crop(height, width, random).cut(photo, size)


def center_square(photo: NDArray[Any]) -> NDArray[Any]:
    """Cuts the central square.

    Args:
        photo: Array of shape `(height, width, ...)`.

    Returns:
        View of shape `(side, side, ...)`, the side being the shorter of the photograph's.
    """
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]


def center_crop(photo: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Cuts the central square and resizes it.

    Args:
        photo: uint8 array of shape `(height, width, 3)`.
        size: Side of the result, in pixels.

    Returns:
        uint8 array of shape `(size, size, 3)`.
    """
    return resize(center_square(photo), size, size)


def shrink(photo: NDArray[np.uint8], shorter_side: int) -> NDArray[np.uint8]:
    """Shrinks a photograph to a shorter side; a smaller one stays as it is.

    Args:
        photo: uint8 array of shape `(height, width, 3)`.
        shorter_side: In pixels.

    Returns:
        uint8 array of shape `(height, width, 3)`.
    """
    height, width = photo.shape[:2]
    scale = shorter_side / min(height, width)
    return photo if scale >= 1 else resize(photo, round(height * scale), round(width * scale))


def resize(photo: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Resizes a photograph: averages areas to shrink it, else interpolates cubically.

    Args:
        photo: uint8 array of shape `(height, width, 3)`.
        height: Wanted height, in pixels.
        width: Wanted width, in pixels.

    Returns:
        uint8 array of shape `(height, width, 3)`.
    """
    smaller = height < photo.shape[0]
    interpolation = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(photo, (width, height), interpolation=interpolation))
