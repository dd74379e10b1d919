"""Plans the pages of TIFF files of several, each as a photograph of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from colorkit.io.decode_tiff import count_pages
from colorkit.io.photo import FORMAT_OF_SUFFIX, PhotoError
from colorkit.io.signatures import SIGNATURE_BYTES, find_kind
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto


def split_pages(photos: Sequence[PlannedPhoto], page: int | None = None) -> list[PlannedPhoto]:
    """Plans the pages of TIFF files of several one by one.

    Args:
        photos: List of `PlannedPhoto`.
        page: Number of the only page to colour, from 1; `None` for all.

    Returns:
        List of `PlannedPhoto`, no two with the same output.
    """
    taken = {str(photo.output).lower() for photo in photos}
    planned = []
    for photo in photos:
        count = count_pages(photo.source) if _is_tiff(photo.source) else 1
        if count == 1:
            planned.append(photo)
            continue
        if page is not None:
            planned.append(replace(photo, page=page - 1))
            continue
        for number in range(count):
            output = photo.output
            name = f"{output.stem}_p{number + 1}"
            while str(output.with_name(name + output.suffix)).lower() in taken:
                name += "_"
            output = output.with_name(name + output.suffix)
            taken.add(str(output).lower())
            planned.append(replace(photo, output=output, page=number))
    return planned


def kind_of_file(path: StrPath) -> str | None:
    """Finds the format of a photograph by its content; `None` where it is unknown."""
    try:
        with open(path, "rb") as file:
            return find_kind(file.read(SIGNATURE_BYTES), path)
    except (OSError, PhotoError):  # Reading it will tell.
        return None


def _is_tiff(path: Path) -> bool:
    suffix = path.suffix.lower()
    is_unknown = suffix not in FORMAT_OF_SUFFIX
    return suffix in (".tif", ".tiff") or (is_unknown and kind_of_file(path) == "TIFF")
