"""Sample photographs that scikit-image ships."""

import dataclasses
from importlib import resources
from pathlib import Path

import cv2

from colorkit.io.read import read_photo
from colorkit.io.write import write_photo
from colorkit.typing import StrPath

SAMPLE_PHOTOS = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "rocket.jpg")
"""Files of `skimage.data` that are photographs and need no download."""


def write_gray_samples(folder: StrPath) -> list[Path]:
    """Writes the sample photographs without their colour, as `NAME_gray.png`.

    Args:
        folder: Folder to write to; made if missing.

    Returns:
        List of `Path` of the files, in the order of `SAMPLE_PHOTOS`.

    Raises:
        PhotoError: If a photograph cannot be read or written.
    """
    shipped = Path(str(resources.files("skimage"))) / "data"
    written = []
    for name in SAMPLE_PHOTOS:
        photo = read_photo(shipped / name)
        path = Path(folder) / f"{Path(name).stem}_gray.png"
        pixels = photo.pixels
        if not photo.is_gray:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        write_photo(path, dataclasses.replace(photo, pixels=pixels, icc_profile=None, exif=None))
        written.append(path)
    return written
