"""What surveys found, kept for all data sets of a user: nothing is looked at twice.

An SQLite file in the user's folder of caches, or in the one that the environment variable
`COLORKIT_CACHE` names. It holds about 50 bytes a photograph, by its `fingerprint`, and can be
deleted at any time.
"""

import contextlib
import hashlib
import logging
import os
import sqlite3
from pathlib import Path

import platformdirs

FILE_NAME = "survey-2.sqlite"
"""Its number grows with each change of what is found."""

_TABLE = """
CREATE TABLE IF NOT EXISTS photos (
    fingerprint BLOB PRIMARY KEY, is_gray INTEGER, hash BLOB, mirrored BLOB
) WITHOUT ROWID;
"""
_ASKED_AT_ONCE = 500  # SQLite's parameters of one question: 999 in old versions
_WAIT = 10  # seconds for another process that writes

_log = logging.getLogger(__name__)


def cache_folder():
    """Returns the `Path` of the folder of colorkit's caches."""
    own = os.environ.get("COLORKIT_CACHE")
    return Path(own or platformdirs.user_cache_dir("colorkit", appauthor=False))


class SurveyCache:
    """The cache as a context; where it cannot be used, it is empty and keeps nothing."""

    def __init__(self):
        self._path = cache_folder() / FILE_NAME
        self._database = None

    def __enter__(self):
        with self._tolerating():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._path, timeout=_WAIT, check_same_thread=False)
            self._database.execute(_TABLE)
        return self

    def __exit__(self, *_):
        if self._database is not None:
            self._database.close()

    def look_up(self, fingerprints):
        """Finds what is known of photographs.

        Args:
            fingerprints: List of strings, as sources return them.

        Returns:
            Dict from those of them that are known to tuples: whether the photograph is gray, its
            hash and that of its mirror image.
        """
        text_of = {_key(text): text for text in fingerprints}
        keys = list(text_of)
        found = {}
        with self._tolerating():
            for start in range(0, len(keys) if self._database else 0, _ASKED_AT_ONCE):
                some = keys[start : start + _ASKED_AT_ONCE]
                places = ",".join("?" * len(some))
                rows = self._database.execute(
                    f"SELECT * FROM photos WHERE fingerprint IN ({places})", some
                )
                for key, is_gray, *hashes in rows:
                    found[text_of[key]] = (bool(is_gray), *map(_integer, hashes))
        return found

    def add(self, findings):
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
    def _tolerating(self):
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


def _key(fingerprint):
    return hashlib.sha256(fingerprint.encode()).digest()[:16]


def _integer(data):
    return int.from_bytes(data, "big")
