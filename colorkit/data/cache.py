"""Caches decoded photographs, in memory or on disk, before they are cropped."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.data.crops import shrink
from colorkit.io.atomic_write import replace_when_whole
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.source import Photographs

DISK_SHARE = 0.8
"""Maximum share of a disk's free space that `cache_if_it_fits` plans to fill."""

_BYTES_A_PIXEL = 3
_LONGER_SIDES = 1.5  # the longer side of a photograph over the shorter one, as 3 : 2
_FILES_A_FOLDER = 1000
_LABEL = "photos.json"

_log = logging.getLogger(__name__)


def cache_photos(source: Photographs, shorter_side: int, cache: StrPath | None) -> Photographs:
    """Wraps a source in a cache of decoded photographs.

    Args:
        source: A `PhotoSource` or `ArraySource`.
        shorter_side: To which photographs are shrunk, in pixels.
        cache: `None` for no cache; "memory"; or the path of a folder, which later runs reuse.
            A photograph takes about 3 * 1.5 * shorter_side ** 2 bytes.

    Returns:
        `source`, or a source with the same interface.

    Raises:
        ValueError: If the folder is the cache of other photographs.
    """
    if cache is None:
        return source
    if cache == "memory":
        return CachedSource(source, shorter_side, {})
    return CachedSource(source, shorter_side, PhotoFiles(Path(cache) / f"{shorter_side}", source))


def cache_if_it_fits(
    source: Photographs, shorter_side: int, folder: StrPath, number: int
) -> tuple[Photographs, str]:
    """Wraps a source in a cache in a folder, unless the disk is too small for it.

    Args:
        source, shorter_side: As for `cache_photos`.
        folder: Folder of the cache, which later runs reuse.
        number: Number of the photographs that will be read.

    Returns:
        The source to read from, and a sentence on what was chosen.

    Raises:
        ValueError: If the folder is the cache of other photographs.
    """
    cached = cache_photos(source, shorter_side, folder)
    have = sum(1 for _ in Path(folder, f"{shorter_side}").rglob("*.npy"))
    one = _BYTES_A_PIXEL * _LONGER_SIDES * shorter_side**2
    needed, free = one * max(0, number - have), shutil.disk_usage(_existing(Path(folder))).free
    if needed <= DISK_SHARE * free:
        return cached, f"Decoded photographs are kept in {folder}, {_giga(one * number)} in all."
    return source, (
        f"Decoded photographs are not kept in {folder}: they need {_giga(needed)} more, and of "
        f"{_giga(free)} that are free no more than {DISK_SHARE:.0%} are taken."
    )


def _existing(folder: Path) -> Path:
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())


def _giga(size: float) -> str:
    return f"{size / 1e9:.1f} GB"


class CachedSource:
    """A source that caches its photographs once they have been read.

    Args:
        source: A `PhotoSource` or `ArraySource`, whose other attributes this source has too.
        shorter_side: To which photographs are shrunk, in pixels.
        cache: The cache, a mapping from indices to uint8 arrays: a dict or `PhotoFiles`. Where it
            cannot be written any more, the rest of the photographs is not cached.
    """

    def __init__(
        self,
        source: Photographs,
        shorter_side: int,
        cache: dict[int, NDArray[np.uint8]] | PhotoFiles,
    ) -> None:
        self._source = source
        self._shorter_side = shorter_side
        self._cache = cache
        self._is_full = False

    def __len__(self) -> int:
        return len(self._source)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def read(self, index: int, shorter_side: int | None = None) -> NDArray[np.uint8]:
        """Reads a photograph as its source does, from the cache where that is large enough."""
        if shorter_side is None or shorter_side > self._shorter_side:
            return self._source.read(index, shorter_side)
        photo = self._cache.get(index)
        if photo is None:
            photo = shrink(self._source.read(index, self._shorter_side), self._shorter_side)
            self._keep(index, photo)
        return photo

    def _keep(self, index: int, photo: NDArray[np.uint8]) -> None:
        if self._is_full:
            return
        try:
            self._cache[index] = photo
        except OSError as error:
            self._is_full = True
            _log.warning("Further photographs are not cached: the cache is full (%s).", error)


class PhotoFiles:
    """A cache in a folder, one file per array, with the needed part of a dict's interface.

    Args:
        folder: `Path`; made with the first photograph.
        source: The source whose photographs are cached; the folder is tied to it.

    Raises:
        ValueError: If the folder is the cache of another source.
    """

    def __init__(self, folder: Path, source: Photographs) -> None:
        self._folder = folder
        self._label, self._written = folder / _LABEL, json.dumps(_describe(source))
        if self._label.exists() and self._label.read_bytes() != self._written.encode():
            raise ValueError(
                f"{folder} is the cache of other photographs than those given. "
                "Give another folder as `cache`, or delete this one."
            )

    def get(self, index: int) -> NDArray[np.uint8] | None:
        """Returns a memory-mapped array, or `None`."""
        try:
            return np.load(self._path(index), mmap_mode="r")
        except Exception:  # missing, or damaged, for which NumPy raises many kinds
            return None

    def __setitem__(self, index: int, photo: NDArray[np.uint8]) -> None:
        if not self._label.exists():
            with replace_when_whole(self._label) as temporary:
                temporary.write_text(self._written, encoding="utf-8")
        with replace_when_whole(self._path(index)) as temporary, open(temporary, "wb") as stream:
            np.save(stream, photo)

    def _path(self, index: int) -> Path:
        return self._folder / f"{index // _FILES_A_FOLDER:04d}" / f"{index:08d}.npy"


def _describe(source: Photographs) -> dict[str, Any]:
    some = {0, len(source) // 2, len(source) - 1}
    names = hashlib.sha256("\n".join(source.names).encode()).hexdigest()
    return {"names": names, "some": [source.fingerprint(index) for index in sorted(some)]}
