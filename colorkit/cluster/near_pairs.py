"""Near-duplicates by a shuffle: no machine holds the hashes of all photographs.

Of two hashes of 64 bits that differ in at most 8, cut into 9 bands, one band is the same in both.
So each hash goes to the group of each of its bands, with those that share it, and pairs are looked
for within a group, by multi-index hashing (`colorkit.data.near_duplicates`). Groups are alike in
size: of ten million photographs each has about 80,000, in 1,152 groups.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.data.near_duplicates import LARGEST_DISTANCE, near_ranks

if TYPE_CHECKING:
    from colorkit.cluster.connection import Cluster

_BITS = 64
_EDGES = [_BITS * band // (LARGEST_DISTANCE + 1) for band in range(LARGEST_DISTANCE + 2)]
_BAND_VALUES = 1 << 8  # more than any band has
_ROWS_AT_ONCE = 65_536
_PARTITIONS_PER_CORE = 4

Rows = dict[str, NDArray[Any]]


def shuffle_near_pairs(
    cluster: Cluster, hashes: Iterable[tuple[int, bytes, bytes]]
) -> Iterator[Iterable[tuple[int, int]]]:
    """Finds the photographs that are near each other.

    Args:
        cluster: `Cluster`.
        hashes: Rank, hash and mirrored hash of each photograph, hashes as 8 bytes, the lowest
            first. No two hashes are the same.

    Yields:
        Iterables of pairs of ranks, the earlier first, in any order and some more than once.
    """
    ray = cluster.ray
    blocks = [ray.put(block) for block in _read_blocks(hashes)]
    if not blocks:
        return
    number, cores, _ = cluster.count_workers(None, with_model=False)
    with cluster.data() as data:
        pairs = (
            data.from_numpy_refs(blocks)
            .map_batches(spread_over_bands, batch_format="numpy")
            .groupby("band", num_partitions=_PARTITIONS_PER_CORE * number * cores)
            .map_groups(find_in_group, batch_format="numpy")
        )
        for rows in pairs.iter_batches(batch_size=None, batch_format="numpy"):
            yield zip(rows["earlier"].tolist(), rows["later"].tolist(), strict=True)


def _read_blocks(hashes: Iterable[tuple[int, bytes, bytes]]) -> Iterator[NDArray[np.uint64]]:
    """Yields arrays of shape `(photos, 3)`: rank, hash, mirrored hash."""
    hashes = iter(hashes)
    while some := list(itertools.islice(hashes, _ROWS_AT_ONCE)):
        rows = [rank.to_bytes(8, "little") + own + mirrored for rank, own, mirrored in some]
        yield np.frombuffer(b"".join(rows), "<u8").astype(np.uint64).reshape(-1, 3)


def spread_over_bands(rows: Rows) -> Rows:
    """Makes a row for each band of each hash, and of each mirrored hash.

    Args:
        rows: Dict of "data": uint64 array of shape `(photos, 3)`: rank, hash, mirrored hash.

    Returns:
        Dict of arrays of shape `(18 * photos,)`: "band" (int64; number and value in one), "rank"
        (int64), "hash" (uint64), "is_mirrored" (bool).
    """
    rank, *kinds = rows["data"].reshape(-1, 3).T
    spread: dict[str, list[NDArray[Any]]] = {}
    for is_mirrored, hashes in enumerate(kinds):
        for band, (start, end) in enumerate(itertools.pairwise(_EDGES)):
            value = (hashes >> np.uint64(start)) & np.uint64((1 << (end - start)) - 1)
            row = {
                "band": band * _BAND_VALUES + value.astype(np.int64),
                "rank": rank.astype(np.int64),
                "hash": hashes,
                "is_mirrored": np.full(len(hashes), bool(is_mirrored)),
            }
            for key, column in row.items():
                spread.setdefault(key, []).append(column)
    return {key: np.concatenate(columns) for key, columns in spread.items()}


def find_in_group(rows: Rows) -> Rows:
    """Finds the pairs among the hashes that share a band.

    Args:
        rows: Dict as `spread_over_bands` makes it, of one "band".

    Returns:
        Dict of int64 arrays of shape `(pairs,)`: "earlier" and "later", ranks.
    """
    own = ~rows["is_mirrored"]
    hashes, ranks = rows["hash"].astype(np.uint64), rows["rank"].astype(np.int64)
    pairs = near_ranks(hashes, ranks, hashes[own], ranks[own])
    return {"earlier": pairs[:, 0], "later": pairs[:, 1]}
