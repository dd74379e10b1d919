"""Photographs decoded once and kept, in memory or in a folder, before they are cropped."""

import hashlib
import json
from pathlib import Path

import numpy as np

from colorkit.data.crops import shrink
from colorkit.io.atomic_write import replace_when_whole

_FILES_A_FOLDER = 1000
_LABEL = "photos.json"


def cache_photos(source, shorter_side, cache):
    """Keeps the photographs of a source once they have been read.

    Args:
        source: A `PhotoSource` or `ArraySource`.
        shorter_side: To which photographs are shrunk, in pixels.
        cache: `None` to keep none; "memory"; or the path of a folder, which later runs find
            filled. A photograph takes about 3 * 1.3 * shorter_side ** 2 bytes.

    Returns:
        `source`, or a source with the same interface.

    Raises:
        ValueError: If the folder keeps other photographs.
    """
    if cache is None:
        return source
    kept = {} if cache == "memory" else PhotoFiles(Path(cache) / f"{shorter_side}", source)
    return CachedSource(source, shorter_side, kept)


class CachedSource:
    """A source whose photographs are kept once they have been read.

    Args:
        source: A `PhotoSource` or `ArraySource`, whose other attributes this source has too.
        shorter_side: To which photographs are shrunk, in pixels.
        kept: Mapping from numbers to uint8 arrays, at first empty: a dict or `PhotoFiles`.
    """

    def __init__(self, source, shorter_side, kept):
        self._source = source
        self._shorter_side = shorter_side
        self._kept = kept

    def __len__(self):
        return len(self._source)

    def __getattr__(self, name):
        return getattr(self._source, name)

    def read(self, number, shorter_side=None):
        """Reads a photograph as its source does, from what is kept where that is large enough."""
        if shorter_side is None or shorter_side > self._shorter_side:
            return self._source.read(number, shorter_side)
        photo = self._kept.get(number)
        if photo is None:
            photo = shrink(self._source.read(number, self._shorter_side), self._shorter_side)
            self._kept[number] = photo
        return photo


class PhotoFiles:
    """Arrays in a folder, a file for each, with the part of a dict's interface that caches need.

    Args:
        folder: `Path`; made if missing.
        source: The source whose photographs it keeps, by which it is known again.

    Raises:
        ValueError: If the folder keeps photographs of another source.
    """

    def __init__(self, folder, source):
        self._folder = folder
        label, written = folder / _LABEL, json.dumps(_describe(source))
        if not label.exists():
            with replace_when_whole(label) as temporary:
                temporary.write_text(written, encoding="utf-8")
        elif label.read_text(encoding="utf-8") != written:
            raise ValueError(
                f"{folder} is the cache of other photographs than those given. "
                "Give another folder as `cache`, or delete this one."
            )

    def get(self, number):
        """Returns an array, of which only what is used is read from the disk, or `None`."""
        try:
            return np.load(self._path(number), mmap_mode="r")
        except (FileNotFoundError, ValueError, EOFError):  # missing or damaged
            return None

    def __setitem__(self, number, photo):
        with replace_when_whole(self._path(number)) as temporary, open(temporary, "wb") as stream:
            np.save(stream, photo)

    def _path(self, number):
        return self._folder / f"{number // _FILES_A_FOLDER:04d}" / f"{number:08d}.npy"


def _describe(source):
    some = {0, len(source) // 2, len(source) - 1}
    names = hashlib.sha256("\n".join(source.names).encode()).hexdigest()
    return {"names": names, "some": [source.fingerprint(number) for number in sorted(some)]}
