"""Photographs by index, from folders, tar archives or an array."""

import hashlib
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorkit.choices import SPLITS
from colorkit.data.bucket_copy import copy_here
from colorkit.data.fast_decoding import decode_rgb
from colorkit.data.manifest import read_description, read_manifest
from colorkit.data.paired_folders import find_paired_folders, is_gray_half
from colorkit.data.tfrecord_index import find_record_pictures
from colorkit.data.walk import lies_in_passed_over, printable_name, walk_files
from colorkit.io.checksum import fingerprint_file
from colorkit.io.photo import PhotoError
from colorkit.io.signatures import SUFFIXES_READ
from colorkit.typing import StrPath

Entry: TypeAlias = tuple[str, Path, int, int]  # name, file, place and size in it; -1 for all of it


class Photographs(Protocol):
    """Photographs by index: `PhotoSource`, and what has its interface."""

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""

    def __len__(self) -> int:
        """Returns their number."""

    def read(self, index: int, shorter_side: int | None = None) -> NDArray[np.uint8]:
        """Reads one photograph."""

    def digest(self, index: int) -> str:
        """Returns a hash of a photograph's contents."""

    def fingerprint(self, index: int) -> str:
        """Returns a hash that is found sooner, of a part of the contents."""


class PhotoSource:
    """Photographs in a folder (recursive, tar archives in it included) or in one tar archive.

    Of a data set that `colorkit dataset build` wrote, and of one split's folder in it, the colour
    pictures are taken, as its manifest lists them. Of folders of pairs, such as `gray/` and
    `color/`, the latter are taken (`colorkit.data.paired_folders`).

    Args:
        path: A folder or a `.tar` file (uncompressed).

    Raises:
        PhotoError: If the path is missing, is neither of the two, or holds no photograph.

    Attributes:
        names: Tuple with each photograph's path inside the folder or archive, sorted.
        parts: For a data set of several splits, tuple with each photograph's split; else `None`.
        is_built: Whether it is such a data set or a split of one, of photographs in colour that are
            like no other.
        gray_halves: Number of pictures left out since they are the gray ones of pairs.
        unread: Dict from the names of folders that cannot be listed, and of damaged archives whose
            photographs are there up to the damage, to the reasons.
    """

    def __init__(self, path: StrPath) -> None:
        path = Path(path)
        if not path.exists():
            raise PhotoError(f"{path}: expected a folder or tar of photographs, found nothing.")
        of_data_set = _entries_of_data_set(path)
        self.parts: tuple[str, ...] | None = None
        self.is_built = of_data_set is not None
        self.unread: dict[str, str] = {}
        if path.is_file():
            entries, error = _read_tar(path)
            if error is not None:
                raise PhotoError(
                    f"{path}: expected a folder or an uncompressed .tar archive of photographs "
                    f"({error})."
                ) from error
        elif of_data_set is not None:
            entries = of_data_set
        else:
            entries, self.unread = _search(path)
        found = len(entries)
        paired_folders = find_paired_folders(name for name, *_ in entries)
        entries = [entry for entry in entries if not is_gray_half(entry[0], paired_folders)]
        self.gray_halves = found - len(entries)
        if not entries:
            raise PhotoError(
                f"{path}: no photographs found. Looked for {', '.join(SUFFIXES_READ)} "
                "files and for .tar archives of them."
            )
        entries.sort()
        self.names = tuple(name for name, *_ in entries)
        self._locations = [(file, place, size) for _, file, place, size in entries]
        if _holds_data_set(path):
            self.parts = tuple(name.split("/")[0] for name in self.names)

    def __len__(self) -> int:
        return len(self.names)

    def read(self, index: int, shorter_side: int | None = None) -> NDArray[np.uint8]:
        """Reads one photograph.

        Args:
            index: Which one, from 0 to `len(self) - 1`.
            shorter_side: Minimum shorter side in pixels: the photograph may be returned smaller
                than it is, which is faster. `None` for its own size.

        Returns:
            uint8 array of shape `(height, width, 3)`: sRGB, upright.

        Raises:
            PhotoError: If the file cannot be read; the message names file and reason.
        """
        return decode_rgb(self._bytes(index), self.names[index], shorter_side)

    def digest(self, index: int) -> str:
        """Returns the SHA-256 of a photograph's whole file, as hexadecimal text.

        Raises:
            PhotoError: If the file cannot be read.
        """
        return hashlib.sha256(self._bytes(index)).hexdigest()

    def _bytes(self, index: int) -> bytes:
        file, offset, size = self._locations[index]
        try:
            with open(file, "rb") as stream:
                stream.seek(offset)
                return stream.read(size)
        except OSError as error:
            raise PhotoError(f"{file}: cannot be read ({error.strerror}).") from error

    def fingerprint(self, index: int) -> str:
        """Returns a photograph's size in bytes and SHA-256 of its first and last 4 KiB, as text.

        "unreadable" for a file that cannot be opened.
        """
        file, offset, size = self._locations[index]
        try:
            return fingerprint_file(file, offset, None if size < 0 else size)
        except OSError:
            return "unreadable"


class ArraySource:
    """Photographs in memory, with the interface of `PhotoSource`.

    Args:
        photos: uint8 array of shape `(number, height, width, 3)`, sRGB.

    Raises:
        ValueError: If the array has another shape or dtype.
    """

    def __init__(self, photos: NDArray[np.uint8]) -> None:
        if photos.ndim != 4 or photos.shape[-1] != 3 or photos.dtype != np.uint8 or not len(photos):
            raise ValueError(
                "`photos` must be a uint8 array of shape (number, height, width, 3). "
                f"Received: {photos.dtype} of shape {photos.shape}"
            )
        self._photos = photos
        self.names = tuple(f"{index:08d}" for index in range(len(photos)))

    def __len__(self) -> int:
        return len(self.names)

    def read(self, index: int, shorter_side: int | None = None) -> NDArray[np.uint8]:
        """Returns photograph `index`: uint8 of shape `(height, width, 3)`."""
        return self._photos[index]

    def digest(self, index: int) -> str:
        """Returns the SHA-256 of a photograph's shape and pixels, as hexadecimal text."""
        return hashlib.sha256(self.fingerprint(index).encode()).hexdigest()

    def fingerprint(self, index: int) -> str:
        """Returns a photograph's shape and SHA-256, as text."""
        photo = np.ascontiguousarray(self._photos[index])
        return f"{photo.shape}:{hashlib.sha256(photo.data).hexdigest()}"


Openable: TypeAlias = StrPath | NDArray[np.uint8] | PhotoSource | ArraySource
"""What `open_photos` opens."""


def open_photos(photos: Openable) -> PhotoSource | ArraySource:
    """Opens photographs given as a path, an address, an array or a source.

    Args:
        photos: Path of a folder or tar archive; address of one in an object store, such as
            `"s3://bucket/photos"`, which is copied here (`colorkit.data.bucket_copy`); uint8 array
            of shape `(number, height, width, 3)`; or a source already opened.

    Returns:
        A `PhotoSource` or `ArraySource`.
    """
    if isinstance(photos, np.ndarray):
        return ArraySource(photos)
    if isinstance(photos, (PhotoSource, ArraySource)):
        return photos
    if isinstance(photos, str) and "://" in photos:
        return PhotoSource(copy_here(photos))
    return PhotoSource(photos)


def _holds_data_set(folder: Path) -> bool:
    return read_description(folder) is not None


def _entries_of_data_set(path: Path) -> list[Entry] | None:
    """Returns the entries of a data set or of a split's folder in one; `None` for other paths."""
    splits: tuple[str, ...] = SPLITS
    if _holds_data_set(path):
        folder, start = path, 0
    elif path.name in SPLITS and _holds_data_set(path.parent):
        folder, splits, start = path.parent, (path.name,), len(path.name) + 1
    else:
        return None
    description = read_description(folder)
    rows = [row for row in read_manifest(folder) if row["split"] in splits]
    names = [f"{row['split']}/color/{row['file']}" for row in rows]
    if description is not None and description["settings"]["format"] != "folder":
        places = _search_records(folder, splits)
        missing = [name for name in names if name not in places]
        if missing:
            raise PhotoError(
                f"{folder}: expected the {len(names)} pictures of its manifest, and {missing[0]} "
                "is in none of its TFRecord files. Copy the data set again from its source."
            )
        return [(name[start:], *places[name]) for name in names]
    return [(name[start:], folder / name, 0, -1) for name in names]


def _search_records(folder: Path, splits: Iterable[str]) -> dict[str, tuple[Path, int, int]]:
    """Returns the file, place and size of each picture in TFRecord files, by its name."""
    places = {}
    for split in splits:
        for file in sorted(folder.glob(f"{split}-*.tfrecord")):
            try:
                for name, place, size in find_record_pictures(file):
                    places[f"{split}/color/{name}"] = file, place, size
            except ValueError as error:
                raise PhotoError(str(error)) from error
    return places


def _search(folder: Path) -> tuple[list[Entry], dict[str, str]]:
    """Returns the entries of a folder, and the reasons of what in it cannot be read."""
    entries: list[Entry] = []
    unread = {}
    for file, unlisted in sorted(walk_files(folder), key=lambda found: found[0]):
        name = printable_name(file.relative_to(folder).as_posix())
        if unlisted is not None:
            unread[name] = f"cannot be listed ({unlisted.strerror})"
        elif file.suffix.lower() == ".tar":
            within, error = _read_tar(file)
            entries += within
            if error is not None:
                unread[name] = f"the archive is damaged ({error})"
        elif file.suffix.lower() in SUFFIXES_READ and file.is_file():
            entries.append((name, file, 0, -1))
    return entries, unread


def _read_tar(file: Path) -> tuple[list[Entry], Exception | None]:
    """Returns the entries of an archive, and the error behind which others may be, or `None`."""
    entries: list[Entry] = []
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                is_photo = member.isfile() and Path(member.name).suffix.lower() in SUFFIXES_READ
                if is_photo and not lies_in_passed_over(member.name):
                    name = printable_name(member.name)
                    entries.append((name, file, member.offset_data, member.size))
    except (tarfile.TarError, OSError) as error:
        return entries, error
    return entries, None
