"""A first look at every photograph: which are gray, and how alike they are.

Each photograph is decoded small, by one thread a core, and the findings are cached
(`colorkit.data.survey_cache`).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorkit.data.filters import THUMBNAIL_SIDE, is_gray, make_thumbnail
from colorkit.data.near_duplicates import hash_picture
from colorkit.data.survey_cache import Finding, SurveyCache
from colorkit.io.photo import PhotoError

if TYPE_CHECKING:
    from colorkit.data.source import PhotoSource

PHOTOS_PER_WRITE = 256
"""Number of photographs after which findings are written to the cache."""

Look: TypeAlias = "Callable[[PhotoSource, Iterable[Sequence[int]]], Iterator[list[Finding | None]]]"


@dataclasses.dataclass(frozen=True)
class Survey:
    """What a survey found.

    Attributes:
        is_gray: Bool array of shape `(photos,)`: which photographs are gray or toned.
        is_readable: Bool array likewise; of the others nothing else is known.
        hashes, mirrored: uint64 arrays likewise: what `hash_picture` returns.
    """

    is_gray: NDArray[np.bool_]
    is_readable: NDArray[np.bool_]
    hashes: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]


def survey_photos(
    source: PhotoSource,
    colored: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    look: Look | None = None,
) -> Survey:
    """Looks at the photographs of a source, in order.

    Args:
        source: A `PhotoSource`.
        colored: Number of readable photographs in colour after which the survey ends; `None` to
            look at all.
        on_progress: Function called as `on_progress(done, total)`.
        look: Function that looks at them, in place of `look_here`.

    Returns:
        A `Survey` of the photographs looked at, the first ones.
    """
    findings: list[Finding | None] = []
    starts = range(0, len(source), PHOTOS_PER_WRITE)
    parts = (range(start, min(start + PHOTOS_PER_WRITE, len(source))) for start in starts)
    for found in (look or look_here)(source, parts):
        findings += found
        if on_progress is not None:
            on_progress(len(findings), len(source))
        if colored is not None and sum(_is_colored(each) for each in findings) >= colored:
            break
    unreadable = (False, 0, 0)
    rows = [finding or unreadable for finding in findings]
    return Survey(
        np.array([row[0] for row in rows], bool),
        np.array([finding is not None for finding in findings], bool),
        np.array([row[1] for row in rows], np.uint64),
        np.array([row[2] for row in rows], np.uint64),
    )


def look_here(
    source: PhotoSource, parts: Iterable[Sequence[int]]
) -> Iterator[list[Finding | None]]:
    """Looks at photographs on threads of this machine, with its cache.

    Args:
        source: A `PhotoSource`.
        parts: Indices of the photographs, some at a time.

    Yields:
        For each part a list of what was found of each; `None` for one that cannot be read.
    """
    with SurveyCache() as cache, ThreadPoolExecutor(os.cpu_count() or 1, "survey") as pool:
        for part in parts:
            yield _look_at(source, part, cache, pool)


def _look_at(
    source: PhotoSource, indices: Iterable[int], cache: SurveyCache, pool: ThreadPoolExecutor
) -> list[Finding | None]:
    """Returns the findings of some photographs; `None` for one that cannot be read."""
    fingerprints = list(pool.map(source.fingerprint, indices))
    known = cache.look_up(fingerprints)
    unknown = {
        text: index for text, index in zip(fingerprints, indices, strict=True) if text not in known
    }
    found = pool.map(lambda index: _look(source, index), unknown.values())
    new = {
        text: finding for text, finding in zip(unknown, found, strict=True) if finding is not None
    }
    cache.add(new)
    known.update(new)
    return [known.get(text) for text in fingerprints]


def _look(source: PhotoSource, index: int) -> Finding | None:
    try:
        thumbnail = make_thumbnail(source.read(index, THUMBNAIL_SIDE))
    except PhotoError:
        return None
    return is_gray(thumbnail), *hash_picture(thumbnail)


def _is_colored(finding: Finding | None) -> bool:
    return finding is not None and not finding[0]
