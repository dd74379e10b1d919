"""A key-value store of array rows on disk: shards are checksummed, memory-mapped, never pickled.

FOLDER/3f2a.../settings.json     what all rows below depend on; the folder's name is its hash
FOLDER/3f2a.../9c41....npy       one shard, a structured array with a row a key
FOLDER/3f2a.../9c41....json      its keys and its SHA-256; written last, so that only a complete
                                 shard has one. The shard's name is the hash of its keys.

Several processes may read and write a folder at once: files are never changed in place.
"""

import errno
import hashlib
import json
import logging
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorkit.io.atomic_write import replace_when_whole
from colorkit.typing import StrPath

_NAME_LENGTH = 20
_log = logging.getLogger(__name__)


class FeatureStore:
    """A folder of shards.

    Args:
        folder: Path; made when the first shard is written.
        settings: JSON object of all that the rows depend on beside their keys. Rows stored under
            other settings are not visible.
        row: Structured `numpy.dtype` of a row.
    """

    def __init__(
        self, folder: StrPath, settings: Mapping[str, object], row: np.dtype[np.void]
    ) -> None:
        self._settings = json.dumps(settings, indent=2, sort_keys=True) + "\n"
        self.folder = Path(folder) / _name(self._settings)
        self._row = row
        self._shards: list[NDArray[np.void]] = []
        self._places: dict[str, tuple[int, int]] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def open(self, keys: Iterable[str]) -> None:
        """Memory-maps the shards that hold any of these keys, after verifying their checksums.

        A shard that is truncated, changed or unreadable is left out, with a warning.

        Args:
            keys: Iterable of strings.
        """
        wanted = {key for key in keys if key not in self}
        for index in sorted(self.folder.glob("*.json")):
            if not wanted:
                return
            held = _read_index(index)
            if held is not None and wanted.intersection(held["keys"]):
                self._map(index.with_suffix(".npy"), held)
                wanted.difference_update(self._places)

    def write(self, keys: Sequence[str], rows: NDArray[np.void]) -> None:
        """Writes a shard.

        Args:
            keys: List of strings, each once.
            rows: Structured array with a row a key.
        """
        self._require_space(rows.nbytes)
        if not (self.folder / "settings.json").exists():
            with replace_when_whole(self.folder / "settings.json") as temporary:
                temporary.write_text(self._settings)
        shard = self.folder / f"{_name_of_keys(keys)}.npy"
        with replace_when_whole(shard) as temporary:
            np.save(temporary, rows, allow_pickle=False)
        held = {"keys": list(keys), "sha256": _checksum(shard)}
        with replace_when_whole(shard.with_suffix(".json")) as temporary:
            temporary.write_text(json.dumps(held, indent=1) + "\n")
        self._map(shard, held)

    def read(self, keys: Iterable[str]) -> NDArray[np.void]:
        """Returns a structured array with the rows of `keys`, all of which must be here."""
        places = [self._places[key] for key in keys]
        rows = np.empty(len(places), self._row)
        for place, (shard, row) in enumerate(places):
            rows[place] = self._shards[shard][row]
        return rows

    def _map(self, shard: Path, held: Mapping[str, Any]) -> None:
        try:
            if _checksum(shard) != held["sha256"]:
                raise ValueError("its checksum is another")
            rows = np.load(shard, mmap_mode="r", allow_pickle=False)
            if rows.dtype != self._row or len(rows) != len(held["keys"]):
                raise ValueError(f"its rows are others: {rows.dtype}, {rows.shape}")
        except (OSError, ValueError) as error:
            _log.warning("Cached features are damaged and computed again: %s (%s).", shard, error)
            return
        number = len(self._shards)
        self._shards.append(rows)
        self._places.update((key, (number, row)) for row, key in enumerate(held["keys"]))

    def _require_space(self, needed: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if needed > free:
            raise OSError(
                errno.ENOSPC,
                f"Expected {needed / 1e6:.0f} MB of free disk for the next shard of features. Give "
                f"a folder on a larger disk, or fewer views. Received: {free / 1e6:.0f} MB free",
                str(self.folder),
            )


def _read_index(path: Path) -> dict[str, Any] | None:
    if path.name == "settings.json":
        return None
    try:
        held = json.loads(path.read_text())
        if _name_of_keys(held["keys"]) != path.stem:
            raise ValueError("its keys are others")
        return {"keys": held["keys"], "sha256": held["sha256"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("Cached features are damaged and computed again: %s (%s).", path, error)
        return None


def _checksum(path: Path) -> str:
    return hashlib.sha256(np.memmap(path, mode="r").data).hexdigest()


def _name_of_keys(keys: Iterable[str]) -> str:
    return _name("\n".join(keys))


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_NAME_LENGTH]
