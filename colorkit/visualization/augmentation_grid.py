"""Draws one photograph under each augmentation (the report's Figure 1), and aged."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from colorkit.color.lab import L_MAX, lab_to_rgb, rgb_to_lab
from colorkit.data.augmentation.aging import (
    FADING,
    GRAIN,
    TONE,
    change_tone,
    draw_grain,
    fade,
    soften,
)
from colorkit.data.augmentation.config import REPORT_AUGMENTATION, Augmentation
from colorkit.data.augmentation.ops import augment_photos, count_uniforms, cut_holes
from colorkit.data.crops import center_crop
from colorkit.typing import Tensor

CAPTIONS = {
    "rotation": "rotation",
    "horizontal_flip": "horizontal flip",
    "vertical_flip": "vertical flip",
    "blur": "Gaussian blur",
    "cutout": "cutout, gray input only",
}
"""The augmentations, as fields of `Augmentation`, and their captions."""

_COLUMNS = 3
_CAPTION_HEIGHT, _FONT_SIZE, _MARGIN = 30, 18, 6  # pixels


def draw_augmentations(
    photo: NDArray[np.uint8],
    augmentation: Augmentation = REPORT_AUGMENTATION,
    size: int = 256,
    seed: int = 4,
) -> NDArray[np.uint8]:
    """Draws a photograph as it is and under each augmentation, with captions.

    Args:
        photo: uint8 array of shape `(height, width, 3)`, of which the middle square is taken.
        augmentation: `Augmentation` whose maximum blur and holes, and a random angle, are drawn;
            its probabilities are ignored.
        size: Side of each picture, in pixels.
        seed: Integer that fixes angle and holes.

    Returns:
        uint8 array of shape `(height, width, 3)`: two rows of three pictures.

    Example:
        >>> sheet = draw_augmentations(colorkit.read_photo("cat.jpg").pixels)
        >>> lost = colorkit.write_photo("augmentations.png", colorkit.Photo(sheet))
    """
    photo = center_crop(photo, size)
    random = np.random.default_rng(seed)
    uniforms = random.random((1, count_uniforms(augmentation)), dtype="float32")
    pictures = {"photograph": photo}
    for field, caption in CAPTIONS.items():
        pictures[caption] = _draw_one(photo, field, augmentation, uniforms)
    return _arrange(pictures, size)


def draw_aging(photo: NDArray[np.uint8], size: int = 256, seed: float = 0.5) -> NDArray[np.uint8]:
    """Draws the gray input of a photograph as it is and with each sign of age at its strongest.

    Args:
        photo: uint8 array of shape `(height, width, 3)`, of which the middle square is taken.
        size: Side of each picture, in pixels.
        seed: Number in [0, 1) that fixes the grain.

    Returns:
        uint8 array of shape `(height, width, 3)`: two rows of three pictures.
    """
    light = rgb_to_lab(center_crop(photo, size)[None])[..., :1] / L_MAX
    grain = draw_grain(np.full((1, 1, 1, 1), seed, "float32"), size, size)
    aged = {
        "gray input": light,
        "tone, darker": change_tone(light, TONE),
        "tone, lighter": change_tone(light, -TONE),
        "fading": fade(light, FADING, FADING),
        "softness": soften(light),
        "grain": light + GRAIN * grain,
    }
    return _arrange({caption: _as_gray(light) for caption, light in aged.items()}, size)


def _as_gray(light: Tensor) -> NDArray[np.uint8]:
    lightness = L_MAX * ops.clip(light, 0.0, 1.0)
    rgb = lab_to_rgb(ops.pad(lightness, [[0, 0], [0, 0], [0, 0], [0, 2]]))
    return (255 * ops.convert_to_numpy(rgb)[0] + 0.5).astype("uint8")


def _draw_one(
    photo: NDArray[np.uint8], field: str, augmentation: Augmentation, uniforms: Tensor
) -> NDArray[np.uint8]:
    changes: dict[str, Any] = {other: float(other == field) for other in CAPTIONS}
    changes["blur_sigma"] = (augmentation.blur_sigma[1],) * 2
    plan = dataclasses.replace(augmentation, **changes)
    uniforms = ops.convert_to_tensor(uniforms)
    rgb = augment_photos(photo[None], plan, uniforms) / 255.0
    if field == "cutout":
        return _as_gray(cut_holes(rgb_to_lab(rgb)[..., :1], plan, uniforms) / L_MAX)
    return np.clip(255 * ops.convert_to_numpy(rgb)[0] + 0.5, 0, 255).astype("uint8")


def _arrange(pictures: Mapping[str, NDArray[np.uint8]], size: int) -> NDArray[np.uint8]:
    across, down = size + _MARGIN, size + _CAPTION_HEIGHT
    rows = -(-len(pictures) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * across - _MARGIN, rows * down), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_FONT_SIZE)
    for place, (caption, picture) in enumerate(pictures.items()):
        row, column = divmod(place, _COLUMNS)
        middle = (column * across + size // 2, row * down + _CAPTION_HEIGHT // 2)
        draw.text(middle, caption, fill="black", font=font, anchor="mm")
        sheet.paste(Image.fromarray(picture), (column * across, row * down + _CAPTION_HEIGHT))
    return np.asarray(sheet)
