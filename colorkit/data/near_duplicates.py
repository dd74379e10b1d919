"""Photographs that show the same picture: resized, re-encoded, slightly altered or mirrored.

A picture's perceptual hash (pHash: the signs of 64 low frequencies) differs in few bits between
such copies. All pairs that differ in few bits are found by multi-index hashing (Norouzi, Punjani,
Fleet 2012): of hashes cut into bands, two that differ in at most 8 bits differ in at most 8 / bands
within some band, so that only hashes with nearly the same band have to be compared. Bands
get wider with the number of photographs, so that each is compared with about as many others.
"""

import itertools
import math
from collections.abc import Iterable, Iterator

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

LARGEST_DISTANCE = 8
"""Bits of 64. Of 16,000 photographs of many sources, 45 pairs were as close; most were the same
picture, often mirrored, the others alike. At 10 nearly all were different pictures."""

_BITS = 64
_FEWEST_BANDS, _MOST_BANDS = 3, 5  # fewer bands would need too much memory
_QUERIES_AT_ONCE = 4096
_COMPARED_AT_ONCE = 1 << 18  # pairs; as many are compared sooner than sorted into buckets
_HASHED = (32, 32)  # pHash's input size; OpenCV resizes faster than Pillow


def hash_picture(rgb: NDArray[np.uint8]) -> tuple[int, int]:
    """Computes the perceptual hashes of a picture and of its mirror image.

    Args:
        rgb: uint8 array of shape `(height, width, 3)`.

    Returns:
        Two integers from 0 to 2^64 - 1.
    """
    gray = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), _HASHED, interpolation=cv2.INTER_AREA)
    own, mirrored = (
        int.from_bytes(np.packbits(imagehash.phash(image).hash).tobytes(), "big")
        for image in (Image.fromarray(gray), Image.fromarray(np.ascontiguousarray(gray[:, ::-1])))
    )
    return own, mirrored


def find_originals(hashes: NDArray[np.uint64], mirrored: NDArray[np.uint64]) -> NDArray[np.int_]:
    """Finds for each near-duplicate the photograph that is kept.

    Photographs come in order of preference: each is kept unless it is within `LARGEST_DISTANCE`
    of one that is kept and comes before it.

    Args:
        hashes: uint64 array of shape `(photos,)`.
        mirrored: The hashes of the mirror images, in the same order.

    Returns:
        Int array of shape `(photos,)`: for a near-duplicate the position of the photograph that
        is kept in its place, the first of several; -1 for photographs that are kept.

    Example:
        >>> find_originals(np.array([0, 2**64 - 1, 7], "uint64"), np.array([5, 5, 5], "uint64"))
        array([-1, -1,  0])
    """
    hashes, mirrored = np.asarray(hashes, np.uint64), np.asarray(mirrored, np.uint64)
    # Photographs of one hash are treated as one, so that the pairs within a large group of them
    # need not be listed.
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    order = np.sort(first)
    before, after = _near_pairs(hashes[order], mirrored[order])
    originals = np.full(len(hashes), -1)
    pairs = zip(order[before].tolist(), order[after].tolist(), strict=True)
    for later, earlier in choose_originals(pairs).items():
        originals[later] = earlier
    leaders = first[group.reshape(-1)]
    repeats = leaders != np.arange(len(hashes))
    led = leaders[repeats]
    originals[repeats] = np.where(originals[led] == -1, led, originals[led])
    return originals


def choose_originals(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Chooses for each near-duplicate the photograph that is kept.

    Args:
        pairs: Positions of photographs that are near each other, the earlier first; sorted by the
            later one, then by the earlier.

    Returns:
        Dict from the positions of near-duplicates to those of what is kept in their place.

    Example:
        >>> choose_originals([(0, 2), (1, 3), (2, 4)])
        {2: 0, 3: 1}
    """
    originals: dict[int, int] = {}
    for earlier, later in pairs:
        if later not in originals and earlier not in originals:
            originals[later] = earlier
    return originals


def group_near_duplicates(
    hashes: NDArray[np.uint64], mirrored: NDArray[np.uint64]
) -> NDArray[np.int_]:
    """Groups the photographs that are near-duplicates of each other, or of a common third.

    Args:
        hashes, mirrored: As for `find_originals`, in any order.

    Returns:
        Int array of shape `(photos,)`: the position of the first of each one's group, its own where
        it is like no other.

    Example:
        >>> hashes, mirrored = np.array([[0, 2**64 - 1, 7], [5, 5, 5]], "uint64")
        >>> group_near_duplicates(hashes, mirrored)
        array([0, 1, 0])
    """
    hashes, mirrored = np.asarray(hashes, np.uint64), np.asarray(mirrored, np.uint64)
    _, first, kind = np.unique(hashes, return_index=True, return_inverse=True)
    pairs = _near_pairs(hashes[first], mirrored[first])
    graph = coo_array((np.ones(len(pairs[0])), pairs), shape=(len(first),) * 2)
    _, label = connected_components(graph, directed=False)
    _, leaders, group = np.unique(label[kind.reshape(-1)], return_index=True, return_inverse=True)
    return leaders[group.reshape(-1)]


def _near_pairs(
    hashes: NDArray[np.uint64], mirrored: NDArray[np.uint64]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Returns the pairs (before, after) that are near, by `after`, then by `before`."""
    ranks = np.arange(len(hashes))
    found = near_ranks(np.concatenate([hashes, mirrored]), np.tile(ranks, 2), hashes, ranks)
    found = found[np.lexsort((found[:, 0], found[:, 1]))]
    return found[:, 0], found[:, 1]


def near_ranks(
    looked_for: NDArray[np.uint64],
    looked_for_ranks: NDArray[np.int_],
    hashes: NDArray[np.uint64],
    ranks: NDArray[np.int_],
) -> NDArray[np.int_]:
    """Finds the hashes that are near those looked for, and of a later rank.

    Args:
        looked_for: uint64 array: hashes of photographs, and of their mirror images.
        looked_for_ranks: Int array: the ranks of these photographs.
        hashes, ranks: Those among which to look.

    Returns:
        Int array of shape `(pairs, 2)`, sorted: ranks of those looked for, and of those found.

    Example:
        >>> hashes, ranks = np.array([0, 2**64 - 1, 7], "uint64"), np.arange(3)
        >>> near_ranks(hashes, ranks, hashes, ranks)
        array([[0, 2]])
    """
    if len(looked_for) * len(hashes) <= _COMPARED_AT_ONCE:
        distances = np.bitwise_count(looked_for[:, np.newaxis] ^ hashes)
        before, after = np.nonzero(
            (distances <= LARGEST_DISTANCE) & (ranks > looked_for_ranks[:, np.newaxis])
        )
        return np.unique(np.stack([looked_for_ranks[before], ranks[after]], axis=1), axis=0)
    pairs = [np.empty((0, 2), int)]
    for start, bits, flips in _cut_into_bands(len(hashes)):
        buckets = _Buckets(hashes, start, bits, flips)
        for begin in range(0, len(looked_for), _QUERIES_AT_ONCE):
            queries = looked_for[begin : begin + _QUERIES_AT_ONCE]
            own = looked_for_ranks[begin : begin + _QUERIES_AT_ONCE]
            for before, after in buckets.candidates(queries):
                distance = np.bitwise_count(queries[before] ^ hashes[after])
                near = (distance <= LARGEST_DISTANCE) & (ranks[after] > own[before])
                pairs.append(np.stack([own[before[near]], ranks[after[near]]], axis=1))
    return np.unique(np.concatenate(pairs), axis=0)


def _cut_into_bands(photos: int) -> Iterator[tuple[int, int, int]]:
    """Yields first bit, bits and most flipped bits of each band; about a photograph a value."""
    bands = round(_BITS / math.log2(photos + 2))
    bands = min(max(bands, _FEWEST_BANDS), _MOST_BANDS)
    ends = [_BITS * band // bands for band in range(bands + 1)]
    for start, end in itertools.pairwise(ends):
        yield start, end - start, LARGEST_DISTANCE // bands


class _Buckets:
    """Hashes sorted by the value of one band."""

    def __init__(self, hashes: NDArray[np.uint64], start: int, bits: int, flips: int) -> None:
        self._start, self._bits = np.uint64(start), bits
        self._flipped = [
            sum(1 << bit for bit in flipped)
            for number in range(flips + 1)
            for flipped in itertools.combinations(range(bits), number)
        ]
        bands = self._band(hashes)
        self._order = np.argsort(bands, kind="stable")
        self._bounds = np.searchsorted(bands[self._order], np.arange((1 << bits) + 1))

    def _band(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        return ((hashes >> self._start) & np.uint64((1 << self._bits) - 1)).astype(np.int64)

    def candidates(
        self, queries: NDArray[np.uint64]
    ) -> Iterator[tuple[NDArray[np.int_], NDArray[np.int_]]]:
        """Yields arrays of positions: of queries, and of hashes whose band is near theirs."""
        bands = self._band(queries)
        for flipped in self._flipped:
            begins = self._bounds[bands ^ flipped]
            counts = self._bounds[(bands ^ flipped) + 1] - begins
            rows = np.repeat(np.arange(len(queries)), counts)
            steps = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
            yield rows, self._order[np.repeat(begins, counts) + steps]
