"""The photographs of a run: their parts, and whether they are decoded once or in each epoch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from colorkit.data.cache import cache_if_it_fits
from colorkit.data.crops import side_needed
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import numpy as np

    from colorkit.data.source import Photographs
    from colorkit.training.run_folder import RunFolder

VALIDATION_PHOTOS = 320
"""Maximum number of validation photographs evaluated after each epoch."""


@dataclasses.dataclass(frozen=True)
class TrainingPhotos:
    """The photographs of a run, as `colorkit.data.training_photos.open_training_photos` opens them.

    Attributes:
        source: A `PhotoSource` or `ArraySource`.
        split: Dict from "train", "validation" and "test" to indices of the source.
        notes: Sentences about what was left out, for the person who trains.
    """

    source: Photographs
    split: Mapping[str, NDArray[np.int_]]
    notes: Sequence[str]


def keep_decoded(
    photos: TrainingPhotos, recipe: Any, cache: StrPath | bool, run: RunFolder
) -> TrainingPhotos:
    """Lets photographs be decoded once and read from a folder afterwards, if the disk has room.

    Args:
        photos: `TrainingPhotos`.
        recipe: The recipe of any kind.
        cache: The folder; `True` for one in the run's folder, `False` for none.
        run: The `RunFolder`.

    Returns:
        `TrainingPhotos` with the note on what was chosen.

    Raises:
        ValueError: If the folder has decoded photographs of others.
    """
    if cache is False:
        return photos
    number = len(photos.split["train"][: recipe.max_photos]) + VALIDATION_PHOTOS
    source, note = cache_if_it_fits(
        photos.source,
        side_needed(recipe.image_size),
        run.decoded if cache is True else cache,
        min(number, len(photos.source)),
    )
    return TrainingPhotos(source, photos.split, [*photos.notes, note])
