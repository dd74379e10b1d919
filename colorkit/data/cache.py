"""Caches decoded photographs, in memory or on disk, before they are cropped."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.data.crops import shrink
from colorkit.io.atomic_write import replace_when_whole
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.source import Photographs

_FILES_A_FOLDER = 1000
_LABEL = "photos.json"


def cache_photos(source: Photographs, shorter_side: int, cache: StrPath | None) -> Photographs:
    """Wraps a source in a cache of decoded photographs.

    Args:
        source: A `PhotoSource` or `ArraySource`.
        shorter_side: To which photographs are shrunk, in pixels.
        cache: `None` for no cache; "memory"; or the path of a folder, which later runs reuse.
            A photograph takes about 3 * 1.3 * shorter_side ** 2 bytes.

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


class CachedSource:
    """A source that caches its photographs once they have been read.

    Args:
        source: A `PhotoSource` or `ArraySource`, whose other attributes this source has too.
        shorter_side: To which photographs are shrunk, in pixels.
        cache: The cache, a mapping from indices to uint8 arrays: a dict or `PhotoFiles`.
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
            self._cache[index] = photo
        return photo


class PhotoFiles:
    """A cache in a folder, one file per array, with the needed part of a dict's interface.

    Args:
        folder: `Path`; made if missing.
        source: The source whose photographs are cached; the folder is tied to it.

    Raises:
        ValueError: If the folder is the cache of another source.
    """

    def __init__(self, folder: Path, source: Photographs) -> None:
        self._folder = folder
        label, written = folder / _LABEL, json.dumps(_describe(source))
        if not label.exists():
            with replace_when_whole(label) as temporary:
                temporary.write_text(written, encoding="utf-8")
        elif label.read_bytes() != written.encode():
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
        with replace_when_whole(self._path(index)) as temporary, open(temporary, "wb") as stream:
            np.save(stream, photo)

    def _path(self, index: int) -> Path:
        return self._folder / f"{index // _FILES_A_FOLDER:04d}" / f"{index:08d}.npy"


def _describe(source: Photographs) -> dict[str, Any]:
    some = {0, len(source) // 2, len(source) - 1}
    names = hashlib.sha256("\n".join(source.names).encode()).hexdigest()
    return {"names": names, "some": [source.fingerprint(index) for index in sorted(some)]}
