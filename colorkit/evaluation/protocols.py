"""Evaluation protocols: which pixels of a photograph are coloured and measured."""

import dataclasses

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorkit.choices import PROTOCOL_NAMES


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How a photograph is preprocessed before a model colours it and metrics compare the two.

    The ground truth is the preprocessed photograph, in 8 bits; nothing is resized back.

    Attributes:
        name: Its name on the command line.
        summary: One line about it.
        side: The result's height and width in pixels; `None` for the photograph's own size.
        crop: Whether the photograph's central square is taken first; otherwise it is squashed.
        antialias: Whether shrinking averages all pixels (Pillow's bilinear filter) rather than the
            nearest four (OpenCV's).
    """

    name: str
    summary: str
    side: int | None = None
    crop: bool = False
    antialias: bool = False


_NATIVE, _RESIZE256, _CROP256 = PROTOCOL_NAMES
_PROTOCOLS = (
    Protocol(_NATIVE, "each photograph at its own size, the way a user's goes"),
    # DDColor, `basicsr/data/lab_dataset.py`: `cv2.resize(img_gt, (gt_size, gt_size))`; its
    # issue 9 names the sets: ImageNet val50k, COCO-Stuff and ADE20K, as in ColorFormer.
    Protocol(_RESIZE256, "squashed to 256 x 256, bilinear without antialiasing", side=256),
    # DDColor's issue 9: val5k, "center cropped and resized into 256 x 256 (same as CT2)", and
    # CT2's transforms there: CenterCrop of the shorter side, then Resize, of Pillow images.
    Protocol(
        _CROP256,
        "the central square, shrunk to 256 x 256 with antialiasing",
        side=256,
        crop=True,
        antialias=True,
    ),
)
PROTOCOLS = {protocol.name: protocol for protocol in _PROTOCOLS}
"""Every protocol by its name. The comments name the code that each follows."""


def find_protocol(name: str) -> Protocol:
    """Returns the `Protocol` of that name.

    Raises:
        ValueError: If there is none.
    """
    if name not in PROTOCOLS:
        raise ValueError(f"`protocol` must be one of {', '.join(PROTOCOLS)}. Received: {name!r}")
    return PROTOCOLS[name]


def prepare_photo(photo: NDArray[np.uint8], protocol: Protocol) -> NDArray[np.uint8]:
    """Preprocesses a photograph by a protocol.

    Args:
        photo: uint8 RGB array of shape `(H, W, 3)`.
        protocol: A `Protocol`.

    Returns:
        uint8 RGB array of shape `(side, side, 3)`; of `(H, W, 3)` where the protocol has no side.
    """
    if protocol.crop:
        photo = _central_square(photo)
    side = protocol.side
    if side is None or photo.shape[:2] == (side, side):
        return photo
    size = (side, side)
    if protocol.antialias:
        return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BILINEAR))
    return cv2.resize(photo, size, interpolation=cv2.INTER_LINEAR)


def _central_square(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = round((height - side) / 2), round((width - side) / 2)  # as torchvision rounds
    return np.ascontiguousarray(photo[top : top + side, left : left + side])
