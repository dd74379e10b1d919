"""A folder of fetched photographs, with CSV files of those stored and dropped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from colorkit.data.fetch.journal import Journal
from colorkit.data.filters import digest, make_thumbnail
from colorkit.data.near_duplicates import LARGEST_DISTANCE, hash_picture
from colorkit.io.atomic_write import write_whole
from colorkit.io.format_limits import round_to_8_bits
from colorkit.io.photo import SUFFIX_OF_FORMAT, Photo
from colorkit.io.temporary_names import remove_abandoned
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.fetch.unsplash_schema import FoundPhoto

ATTRIBUTION = "attribution.csv"
ATTRIBUTION_COLUMNS = (
    "id",
    "word",
    "photographer",
    "profile_link",
    "photo_link",
    "licence",
    "file",
    "sha256",
    "width",
    "height",
    "perceptual_hash",
)
"""Columns of `attribution.csv`: `file` is the path within the folder, `width` and `height` are
those of the file in pixels, `perceptual_hash` is its pHash as 16 hexadecimal digits."""

_LONGEST_FOLDER = 60  # characters


class PhotoStore:
    """Photographs in folders named after their search words, and three CSV files about them.

    `attribution.csv` has a row for each photograph, `dropped.csv` one for each that was dropped
    permanently, `searched.csv` one for each word whose results are exhausted. Remove a row of the
    latter two to try its photograph or word again.

    Args:
        folder: Path of the folder, made by the first photograph.

    Raises:
        ValueError: If one of the CSV files is damaged.
    """

    def __init__(self, folder: StrPath) -> None:
        self.folder = Path(folder)
        for path in self.folder.glob("*/"):
            remove_abandoned(path)
        self._attribution = Journal(self.folder / ATTRIBUTION, ATTRIBUTION_COLUMNS)
        self._dropped = Journal(self.folder / "dropped.csv", ("id", "word", "photo_link", "reason"))
        self._searched = Journal(self.folder / "searched.csv", ("word", "photographs"))
        self._ids = {row["id"] for row in (*self._attribution.rows, *self._dropped.rows)}
        self._counts = Counter(row["word"] for row in self._attribution.rows)
        self._exhausted = {row["word"] for row in self._searched.rows}
        self._stored_ids = [row["id"] for row in self._attribution.rows]
        self._hashes = np.array([_read_hashes(row) for row in self._attribution.rows], np.uint64)

    def __len__(self) -> int:
        return len(self._stored_ids)

    def __contains__(self, photo_id: str) -> bool:
        """Whether a photograph was stored or dropped before."""
        return photo_id in self._ids

    def count(self, word: str) -> int:
        """Returns how many photographs of a word are stored."""
        return self._counts[word]

    def is_exhausted(self, word: str) -> bool:
        """Returns whether a word's results are exhausted."""
        return word in self._exhausted

    def find_duplicate(self, hashes: tuple[int, int]) -> str | None:
        """Finds a stored near-duplicate of a picture or of its mirror image.

        Args:
            hashes: What `hash_photo` returns for the picture.

        Returns:
            The id of the most similar one, or `None`.
        """
        if not self._stored_ids:
            return None
        distances = np.bitwise_count(self._hashes[:, None] ^ np.array(hashes, np.uint64)).min(
            axis=1
        )
        nearest = int(distances.argmin())
        return self._stored_ids[nearest] if distances[nearest] <= LARGEST_DISTANCE else None

    def read_unlisted(self, photo_id: str, word: str) -> bytes | None:
        """Returns the file of a photograph that is stored but not listed yet, or `None`."""
        files = [*self._folder_of(word).glob(f"{photo_id}.*")]
        return files[0].read_bytes() if files else None

    def write(self, photo_id: str, word: str, content: bytes, picture: Photo) -> Path:
        """Writes the file of a photograph atomically.

        Args:
            photo_id: Its id.
            word: The search word that found it.
            content: The file as bytes.
            picture: The `Photo` in it.

        Returns:
            The file's path.
        """
        path = self._folder_of(word) / f"{photo_id}{SUFFIX_OF_FORMAT[picture.file_format]}"
        write_whole(path, content)  # On the disk before its row in attribution.csv
        return path

    def list(
        self,
        photo: FoundPhoto,
        word: str,
        path: Path,
        content: bytes,
        picture: Photo,
        hashes: tuple[int, int],
    ) -> None:
        """Lists a photograph that `write` wrote in `attribution.csv`.

        Args:
            photo: `FoundPhoto`.
            word: The search word that found it.
            path: The file's path.
            content: The file as bytes.
            picture: The `Photo` in it.
            hashes: What `hash_photo` returns for it.
        """
        self._attribution.add(
            id=photo.id,
            word=word,
            photographer=photo.photographer,
            profile_link=photo.profile_link,
            photo_link=photo.photo_link,
            licence=photo.licence,
            file=path.relative_to(self.folder).as_posix(),
            sha256=digest(content),
            width=picture.width,
            height=picture.height,
            perceptual_hash=f"{hashes[0]:016x}",
        )
        self._ids.add(photo.id)
        self._counts[word] += 1
        self._stored_ids.append(photo.id)
        self._hashes = np.append(self._hashes, np.uint64(hashes[0]))

    def drop(self, photo: FoundPhoto, word: str, reason: str) -> None:
        """Lists a photograph that is dropped permanently in `dropped.csv`."""
        self._dropped.add(id=photo.id, word=word, photo_link=photo.photo_link, reason=reason)
        self._ids.add(photo.id)

    def exhaust(self, word: str) -> None:
        """Lists a word whose results are exhausted in `searched.csv`."""
        self._searched.add(word=word, photographs=self._counts[word])
        self._exhausted.add(word)

    def _folder_of(self, word: str) -> Path:
        return self.folder / (re.sub(r"\W+", "-", word).strip("-")[:_LONGEST_FOLDER] or "other")


def hash_photo(picture: Photo) -> tuple[int, int]:
    """Computes the perceptual hashes of a `Photo` and of its mirror image: two integers."""
    pixels = picture.pixels
    if pixels.dtype == np.uint16:
        pixels = round_to_8_bits(pixels)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=-1)
    return hash_picture(make_thumbnail(pixels.astype("uint8", copy=False)))


def _read_hashes(row: Mapping[str, str]) -> int:
    if not re.fullmatch("[0-9a-f]{16}", row["perceptual_hash"]):
        raise ValueError(
            f"{ATTRIBUTION}: expected 16 hexadecimal digits as the perceptual hash of {row['id']}. "
            f"Received: {row['perceptual_hash']}. Remove the row to have the photograph fetched "
            "again; spreadsheets change such columns where they save the file."
        )
    return int(row["perceptual_hash"], 16)
