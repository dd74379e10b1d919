"""A tiny data set without downloads: crops of photographs that other packages ship."""

import importlib.util
from pathlib import Path

import numpy as np

from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

TRAINING_SAMPLES = (
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/motorcycle_left.png"),
    ("skimage", "data/rocket.jpg"),
    ("sklearn", "datasets/images/china.jpg"),
    ("sklearn", "datasets/images/flower.jpg"),
)
"""Package and file of colour photographs to train on; scikit-learn need not be installed."""

UNSEEN_SAMPLES = (("skimage", "data/chelsea.png"), ("skimage", "data/coffee.png"))
"""Package and file of colour photographs held out by `write_sample_crops`."""

SMALLEST_SHARE = 0.4
"""Minimum side of a crop, as a share of its photograph's shorter side."""


def write_sample_crops(folder, per_photo=16, min_side=128, seed=0):
    """Cuts squares out of the photographs in `TRAINING_SAMPLES`.

    A data set for trying things out: networks overfit these few photographs.

    Args:
        folder: Folder for `astronaut_00.png` and so on; made if missing.
        per_photo: Number of crops of each photograph.
        min_side: Smallest side of a crop, in pixels; 300 at most.
        seed: Integer that fixes the crops.

    Returns:
        Number of crops.

    Raises:
        ValueError: If `min_side` is larger than a photograph's shorter side.

    Example:
        >>> write_sample_crops("photos")
        80
    """
    random = np.random.default_rng(seed)
    photos = _read(TRAINING_SAMPLES)
    for name, pixels in photos.items():
        shorter = min(pixels.shape[:2])
        if min_side > shorter:
            raise ValueError(
                f"`min_side` must be at most {shorter}, the shorter side of {name}. "
                f"Received: {min_side}"
            )
        for number in range(per_photo):
            side = random.integers(max(min_side, int(SMALLEST_SHARE * shorter)), shorter + 1)
            top, left = (random.integers(length - side + 1) for length in pixels.shape[:2])
            crop = pixels[top : top + side, left : left + side]
            write_photo(Path(folder) / f"{name}_{number:02d}.png", Photo(crop))
    return per_photo * len(photos)


def read_unseen_samples():
    """Reads the photographs in `UNSEEN_SAMPLES`, which are never used for crops.

    Returns:
        Dict from names to uint8 arrays of shape `(height, width, 3)`.
    """
    return _read(UNSEEN_SAMPLES)


def _read(samples):
    photos = {}
    for package, file in samples:
        spec = importlib.util.find_spec(package)
        if spec is not None:
            path = Path(spec.origin).parent / file
            photos[path.stem] = read_photo(path).pixels
    return photos
