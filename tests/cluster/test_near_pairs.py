"""Near-duplicates by bands: the pairs that comparing all with all finds."""

import collections
import sqlite3

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.cluster.near_pairs import find_in_group, spread_over_bands
from colorkit.data.duplicate_table import DuplicateTable
from colorkit.data.near_duplicates import LARGEST_DISTANCE, find_originals


def hashes_with_copies(seed, number=60):
    """Random hashes, some with a few bits flipped, of one or of another; some twice."""
    random = np.random.default_rng(seed)
    hashes = [int(each) for each in random.integers(0, 2**64, number, "uint64")]
    mirrored = [int(each) for each in random.integers(0, 2**64, number, "uint64")]
    for _ in range(number):
        flips = random.choice(64, random.integers(0, 12), replace=False)
        flipped = sum(1 << int(bit) for bit in flips)
        some = (hashes, mirrored)[int(random.integers(2))]
        hashes.append(some[int(random.integers(len(some)))] ^ flipped)
        mirrored.append(int(random.integers(0, 2**64, dtype="uint64")))
    return np.array(hashes, "uint64"), np.array(mirrored, "uint64")


def near_by_bands(table):
    """Pairs of ranks: what the shuffle finds, with groups made here."""
    rows = [
        (rank, *(int.from_bytes(each, "little") for each in both))
        for rank, *both in table.distinct()
    ]
    spread = spread_over_bands({"data": np.array(rows, "uint64")})
    groups = collections.defaultdict(list)
    for place, band in enumerate(spread["band"]):
        groups[band].append(place)
    for places in groups.values():
        found = find_in_group({key: column[places] for key, column in spread.items()})
        yield from zip(found["earlier"].tolist(), found["later"].tolist(), strict=True)


def table_of(hashes, mirrored):
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE photos (id INTEGER PRIMARY KEY, source TEXT, copy INTEGER, width INTEGER, "
        "height INTEGER, drop_reason TEXT, hash BLOB, mirrored BLOB)"
    )
    for number, both in enumerate(zip(hashes, mirrored, strict=True)):
        blobs = [int(each).to_bytes(8, "little") for each in both]
        row = (1000 + number, f"{number:05}.png", 0, 10, 10, "", *blobs)
        database.execute("INSERT INTO photos VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return DuplicateTable(database)


@given(st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_pairs_are_those_of_comparing_all_with_all(seed):
    hashes, mirrored = hashes_with_copies(seed)
    table = table_of(hashes, mirrored)
    _, first = np.unique(hashes, return_index=True)
    expected = {
        (int(a) + 1, int(b) + 1)
        for a in first
        for b in first
        if a < b
        and min(int(hashes[a] ^ hashes[b]).bit_count(), int(mirrored[a] ^ hashes[b]).bit_count())
        <= LARGEST_DISTANCE
    }
    assert set(near_by_bands(table)) == expected


@given(st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_the_same_photographs_are_dropped_as_in_memory(seed):
    hashes, mirrored = hashes_with_copies(seed)
    table = table_of(hashes, mirrored)
    pairs = list(near_by_bands(table))
    table.add_near(pairs[::-1])
    table.add_near(pairs[:3])
    originals = find_originals(hashes, mirrored)
    expected = {1000 + n: 1000 + int(o) for n, o in enumerate(originals) if o >= 0}
    assert dict(table.originals()) == expected
