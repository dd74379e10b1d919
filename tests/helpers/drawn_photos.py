"""Colour photographs of a kind, drawn by number: each its own picture, like itself only."""

import cv2
import numpy as np
from PIL import Image


def draw_photo(number, height=48, width=64):
    """Smooth random colours, uint8 of shape `(height, width, 3)`."""
    coarse = np.random.default_rng(number).integers(0, 256, (6, 8, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth, 0, 255).astype(np.uint8)


def save_photo(path, pixels, **options):
    """Writes a picture in the format of its suffix; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path
