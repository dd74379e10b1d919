"""Splits photographs into train, validation and test, the same on every machine."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.choices import SPLITS

SPLIT_SHARES = dict(zip(SPLITS, (80, 10, 10), strict=True))
"""Percentage of the photographs in each part (the report's section 3)."""


def split_photos(
    names: Sequence[str],
    seed: int = 0,
    shares: Iterable[float] = (80, 10, 10),
    groups: ArrayLike | None = None,
) -> dict[str, NDArray[np.int_]]:
    """Splits photographs into train, validation and test.

    Parts and order depend on the names, the groups and the seed only, so that the split is the same
    on every machine. The first few of a part are a random sample of it.

    Args:
        names: Names of the photographs.
        seed: Integer that fixes the split.
        shares: Percentages of the three parts.
        groups: Int array, each photograph's group. Those of one group come into one part, even
            where that makes it larger than its share. `None` for no groups.

    Returns:
        Dict from "train", "validation" and "test" to int arrays of positions in `names`.

    Raises:
        ValueError: If `shares` are not three percentages.

    Example:
        >>> split_photos(["a.jpg", "b.jpg", "c.jpg", "d.jpg"], shares=(50, 25, 25))
        {'train': array([0, 3]), 'validation': array([1]), 'test': array([2])}
    """
    shares = check_shares(shares)
    digests = [hashlib.sha256(f"{seed}:{name}".encode()).digest() for name in names]
    order = sorted(range(len(names)), key=digests.__getitem__)
    ends = np.round(np.cumsum(shares)[:-1] * len(names) / 100).astype(int)
    if groups is None:
        return dict(zip(SPLIT_SHARES, np.split(np.array(order, dtype=int), ends), strict=True))
    rank = np.argsort(order)
    together = _bring_together(np.array(order, dtype=int), np.asarray(groups))
    edges = _edges_of_groups(np.asarray(groups)[together])
    nearest = [min(edges, key=lambda edge: (abs(edge - end), -edge)) for end in ends]
    parts = np.split(together, nearest)
    return {
        part: positions[np.argsort(rank[positions])]
        for part, positions in zip(SPLIT_SHARES, parts, strict=True)
    }


def split_source(source: Any, seed: int = 0) -> dict[str, NDArray[np.int_]]:
    """Splits the photographs of a source: by its data set's manifest, or else 80 / 10 / 10.

    Args:
        source: A `PhotoSource`, `ArraySource` or another object with `names`, and `groups` where
            some belong together.
        seed: Integer that fixes the split, or within a data set the order of each part.

    Returns:
        Dict from "train", "validation" and "test" to int arrays of positions in `source.names`;
        the first few of a part are a random sample of it.
    """
    parts = getattr(source, "parts", None)
    if parts is None:
        return split_photos(source.names, seed, groups=getattr(source, "groups", None))
    positions: dict[str, list[int]] = {part: [] for part in SPLIT_SHARES}
    for position, part in enumerate(parts):
        positions[part].append(position)
    return {part: _shuffle(source.names, given, seed) for part, given in positions.items()}


def check_shares(shares: Iterable[float]) -> tuple[float, ...]:
    """Returns `shares` as a tuple if they are three percentages that sum to 100.

    Raises:
        ValueError: If they are not.
    """
    shares = tuple(shares)
    if len(shares) != 3 or not all(0 <= s <= 100 for s in shares) or abs(sum(shares) - 100) > 1e-9:
        raise ValueError(
            "A split must be three percentages, train, validation and test, that make 100. "
            f"Received: {'/'.join(map(str, shares))}"
        )
    return shares


def _bring_together(order: NDArray[np.int_], groups: NDArray[np.int_]) -> NDArray[np.int_]:
    """Moves the members of each group to where its first one is."""
    _, first, group = np.unique(groups[order], return_index=True, return_inverse=True)
    return order[np.argsort(first[group.reshape(-1)], kind="stable")]


def _edges_of_groups(groups: NDArray[np.int_]) -> NDArray[np.int_]:
    """Returns the places between neighbours of different groups, and both ends."""
    return np.concatenate([[0], np.flatnonzero(np.diff(groups)) + 1, [len(groups)]])


def _shuffle(names: Sequence[str], positions: Sequence[int], seed: int) -> NDArray[np.int_]:
    order = split_photos([names[position] for position in positions], seed, (100, 0, 0))["train"]
    return np.array(positions, dtype=int)[order]
