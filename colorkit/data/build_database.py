"""The records of a build's photographs, in a database on disk.

A stopped build resumes from it, and memory does not grow with the number of photographs.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.data.duplicate_table import LARGEST_FIRST, DuplicateTable

if TYPE_CHECKING:
    from colorkit.data.archives import Member

_SAVED_EVERY = 64  # photographs; those after the last commit are prepared again

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS photos (
    id INTEGER PRIMARY KEY, source TEXT, copy INTEGER, stamp TEXT,
    drop_reason TEXT, detail TEXT, source_sha256 TEXT, width INTEGER, height INTEGER,
    file TEXT, gray_sha256 TEXT, color_sha256 TEXT, hash BLOB, mirrored BLOB, split TEXT,
    UNIQUE (source, copy)
);
CREATE TEMPORARY TABLE listed (source TEXT, copy INTEGER, PRIMARY KEY (source, copy));
"""
_BY_SOURCE = "ORDER BY source, copy"


@dataclasses.dataclass
class PhotoRecord:
    """The record of one photograph.

    Attributes:
        source: Its name within the source.
        drop_reason: One of `colorkit.data.filters.DROP_REASONS`, or "" where it is kept.
        detail: Details of the drop reason.
        source_sha256: SHA-256 of its file, in hexadecimal; "" where it was not read.
        width, height: Size of the photograph in pixels; `None` where it was not read.
        file: File name of its gray and its color picture.
        gray_sha256, color_sha256: SHA-256 of these files.
        split: "train", "validation" or "test"; "" where it is dropped.
        hashes: Perceptual hash of it and of its mirror image, or `None`.
    """

    source: str
    drop_reason: str = ""
    detail: str = ""
    source_sha256: str = ""
    width: int | None = None
    height: int | None = None
    file: str = ""
    gray_sha256: str = ""
    color_sha256: str = ""
    split: str = ""
    hashes: tuple[int, int] | None = None


_COLUMNS = [field.name for field in dataclasses.fields(PhotoRecord)][:-1]


class BuildDatabase:
    """The records of one build, in an SQLite file.

    Args:
        path: Path of the file; made where it is missing.
        settings: Dict of the build's settings.

    Raises:
        ValueError: If the file belongs to a build with other settings, another process uses it, or
            it is damaged.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        self._path = path
        self._database = sqlite3.connect(path, timeout=0)
        self._unsaved = 0
        try:
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.executescript(_TABLES)
            earlier = self._fact("settings")
        except sqlite3.DatabaseError as error:
            self._database.close()
            if "locked" in str(error):
                raise ValueError(
                    f"Another build is at work in {path.parent} ({error}). Let it finish, or give "
                    "another folder."
                ) from error
            raise self._explain(error) from error
        if earlier is None:
            self._set_fact("settings", settings)
        elif earlier != json.loads(json.dumps(settings)):
            changed = [key for key in settings if earlier.get(key) != settings[key]]
            self.close()
            raise ValueError(
                f"{path.parent} holds an unfinished build with another {' and '.join(changed)}. "
                "Give the same to resume it, or another folder for a new one."
            )

    def close(self) -> None:
        """Saves and closes the file."""
        self._database.commit()
        self._database.close()

    def __enter__(self) -> BuildDatabase:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except sqlite3.DatabaseError as closing:
            error = error or closing
        if isinstance(error, sqlite3.DatabaseError):
            raise self._explain(error) from error

    def _explain(self, error: sqlite3.Error) -> Exception:
        """Returns the error that says what is wrong with the file."""
        if "full" in str(error) or "disk I/O" in str(error):
            return OSError(errno.ENOSPC, f"{error}. Make room, and build again", str(self._path))
        return ValueError(
            f"{self._path}: expected the records of an unfinished build. Received: a damaged file "
            f"({error}). Remove {self._path.parent}, and the build begins anew."
        )

    def look_up(self, member: Member) -> tuple[int, PhotoRecord | None]:
        """Registers a member of the source and looks up its record.

        Returns:
            `(copy, record)`: how many members of that name came before, and the `PhotoRecord` of an
            earlier run, or `None`.
        """
        (copy,) = self._one("SELECT COUNT(*) FROM listed WHERE source = ?", member.name)
        self._database.execute("INSERT INTO listed VALUES (?, ?)", (member.name, copy))
        row = self._one(
            f"SELECT {', '.join(_COLUMNS)} FROM photos WHERE source = ? AND copy = ? AND stamp = ?",
            member.name,
            copy,
            member.stamp,
        )
        return copy, row and PhotoRecord(*row)

    def add(self, record: PhotoRecord, copy: int, stamp: str) -> None:
        """Adds the record of a member."""
        values = dataclasses.asdict(record)
        hashes = values.pop("hashes") or (None, None)
        values["hash"], values["mirrored"] = (_to_blob(each) for each in hashes)
        values.update(copy=copy, stamp=stamp)
        marks = ", ".join("?" * len(values))
        self._database.execute(
            f"INSERT OR REPLACE INTO photos ({', '.join(values)}) VALUES ({marks})",
            tuple(values.values()),
        )
        self._unsaved += 1
        if self._unsaved == _SAVED_EVERY:
            self._database.commit()
            self._unsaved = 0

    @property
    def has_splits(self) -> bool:
        """Whether duplicates are dropped and splits assigned; the source is then not needed."""
        return self._fact("sorted") is not None

    def forget_missing(self) -> None:
        """Deletes the records of members that are no longer in the source."""
        self._database.execute(
            "DELETE FROM photos WHERE (source, copy) NOT IN (SELECT source, copy FROM listed)"
        )

    def hashes(self) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint64]]:
        """Returns ids, hashes and mirrored hashes of kept photographs, the largest first.

        Returns:
            Three arrays of shape `(photos,)`: int64, uint64, uint64.
        """
        rows = self._database.execute(
            f"SELECT id, hash, mirrored FROM photos WHERE drop_reason = '' ORDER BY {LARGEST_FIRST}"
        )
        kind = [("id", np.int64), ("hash", "V8"), ("mirrored", "V8")]
        table = np.fromiter(((i, np.void(h), np.void(m)) for i, h, m in rows), np.dtype(kind))
        return table["id"], _from_blobs(table["hash"]), _from_blobs(table["mirrored"])

    def duplicates(self) -> DuplicateTable:
        """Returns the table for finding near-duplicates among kept photographs on disk."""
        return DuplicateTable(self._database)

    def drop(self, pairs: Iterable[tuple[int, int]], reason: str, detail: str) -> None:
        """Marks photographs as dropped in favour of others.

        Args:
            pairs: Ids of each photograph, and of the one that is kept in its place.
            reason: One of `DROP_REASONS`.
            detail: Text to which the original's name is appended.
        """
        self._database.executemany(
            "UPDATE photos SET file = '', gray_sha256 = '', color_sha256 = '', drop_reason = ?, "
            "detail = ? || (SELECT source FROM photos WHERE id = ?) WHERE id = ?",
            ((reason, detail, original, dropped) for dropped, original in pairs),
        )

    def kept_files(self) -> tuple[NDArray[np.int64], list[str]]:
        """Returns ids and files of kept photographs: an int64 array and a list of strings."""
        rows = self._database.execute(
            f"SELECT id, file FROM photos WHERE drop_reason = '' {_BY_SOURCE}"
        ).fetchall()
        return np.array([row[0] for row in rows], np.int64), [row[1] for row in rows]

    def kept_sources(self) -> Iterator[tuple[int, str]]:
        """Returns `(id, source)` of each kept photograph."""
        return self._database.execute("SELECT id, source FROM photos WHERE drop_reason = ''")

    def assign_splits(self, ids_of_splits: Mapping[str, Iterable[int]]) -> None:
        """Assigns photographs to splits, once for all.

        Args:
            ids_of_splits: Dict from "train", "validation" and "test" to ids.
        """
        for split, ids in ids_of_splits.items():
            self._database.executemany(
                "UPDATE photos SET split = ? WHERE id = ?", ((split, int(each)) for each in ids)
            )
        self._set_fact("sorted", True)

    def __iter__(self) -> Iterator[PhotoRecord]:
        """Iterates over all records in the order of their names."""
        rows = self._database.execute(f"SELECT {', '.join(_COLUMNS)} FROM photos {_BY_SOURCE}")
        return (PhotoRecord(*row) for row in rows)

    def kept(self, split: str) -> Iterator[PhotoRecord]:
        """Iterates over the records of one split, ordered by hash, independent of names."""
        rows = self._database.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM photos WHERE split = ? ORDER BY source_sha256",
            (split,),
        )
        return (PhotoRecord(*row) for row in rows)

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Returns the number of photographs by split and by drop reason: two dicts."""
        by_split, by_reason = (
            dict(
                self._database.execute(
                    f"SELECT {key}, COUNT(*) FROM photos WHERE {key} != '' GROUP BY {key}"
                )
            )
            for key in ("split", "drop_reason")
        )
        return by_split, by_reason

    def _one(self, query: str, *values: object) -> Any:
        return self._database.execute(query, values).fetchone()

    def _fact(self, key: str) -> Any:
        row = self._one("SELECT value FROM facts WHERE key = ?", key)
        try:
            return row and json.loads(row[0])
        except (TypeError, ValueError) as error:
            raise sqlite3.DatabaseError(f"{key} is no JSON") from error

    def _set_fact(self, key: str, value: object) -> None:
        self._database.execute("INSERT INTO facts VALUES (?, ?)", (key, json.dumps(value)))
        self._database.commit()


def _to_blob(number: int | None) -> bytes | None:
    return None if number is None else number.to_bytes(8, "little")


def _from_blobs(blobs: NDArray[np.void]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(blobs).view("<u8").astype(np.uint64)
