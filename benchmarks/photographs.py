"""The photographs that benchmarks of training work on: those given, or ones drawn."""

from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image


def given_or_drawn(photos, folder, number):
    """Draws photographs where none are given.

    Args:
        photos: Path of a folder or tar, or None.
        folder: Folder of temporary files.
        number: How many to draw.

    Returns:
        `photos`, or the path of a folder in `folder` with parts of scikit-image's photographs, JPEG
        files of 512 x 512 pixels.
    """
    if photos is not None:
        return photos
    drawn = Path(folder, "photos")
    drawn.mkdir()
    samples = [skimage.data.astronaut(), skimage.data.coffee(), skimage.data.chelsea()]
    for index in range(number):
        picture = Image.fromarray(np.roll(samples[index % 3], 7 * index, axis=1))
        picture.resize((512, 512)).save(drawn / f"{index:04d}.jpg", quality=90)
    return drawn
