"""Plans the pages of TIFF files of several, each as a photograph of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from colorkit.io.decode_tiff import count_pages
from colorkit.io.open_binary import open_binary
from colorkit.io.photo import FORMAT_OF_SUFFIX, PhotoError
from colorkit.io.result_names import disk_name, name_part
from colorkit.io.signatures import SIGNATURE_BYTES, find_kind
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto


def split_pages(
    photos: Sequence[PlannedPhoto],
    page: int | None = None,
    *,
    taken: Iterable[Path] = (),
    count: Callable[[Path], int] = count_pages,
) -> list[PlannedPhoto]:
    """Plans the pages of TIFF files of several one by one.

    Args:
        photos: List of `PlannedPhoto`.
        page: Number of the only page to colour, from 1; `None` for all.
        taken: Iterable of further paths that results may not have.
        count: Function of a TIFF's path: the number of its pages.

    Returns:
        List of `PlannedPhoto`, no two with the same output.
    """
    names = {disk_name(path) for path in (*taken, *(photo.output for photo in photos))}
    planned = []
    for photo in photos:
        pages = count(photo.source) if _is_tiff(photo.source) else 1
        if pages == 1:
            planned.append(photo)
            continue
        if page is not None:
            planned.append(replace(photo, page=page - 1))
            continue
        for number in range(pages):
            output = name_part(photo.output, f"_p{number + 1}", names)
            planned.append(replace(photo, output=output, page=number))
    return planned


def kind_of_file(path: StrPath) -> str | None:
    """Finds the format of a photograph by its content; `None` where it is unknown."""
    try:
        with open_binary(path) as file:
            return find_kind(file.read(SIGNATURE_BYTES), path)
    except (OSError, PhotoError):  # Reading it will tell.
        return None


def _is_tiff(path: Path) -> bool:
    suffix = path.suffix.lower()
    is_unknown = suffix not in FORMAT_OF_SUFFIX
    return suffix in (".tif", ".tiff") or (is_unknown and kind_of_file(path) == "TIFF")
