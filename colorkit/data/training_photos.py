"""The photographs of a training: those that are split, and further ones for training alone."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorkit.data.color_photos import ColorPhotos, open_color_photos
from colorkit.data.near_duplicates import group_near_duplicates
from colorkit.data.source import ArraySource, Openable, Photographs, PhotoSource
from colorkit.data.split import split_source
from colorkit.data.survey import survey_photos

ColorSource: TypeAlias = ColorPhotos | PhotoSource | ArraySource  # of `open_color_photos`


class JoinedPhotos:
    """The photographs of two sources, with the interface of `PhotoSource`.

    Args:
        first: A source, whose photographs keep their names and indices.
        further: Another, whose photographs follow, with the prefix `further/` in their names.
        taken: Int array: which ones of the further.
    """

    def __init__(self, first: Photographs, further: Photographs, taken: NDArray[np.int_]) -> None:
        self._first, self._further, self._taken = first, further, taken
        self.names = (*first.names, *(f"further/{further.names[index]}" for index in taken))

    def __len__(self) -> int:
        return len(self.names)

    def read(self, index: int, shorter_side: int | None = None) -> NDArray[np.uint8]:
        """Reads one photograph, as `PhotoSource.read` does."""
        source, index = self._find(index)
        return source.read(index, shorter_side)

    def digest(self, index: int) -> str:
        """Returns the digest that the photograph has in its source."""
        source, index = self._find(index)
        return source.digest(index)

    def fingerprint(self, index: int) -> str:
        """Returns the fingerprint that the photograph has in its source."""
        source, index = self._find(index)
        return source.fingerprint(index)

    def _find(self, index: int) -> tuple[Photographs, int]:
        if index < len(self._first):
            return self._first, index
        return self._further, self._taken[index - len(self._first)]


def open_training_photos(
    photos: Openable,
    further: Openable | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Photographs, dict[str, NDArray[np.int_]], list[str]]:
    """Opens training photographs, and further ones that are for training only.

    Gray and toned photographs are left out (`open_color_photos`), and near-duplicates come into one
    part. Further photographs that show the picture of one for validation or test are left out.

    Args:
        photos: As for `open_color_photos`; these are split.
        further: As for `open_color_photos`, or `None` for none.
        seed: As for `split_source`.
        on_progress: As for `open_color_photos`.

    Returns:
        A source of all; its split as `split_source` returns it, in which validation and test are
        the same as without the further ones; and a list of sentences about what was left out.
    """
    source = open_color_photos(photos, on_progress=on_progress)
    split = split_source(source, seed)
    notes = _notes(source)
    if further is None:
        return source, split, notes
    more = open_color_photos(further, on_progress=on_progress)
    notes += [f"Of the further ones: {note}" for note in _notes(more)]
    held_out = np.concatenate([split["validation"], split["test"]])
    is_alike = _find_alike(source, held_out, more, on_progress)
    if is_alike.any():
        notes.append(
            "Further photographs left out since validation or test has the same picture: "
            f"{is_alike.sum()}."
        )
    joined = JoinedPhotos(source, more, np.flatnonzero(~is_alike))
    indices = np.concatenate([split["train"], np.arange(len(source), len(joined))])
    return joined, {**split, "train": np.random.default_rng(seed).permutation(indices)}, notes


def _find_alike(
    source: ColorSource,
    held_out: NDArray[np.int_],
    further: ColorSource,
    on_progress: Callable[[int, int], None] | None,
) -> NDArray[np.bool_]:
    """Finds the further photographs that are near-duplicates of some of a source's.

    Returns:
        Bool array of shape `(len(further),)`. Of photographs in arrays nothing is known.
    """
    is_alike = np.zeros(len(further), bool)
    if isinstance(source, ArraySource) or isinstance(further, ArraySource):
        return is_alike
    (own, is_readable), (others, are_readable) = (
        _hashes_of(each, on_progress) for each in (source, further)
    )
    own = own[held_out][is_readable[held_out]]
    leaders = group_near_duplicates(*np.concatenate([own, others[are_readable]]).T)
    is_alike[are_readable] = leaders[len(own) :] < len(own)
    return is_alike


def _hashes_of(
    source: ColorPhotos | PhotoSource, on_progress: Callable[[int, int], None] | None
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    if isinstance(source, ColorPhotos):
        return source.hashes, source.is_readable
    survey = survey_photos(source, on_progress=on_progress)
    return np.stack([survey.hashes, survey.mirrored], axis=1), survey.is_readable


def _notes(source: ColorSource) -> list[str]:
    return source.notes() if isinstance(source, ColorPhotos) else []
