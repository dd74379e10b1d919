"""Fits a picture of any size to a network's input: resized with its aspect ratio, then padded."""

import dataclasses
import math

import numpy as np

from colorkit.inference.chroma_upsampling import resample

DEFAULT_SIZE = 192
"""Default shorter side of a network's input, in pixels: the best for the shipped one, as
`benchmarks/default_decoding.py` shows."""

LONGEST = 4  # times `size`: the longer side of a panorama
SHAPE_STEP = 64  # padded sides are multiples of it, to limit the number of compiled shapes


@dataclasses.dataclass(frozen=True)
class Letterbox:
    """The place of a picture within a network's input.

    Attributes:
        content: `(h, w)` of the resized picture, at the top left.
        padded: `(h, w)` of the network's input; the rest is reflection padding.
    """

    content: tuple
    padded: tuple

    def place(self, point, picture_size):
        """Finds the pixel of the content that shows a point of the picture.

        Args:
            point: `(y, x)` in pixels of the picture, from 0 to below its height and width; a
                fraction lies within its pixel.
            picture_size: `(H, W)`.

        Returns:
            `(row, column)`, of the pixel in which the middle of the picture's pixel falls.
        """
        return tuple(
            int((2 * math.floor(at) + 1) * part // (2 * whole))
            for at, part, whole in zip(point, self.content, picture_size, strict=True)
        )

    def pad(self, content):
        """Pads content, of shape `(h, w, ...)`, by reflection at the bottom and right."""
        pads = [(0, whole - part) for whole, part in zip(self.padded, self.content, strict=True)]
        return np.pad(content, pads + [(0, 0)] * (content.ndim - 2), mode="symmetric")


def letterbox_picture(picture_size, spec, size=DEFAULT_SIZE, stride=1):
    """Chooses the size of a picture in a network's input.

    For a fully convolutional network the shorter side gets `size` pixels; of a picture longer than
    4 : 1, the longer side gets `4 * size` instead. For a network of fixed input size the picture is
    as large as fits. The aspect ratio changes only by rounding to `stride`.

    Args:
        picture_size: `(H, W)`.
        spec: `colorkit.models.spec.ModelSpec` of the network.
        size: Int, pixels of the shorter side. Only for fully convolutional networks.
        stride: Int, input pixels for one pixel of predicted colour. The content is a multiple.

    Returns:
        A `Letterbox`.
    """
    if spec.image_size is None:
        scale = min(size / min(picture_size), LONGEST * size / max(picture_size))
        content = tuple(_round_up_to(stride, round(side * scale)) for side in picture_size)
        step = math.lcm(spec.size_multiple, SHAPE_STEP)
        return Letterbox(content, tuple(_round_up_to(step, side) for side in content))
    scale = min(room / side for room, side in zip(spec.image_size, picture_size, strict=True))
    content = tuple(
        min(room, _round_up_to(stride, round(side * scale)))
        for room, side in zip(spec.image_size, picture_size, strict=True)
    )
    return Letterbox(content, spec.image_size)


def fill_letterbox(lightness, letterbox):
    """Resizes and pads a picture's lightness for the network.

    Args:
        lightness: float32 array of shape `(H, W)`.
        letterbox: The picture's `Letterbox`.

    Returns:
        float32 array of shape `letterbox.padded`.
    """
    return letterbox.pad(resample(lightness, letterbox.content))


def _round_up_to(step, length):
    return step * max(1, math.ceil(length / step))
