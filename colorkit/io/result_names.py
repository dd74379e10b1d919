"""Names the files that results are written to, no two alike on any disk."""

from __future__ import annotations

import collections
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from colorkit.io.signatures import SUFFIXES_READ
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.io.find import FoundPhoto


def name_results(
    photos: Iterable[FoundPhoto],
    folder: StrPath,
    suffix_of: Callable[[Path], str | None] = lambda path: None,
) -> list[Path]:
    """Names the file that each photograph's result is written to.

    Args:
        photos: List of `FoundPhoto`.
        folder: Output folder.
        suffix_of: Function of a photograph's path: suffix of its result, such as `".png"`, or
            `None` to keep its own. It takes the place of a suffix that photographs have, and
            follows any other.

    Returns:
        List of `Path`, all different, also on disks to which upper and lower case or composed and
        decomposed letters are the same: where two would have one name, those of a new suffix keep
        their old one before it, and the others get `_` before theirs.

    Example:
        >>> found = colorkit.io.find_photos(["cat.jpg", "cat.tif"])
        >>> name_results(found.photos, "out", lambda path: ".png")
        [PosixPath('out/cat.jpg.png'), PosixPath('out/cat.tif.png')]
    """
    originals = [Path(folder) / photo.relative_path for photo in photos]
    suffixes = [suffix_of(photo.path) for photo in photos]
    plain = [_change_suffix(*both) for both in zip(originals, suffixes, strict=True)]
    wishes = collections.Counter(map(disk_name, plain))
    kept = {disk_name(path) for path, suffix in zip(plain, suffixes, strict=True) if not suffix}
    results, taken = [], set()
    for original, result, suffix in zip(originals, plain, suffixes, strict=True):
        if suffix and wishes[disk_name(result)] > 1:
            result = original.with_name(original.name + suffix)
        while disk_name(result) in taken or (suffix and disk_name(result) in kept):
            result = result.with_name(f"{result.stem}_{result.suffix}")
        taken.add(disk_name(result))
        results.append(result)
    return results


def name_part(result: Path, ending: str, taken: set[str]) -> Path:
    """Names the file of one part of a result, such as a page: `cat_p1.tif` for the ending `_p1`.

    Args:
        result: `Path` of the whole.
        ending: What follows its name; `_` after it where a name is taken.
        taken: Set of `disk_name`s; that of the part is added.

    Returns:
        A `Path`.
    """
    part = result.with_name(f"{result.stem}{ending}{result.suffix}")
    while disk_name(part) in taken:
        part = part.with_name(f"{part.stem}_{part.suffix}")
    taken.add(disk_name(part))
    return part


def _change_suffix(path: Path, suffix: str | None) -> Path:
    if suffix is None:
        return path
    if path.suffix.lower() in SUFFIXES_READ:
        return path.with_suffix(suffix)
    return path.with_name(path.name + suffix)


def disk_name(path: StrPath) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()
