"""Plans the variants of each photograph, each as a result of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from colorkit.io.result_names import disk_name, name_part

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto


def split_variants(
    photos: Sequence[PlannedPhoto], number: int, *, overwrite: bool = False
) -> list[PlannedPhoto]:
    """Plans the variants of photographs one by one.

    Args:
        photos: List of `PlannedPhoto`.
        number: Int, variants of each, whose results end in `_v1` and so on.
        overwrite: Whether results that exist are made anew.

    Returns:
        List of `PlannedPhoto`, no two with the same output, none the name of a photograph.
    """
    taken = {disk_name(path) for photo in photos for path in (photo.source, photo.output)}
    planned = []
    for photo in photos:
        for variant in range(number):
            output = name_part(photo.output, f"_v{variant + 1}", taken)
            is_made = not overwrite and os.path.isfile(output)
            planned.append(replace(photo, output=output, variant=variant, is_made=is_made))
    return planned
