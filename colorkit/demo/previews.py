"""Previews of before and after, small enough for a browser."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.evaluation.baselines import gray_picture
from colorkit.io.format_limits import composite_on_white, round_to_8_bits
from colorkit.io.photo import Photo, Pixels

LARGEST_SIDE = 1600
"""Longer side of a preview in pixels, that of a large screen."""


def preview_pair(photo: Photo, colored: Photo) -> tuple[Photo, Photo]:
    """Makes the two pictures of a before/after slider.

    Args:
        photo: `Photo` as it was uploaded.
        colored: `Photo` that was made of it.

    Returns:
        Tuple of two opaque RGB `Photo`s of the same size: the lightness, the model's only
        input, as gray; and the coloured picture.
    """
    before, after = (shrink(each) for each in (photo, colored))
    return Photo(gray_picture(before)), Photo(after)


def mark_points(picture: Photo, places: Iterable[Sequence[float]], colors: Iterable[str]) -> Photo:
    """Draws points on a picture: discs of their colour in a ring of white and one of black.

    Args:
        picture: `Photo` of uint8 RGB.
        places: List of `(x, y)` in pixels of the picture.
        colors: List of colours `"#rrggbb"`.

    Returns:
        A `Photo`.
    """
    pixels = np.ascontiguousarray(picture.pixels).copy()
    radius = max(4, round(max(pixels.shape[:2]) / 120))
    for (x, y), color in zip(places, colors, strict=True):
        rgb = tuple(int(color[place : place + 2], 16) for place in (1, 3, 5))
        for size, paint in ((radius + 4, (0, 0, 0)), (radius + 2, (255, 255, 255)), (radius, rgb)):
            cv2.circle(pixels, (int(x), int(y)), size, paint, -1, cv2.LINE_AA)
    return Photo(pixels)


def shrink(photo: Photo, side: int = LARGEST_SIDE) -> NDArray[np.uint8]:
    """Returns a photograph's uint8 pixels, laid on white, its longer side `side` at most."""
    scale = min(1.0, side / max(photo.height, photo.width))
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    pixels: Pixels = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    if photo.alpha is not None:
        alpha = cv2.resize(photo.alpha, size, interpolation=cv2.INTER_AREA)
        pixels = composite_on_white(pixels, alpha)
    if pixels.dtype == np.uint16:
        pixels = round_to_8_bits(pixels)
    return pixels.astype("uint8", copy=False)
