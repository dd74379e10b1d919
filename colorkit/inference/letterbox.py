"""Fits a picture of any size to a model's input: resized with its aspect ratio, then padded.

Long pictures are shown in tiles (`inference.tiles`).
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from colorkit.inference.chroma_upsampling import resample
from colorkit.inference.denoising import denoise
from colorkit.inference.tiles import Tiles, place_tiles

if TYPE_CHECKING:
    from colorkit.models.spec import ModelSpec

DEFAULT_SIZE = 192
"""Default shorter side of a model's input, in pixels: the best for the shipped one, as
`benchmarks/default_decoding.py` shows."""

LONGEST = 4  # times the shorter side: what the model sees in one piece
LONGEST_STRIP = 256  # times the shorter side: what it sees at full size
SHAPE_STEP = 64  # padded sides are multiples of it, to limit the number of compiled shapes


@dataclasses.dataclass(frozen=True)
class Letterbox:
    """The place of a picture within a model's input.

    Attributes:
        content: `(h, w)` of the resized picture, at the top left.
        padded: `(h, w)` of it with its reflection padding.
        tiles: `Tiles` of that, which are the model's input; the only one of most pictures is all
            of it.
    """

    content: tuple[int, ...]
    padded: tuple[int, ...]
    tiles: Tiles

    def place(self, point: tuple[float, float], picture_size: tuple[int, ...]) -> tuple[int, ...]:
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

    def pad(self, content: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pads content, of shape `(h, w, ...)`, by reflection at the bottom and right."""
        pads = [(0, whole - part) for whole, part in zip(self.padded, self.content, strict=True)]
        return np.pad(content, pads + [(0, 0)] * (content.ndim - 2), mode="symmetric")


def letterbox_picture(
    picture_size: tuple[int, ...], spec: ModelSpec, size: int = DEFAULT_SIZE, stride: int = 1
) -> Letterbox:
    """Chooses the size of a picture in a model's input.

    For a fully convolutional model the shorter side gets `size` pixels. For a model of fixed
    input size the picture is as large as fits. The aspect ratio changes only by rounding to
    `stride`.

    Of a picture longer than `LONGEST` : 1, the shorter side fills the input likewise, and the
    model sees tiles along the longer one: of a fixed input size, or else `LONGEST` times as long
    as high. Beyond `LONGEST_STRIP` : 1 it is shrunk further, which bounds the number of tiles.

    Args:
        picture_size: `(H, W)`.
        spec: `colorkit.models.spec.ModelSpec` of the model.
        size: Int, pixels of the shorter side. Only for fully convolutional models.
        stride: Int, input pixels for one pixel of predicted colour. The content is a multiple.

    Returns:
        A `Letterbox`.
    """
    if max(picture_size) > LONGEST * min(picture_size):
        return _letterbox_strip(picture_size, spec, size, stride)
    if spec.image_size is None:
        content = _resized(picture_size, size / min(picture_size), stride)
        padded = tuple(_round_up_to(_shape_step(spec), side) for side in content)
        return Letterbox(content, padded, Tiles(padded))
    scale = min(room / side for room, side in zip(spec.image_size, picture_size, strict=True))
    content = _within(spec.image_size, _resized(picture_size, scale, stride))
    return Letterbox(content, spec.image_size, Tiles(spec.image_size))


def _letterbox_strip(
    picture_size: tuple[int, ...], spec: ModelSpec, size: int, stride: int
) -> Letterbox:
    """As `letterbox_picture`, for a picture that the model sees in tiles."""
    axis = int(np.argmax(picture_size))
    room = size if spec.image_size is None else spec.image_size[1 - axis]
    scale = min(room / min(picture_size), LONGEST_STRIP * room / max(picture_size))
    content = _resized(picture_size, scale, stride)
    if spec.image_size is None:
        step = _shape_step(spec)
        tile = [_round_up_to(step, side) for side in content]
        tile[axis] = _round_up_to(step, LONGEST * size)
    else:
        step = stride
        tile = list(spec.image_size)
        content = tuple(side if n == axis else min(side, tile[n]) for n, side in enumerate(content))
    padded = list(tile)
    padded[axis] = max(tile[axis], _round_up_to(step, content[axis]))
    return Letterbox(content, tuple(padded), place_tiles(padded, tile, axis, step))


def fill_letterbox(lightness: NDArray[np.float32], letterbox: Letterbox) -> NDArray[np.float32]:
    """Resizes a picture's lightness for the model, takes its grain out and pads it.

    Args:
        lightness: float32 array of shape `(H, W)`.
        letterbox: The picture's `Letterbox`.

    Returns:
        float32 array of shape `letterbox.padded`.
    """
    return letterbox.pad(denoise(resample(lightness, letterbox.content)))


def _resized(picture_size: tuple[int, ...], scale: float, stride: int) -> tuple[int, ...]:
    return tuple(_round_up_to(stride, round(side * scale)) for side in picture_size)


def _within(rooms: tuple[int, ...], sides: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(min(both) for both in zip(rooms, sides, strict=True))


def _shape_step(spec: ModelSpec) -> int:
    return math.lcm(spec.size_multiple, SHAPE_STEP)


def _round_up_to(step: int, length: float) -> int:
    return step * max(1, math.ceil(length / step))
