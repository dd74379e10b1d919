"""Photographs that teach colour: without gray ones, and near-duplicates known as such."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from colorkit.data.near_duplicates import group_near_duplicates
from colorkit.data.source import ArraySource, Openable, PhotoSource, open_photos
from colorkit.data.survey import Look, Survey, survey_photos
from colorkit.io.photo import PhotoError


class ColorPhotos:
    """The photographs in colour of a source, with the interface of `PhotoSource`.

    Those that cannot be read stay, for the one that reads them to account for.

    Args:
        source: A `PhotoSource`.
        survey: The `colorkit.data.survey.Survey` of its photographs, or of the first ones.

    Raises:
        PhotoError: If all are gray.

    Attributes:
        names: Tuple of their names.
        gray: Tuple of the names of those left out as gray or toned.
        gray_halves: Number of those left out before as the gray ones of pairs.
        unread: As a `PhotoSource` has it.
        groups: Int array: near-duplicates of each other have the same number.
        hashes: uint64 array of shape `(photos, 2)`: their hashes, and those of the mirror images.
        is_readable: Bool array: of which of them the hashes are known.
    """

    parts = None

    def __init__(self, source: PhotoSource, survey: Survey) -> None:
        self._source = source
        self.gray_halves, self.unread = source.gray_halves, source.unread
        self._indices = np.flatnonzero(~survey.is_gray)
        self.names = tuple(source.names[index] for index in self._indices)
        self.gray = tuple(source.names[index] for index in np.flatnonzero(survey.is_gray))
        if not self.names:
            raise PhotoError(
                f"Expected photographs in colour. Received: {len(self.gray)}, all of them gray or "
                "toned. Give the colour photographs that gray ones were made of."
            )
        self.is_readable = survey.is_readable[self._indices]
        self.hashes = np.stack([survey.hashes, survey.mirrored], axis=1)[self._indices]
        self.groups = np.arange(len(self.names))
        (known,) = np.nonzero(self.is_readable)
        self.groups[known] = known[group_near_duplicates(*self.hashes[known].T)]

    def __len__(self) -> int:
        return len(self.names)

    def read(self, index: int, shorter_side: int | None = None) -> NDArray[np.uint8]:
        """Reads one photograph, as `PhotoSource.read` does."""
        return self._source.read(self._indices[index], shorter_side)

    def digest(self, index: int) -> str:
        """Returns the digest that the photograph has in its source."""
        return self._source.digest(self._indices[index])

    def fingerprint(self, index: int) -> str:
        """Returns the fingerprint that the photograph has in its source."""
        return self._source.fingerprint(self._indices[index])

    def notes(self) -> list[str]:
        """Says what was left out and what is alike: a list of sentences, without what is not."""
        notes = []
        if self.unread:
            name, reason = next(iter(self.unread.items()))
            notes.append(
                f"Folders and archives that cannot be read, or not to their end: "
                f"{len(self.unread)}, the first {name}: {reason}"
            )
        if self.gray_halves:
            notes.append(f"Of pairs the colour pictures are taken; gray ones: {self.gray_halves}.")
        if self.gray:
            notes.append(f"Photographs left out as gray or toned: {len(self.gray)}.")
        _, sizes = np.unique(self.groups, return_counts=True)
        alike = sizes[sizes > 1]
        if len(alike):
            notes.append(
                f"Photographs that show the same picture as another: {alike.sum()}, of "
                f"{len(alike)} {'picture' if len(alike) == 1 else 'pictures'}; a split has those "
                "of one picture in one part."
            )
        return notes


def open_color_photos(
    photos: Openable,
    colored: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    look: Look | None = None,
) -> ColorPhotos | PhotoSource | ArraySource:
    """Opens photographs as `open_photos` does, and leaves out those that are gray or toned.

    Args:
        photos: As for `open_photos`. Arrays, and data sets that `dataset build` wrote, are taken
            as they are.
        colored: Number of photographs that suffice, the first ones; `None` for all.
        on_progress: Function called as `on_progress(done, total)` while they are looked at.
        look: As `survey_photos` takes it.

    Returns:
        A `ColorPhotos`, or what `open_photos` returns for an array or a built data set.

    Raises:
        PhotoError: If there is no photograph, or none in colour.
    """
    source = open_photos(photos)
    if isinstance(source, ArraySource) or source.is_built:
        return source
    return ColorPhotos(source, survey_photos(source, colored, on_progress, look))
