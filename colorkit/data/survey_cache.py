"""Caches what surveys find, for all data sets of a user: no photograph is decoded twice.

An SQLite file in the user's folder of caches, or in the one that the environment variable
`COLORKIT_CACHE` names. It holds about 50 bytes a photograph, by its `fingerprint`, and can be
deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import platformdirs

FILE_NAME = "survey-2.sqlite"
"""Its number grows with each change of the findings."""

_TABLE = """
CREATE TABLE IF NOT EXISTS photos (
    fingerprint BLOB PRIMARY KEY, is_gray INTEGER, hash BLOB, mirrored BLOB
) WITHOUT ROWID;
"""
_ASKED_AT_ONCE = 500  # SQLite's parameters of one question: 999 in old versions
_WAIT = 10  # seconds for another process that writes

_log = logging.getLogger(__name__)

Finding: TypeAlias = tuple[bool, int, int]
"""Whether a photograph is gray, its hash and that of its mirror image."""


def cache_folder() -> Path:
    """Returns the `Path` of the folder of colorkit's caches."""
    own = os.environ.get("COLORKIT_CACHE")
    return Path(own or platformdirs.user_cache_dir("colorkit", appauthor=False))


class SurveyCache:
    """The cache as a context; where it cannot be used, it is empty and keeps nothing."""

    def __init__(self) -> None:
        self._path = cache_folder() / FILE_NAME
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> SurveyCache:
        with self._tolerating():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._path, timeout=_WAIT, check_same_thread=False)
            self._database.execute(_TABLE)
        return self

    def __exit__(self, *_: object) -> None:
        if self._database is not None:
            self._database.close()

    def look_up(self, fingerprints: Iterable[str]) -> dict[str, Finding]:
        """Finds what is known of photographs.

        Args:
            fingerprints: List of strings, as sources return them.

        Returns:
            Dict from those of them that are known to tuples: whether the photograph is gray, its
            hash and that of its mirror image.
        """
        text_of = {_key(text): text for text in fingerprints}
        keys = list(text_of)
        found: dict[str, Finding] = {}
        database = self._database
        if database is None:
            return found
        with self._tolerating():
            for start in range(0, len(keys), _ASKED_AT_ONCE):
                some = keys[start : start + _ASKED_AT_ONCE]
                places = ",".join("?" * len(some))
                rows = database.execute(
                    f"SELECT * FROM photos WHERE fingerprint IN ({places})", some
                )
                for key, is_gray, own, mirrored in rows:
                    found[text_of[key]] = (bool(is_gray), _integer(own), _integer(mirrored))
        return found

    def add(self, findings: Mapping[str, Finding]) -> None:
        """Keeps findings.

        Args:
            findings: Dict as `look_up` returns it.
        """
        rows = [
            (_key(text), is_gray, *(value.to_bytes(8, "big") for value in hashes))
            for text, (is_gray, *hashes) in findings.items()
        ]
        with self._tolerating():
            if self._database:
                with self._database:
                    self._database.executemany(
                        "INSERT OR REPLACE INTO photos VALUES (?, ?, ?, ?)", rows
                    )

    @contextlib.contextmanager
    def _tolerating(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            _log.warning(
                "%s cannot be used, so that every photograph is looked at anew (%s). Delete it, or "
                "name another folder by COLORKIT_CACHE.",
                self._path,
                error,
            )
            self._database = None


def _key(fingerprint: str) -> bytes:
    return hashlib.sha256(fingerprint.encode()).digest()[:16]


def _integer(data: bytes) -> int:
    return int.from_bytes(data, "big")
