"""Which numbered pictures are the frames of one film, and in which order."""

from __future__ import annotations

import collections
import glob
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto

_NUMBER = re.compile(r"[0-9]+")
_PATTERN = re.compile(r"%0?([0-9]*)d|#+")  # as FFmpeg, and as programs for compositing write it
_MOST_RANGES = 6  # of missing numbers that are listed


def expand_patterns(inputs: Iterable[StrPath]) -> list[str]:
    """Replaces patterns such as `film_%05d.tif` or `film_#####.tif` by globs.

    Args:
        inputs: List of paths, globs and patterns. What exists is taken as it is.

    Returns:
        List of strings.

    Example:
        >>> expand_patterns(["film_%03d.tif", "album"])
        ['film_[0-9][0-9][0-9].tif', 'album']
    """
    return [_expand(str(given)) for given in inputs]


def _expand(given: str) -> str:
    folder, name = os.path.split(given)
    found = _PATTERN.search(name)
    if found is None or os.path.exists(given):
        return given
    if found.group().startswith("#"):
        digits = "[0-9]" * len(found.group())
    else:
        digits = "[0-9]" * int(found.group(1)) if found.group(1) else "[0-9]*"
    start, end = glob.escape(name[: found.start()]), glob.escape(name[found.end() :])
    return os.path.join(folder, start + digits + end)


def group_frames(photos: Sequence[PlannedPhoto]) -> dict[str, list[tuple[int, PlannedPhoto]]]:
    """Groups numbered pictures to sequences.

    The frame's number is the last one in the name by which files differ: `0010` in
    `shot2_0010.dpx`, `0010` in `0010_v2.tif`. Pictures of another folder, name or suffix are
    another sequence, and a picture without a number is one by itself.

    Args:
        photos: List of `PlannedPhoto`.

    Returns:
        Dict from the name of each sequence, such as `"film/shot2_#.dpx"`, to its list of pairs of
        number and `PlannedPhoto`, in order.
    """
    members = collections.Counter(
        name for source in {photo.source for photo in photos} for name, _ in _find_numbers(source)
    )
    groups: dict[str, list[tuple[int, PlannedPhoto]]] = collections.defaultdict(list)
    for photo in photos:
        numbers = _find_numbers(photo.source) or [(str(photo.source), 0)]
        varying = [each for each in numbers if members[each[0]] > 1]
        name, number = (varying or numbers)[-1]
        groups[name].append((number, photo))
    for frames in groups.values():
        frames.sort(key=lambda frame: (frame[0], frame[1].source.name, frame[1].page or 0))
    return dict(groups)


def order_frames(photos: Sequence[PlannedPhoto]) -> list[PlannedPhoto]:
    """Orders pictures by sequence and number: list of `PlannedPhoto`."""
    return [photo for frames in group_frames(photos).values() for _, photo in frames]


def find_gaps(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Finds missing numbers.

    Args:
        numbers: List of ints in order. Their commonest step is taken for that of the sequence.

    Returns:
        List of `(first, last)`: the numbers between which some are missing.

    Example:
        >>> find_gaps([1, 2, 3, 7, 8])
        [(3, 7)]
    """
    pairs = list(zip(numbers, numbers[1:], strict=False))
    steps = collections.Counter(after - before for before, after in pairs if after > before)
    if not steps:
        return []
    step = steps.most_common(1)[0][0]
    return [(before, after) for before, after in pairs if after - before > step]


def describe_gaps(gaps: Sequence[tuple[int, int]]) -> str:
    """Describes missing numbers.

    Args:
        gaps: As `find_gaps` gives them, at least one.

    Returns:
        String such as `"no pictures between 3 and 7, 12 and 14"`.
    """
    listed = [f"{before} and {after}" for before, after in gaps[:_MOST_RANGES]]
    more = f" and {len(gaps) - _MOST_RANGES} more gaps" if len(gaps) > _MOST_RANGES else ""
    return f"no pictures between {', '.join(listed)}{more}"


def _find_numbers(path: Path) -> list[tuple[str, int]]:
    """Lists the numbers in a name: pairs of the path with `#` in their place, and the number."""
    stem = path.stem
    return [
        (str(path.with_name(f"{stem[: m.start()]}#{stem[m.end() :]}{path.suffix}")), int(m.group()))
        for m in _NUMBER.finditer(stem)
    ]
