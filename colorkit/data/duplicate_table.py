"""Near-duplicates among the records of a build, on disk: for more than the memory can hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from colorkit.data.near_duplicates import choose_originals

LARGEST_FIRST = "width * height DESC, source, copy"
"""Order of preference of near-duplicates, in SQL."""

_TABLES = f"""
DROP TABLE IF EXISTS temp.ranked;
DROP TABLE IF EXISTS temp.near;
CREATE TEMPORARY TABLE ranked AS
    SELECT ROW_NUMBER() OVER (ORDER BY {LARGEST_FIRST}) AS rank, id, hash, mirrored
    FROM photos WHERE drop_reason = '';
CREATE UNIQUE INDEX temp.by_rank ON ranked (rank);
CREATE INDEX temp.by_hash ON ranked (hash, rank);
CREATE TEMPORARY TABLE near (
    earlier INTEGER, later INTEGER, PRIMARY KEY (later, earlier)
) WITHOUT ROWID;
"""


class DuplicateTable:
    """The hashes of kept photographs by rank, 1 for the one that is kept before all others.

    Args:
        database: Connection to the database of a build.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_TABLES)

    def distinct(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Yields rank, hash and mirrored hash of the first photograph of each hash.

        Hashes are 8 bytes, the lowest first.
        """
        # Beside MIN, SQLite gives the other columns of the row that has it.
        yield from self._database.execute(
            "SELECT MIN(rank), hash, mirrored FROM ranked GROUP BY hash"
        )

    def add_near(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Adds ranks of photographs that are near each other, the earlier first; again, too."""
        self._database.executemany("INSERT OR IGNORE INTO near VALUES (?, ?)", pairs)

    def originals(self) -> Iterator[tuple[int, int]]:
        """Yields ids of near-duplicates, and of the photographs that are kept in their place.

        They are those of `find_originals`; memory is needed for them alone.
        """
        near = self._database.execute("SELECT earlier, later FROM near ORDER BY later, earlier")
        originals = choose_originals(near)
        repeats = self._database.execute(
            "SELECT rank, first FROM ranked JOIN "
            "(SELECT hash, MIN(rank) AS first FROM ranked GROUP BY hash) USING (hash) "
            "WHERE rank > first"
        )
        for rank, first in repeats.fetchall():
            originals[rank] = originals.get(first, first)
        for rank, original in originals.items():
            yield self._id_of(rank), self._id_of(original)

    def _id_of(self, rank: int) -> int:
        query = "SELECT id FROM ranked WHERE rank = ?"
        (number,) = self._database.execute(query, (rank,)).fetchone()
        return int(number)
