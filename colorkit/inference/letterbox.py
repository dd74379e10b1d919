"""How a picture of any size is laid before a network: its shape kept, then padded to fit."""

import dataclasses
import math

import numpy as np

from colorkit.inference.chroma_upsampling import resample

DEFAULT_SIZE = 192
"""Pixels of the shorter side that a network sees by default: what suits the shipped one best, as
`benchmarks/default_decoding.py` prints."""

LONGEST = 4  # times `size`: the longer side of a panorama
SHAPE_STEP = 64  # padded sides are multiples of it, so that few shapes have to be compiled


@dataclasses.dataclass(frozen=True)
class Letterbox:
    """The place of a picture within a network's input.

    Attributes:
        content: `(h, w)` of the resized picture, at the top left.
        padded: `(h, w)` of the network's input; what the content leaves is its reflection.
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
        """Lays content, of shape `(h, w, ...)`, at the top left of its reflection."""
        pads = [(0, whole - part) for whole, part in zip(self.padded, self.content, strict=True)]
        return np.pad(content, pads + [(0, 0)] * (content.ndim - 2), mode="symmetric")


def letterbox_picture(picture_size, contract, size=DEFAULT_SIZE, stride=1):
    """Chooses the size at which a network sees a picture.

    A fully convolutional network sees the shorter side at `size` pixels; a picture longer than
    4 : 1 sees its longer side at `4 * size` instead. A network of one input size sees the picture
    as large as fits. The aspect ratio changes only by rounding to `stride`.

    Args:
        picture_size: `(H, W)`.
        contract: `colorkit.models.contract.ModelSpec` of the network.
        size: Int, pixels of the shorter side. Only for fully convolutional networks.
        stride: Int, input pixels for one pixel of predicted colour. The content is a multiple.

    Returns:
        A `Letterbox`.
    """
    if contract.image_size is None:
        scale = min(size / min(picture_size), LONGEST * size / max(picture_size))
        content = tuple(_round_up_to(stride, round(side * scale)) for side in picture_size)
        step = math.lcm(contract.size_multiple, SHAPE_STEP)
        return Letterbox(content, tuple(_round_up_to(step, side) for side in content))
    scale = min(room / side for room, side in zip(contract.image_size, picture_size, strict=True))
    content = tuple(
        min(room, _round_up_to(stride, round(side * scale)))
        for room, side in zip(contract.image_size, picture_size, strict=True)
    )
    return Letterbox(content, contract.image_size)


def fill_letterbox(lightness, frame):
    """Resizes and pads a picture's lightness for the network.

    Args:
        lightness: float32 array of shape `(H, W)`.
        frame: The picture's `Letterbox`.

    Returns:
        float32 array of shape `frame.padded`.
    """
    return frame.pad(resample(lightness, frame.content))


def _round_up_to(step, length):
    return step * max(1, math.ceil(length / step))
