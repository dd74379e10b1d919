"""Square crops of photographs: random ones to train on, the middle to validate on."""

import math

import cv2
import numpy as np

LARGEST_ZOOM_OUT = 1.5
"""The shorter side of a photograph is 1 to this many times the side of its training crop."""


def side_needed(size):
    """Returns the shorter side that a photograph needs, in pixels, for crops that are not enlarged.

    Args:
        size: Side of the crops, in pixels.
    """
    return math.ceil(LARGEST_ZOOM_OUT * size)


def random_crop(photo, size, random):
    """Cuts a random square of random size, brings it to `size`, and mirrors half of them.

    Args:
        photo: uint8 array of shape `(height, width, 3)`.
        size: Side of the result, in pixels.
        random: `numpy.random.Generator`.

    Returns:
        uint8 array of shape `(size, size, 3)`.
    """
    height, width = photo.shape[:2]
    side = max(1, round(min(height, width) / random.uniform(1.0, LARGEST_ZOOM_OUT)))
    top = random.integers(height - side + 1)
    left = random.integers(width - side + 1)
    crop = resize(photo[top : top + side, left : left + side], size, size)
    return cv2.flip(crop, 1) if random.random() < 0.5 else crop


def center_crop(photo, size):
    """Cuts the middle square and brings it to `size`.

    Args:
        photo: uint8 array of shape `(height, width, 3)`.
        size: Side of the result, in pixels.

    Returns:
        uint8 array of shape `(size, size, 3)`.
    """
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resize(photo[top : top + side, left : left + side], size, size)


def shrink(photo, shorter_side):
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


def resize(photo, height, width):
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
