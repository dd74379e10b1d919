"""A tiny data set without downloads: crops of photographs that other packages ship."""

import importlib.util
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from colorkit.io.photo import Photo, Pixels
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo
from colorkit.typing import StrPath

SPLIT_SAMPLES = {
    "train": (
        ("skimage", "data/astronaut.png"),
        ("skimage", "data/motorcycle_left.png"),
        ("sklearn", "datasets/images/china.jpg"),
        ("sklearn", "datasets/images/flower.jpg"),
    ),
    "validation": (("skimage", "data/rocket.jpg"),),
    "test": (("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),),
}
"""Package and file of the colour photographs of each split; scikit-learn need not be installed."""

UNSEEN_SAMPLES = (("skimage", "data/chelsea.png"), ("skimage", "data/coffee.png"))
"""Package and file of colour photographs held out by `write_sample_crops`."""

SMALLEST_SHARE = 0.4
"""Minimum side of a crop, as a share of its photograph's shorter side."""


def write_sample_crops(
    folder: StrPath, per_photo: int = 16, min_side: int = 128, seed: int = 0
) -> int:
    """Cuts squares out of the photographs in `SPLIT_SAMPLES`.

    A data set for trying things out: models overfit these few photographs. All crops of a
    photograph are in one split, which `build_dataset(..., split="folders")` keeps.

    Args:
        folder: Folder for `train/astronaut_00.png` and so on; made if missing.
        per_photo: Number of crops of each photograph.
        min_side: Smallest side of a crop, in pixels; 300 at most.
        seed: Integer that fixes the crops.

    Returns:
        Number of crops.

    Raises:
        ValueError: If `min_side` is larger than a photograph's shorter side.

    Example:
        >>> number = write_sample_crops("samples")
    """
    random = np.random.default_rng(seed)
    crops = 0
    for split, samples in SPLIT_SAMPLES.items():
        for name, pixels in _read(samples).items():
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
                write_photo(Path(folder, split, f"{name}_{number:02d}.png"), Photo(crop))
            crops += per_photo
    return crops


def read_unseen_samples() -> dict[str, Pixels]:
    """Reads the photographs in `UNSEEN_SAMPLES`, which are never used for crops.

    Returns:
        Dict from names to uint8 arrays of shape `(height, width, 3)`.
    """
    return _read(UNSEEN_SAMPLES)


def _read(samples: Iterable[tuple[str, str]]) -> dict[str, Pixels]:
    photos = {}
    for package, file in samples:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            path = Path(spec.origin).parent / file
            photos[path.stem] = read_photo(path).pixels
    return photos
