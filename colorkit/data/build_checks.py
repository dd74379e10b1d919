"""Checks of what `build_dataset` is asked for."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorkit.choices import FOLDERS
from colorkit.data.split import check_shares
from colorkit.io.photo import PhotoError
from colorkit.io.signatures import SUFFIXES_READ
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.build_workers import Members
    from colorkit.data.folder_writer import FolderOutput
    from colorkit.data.tfrecord_writer import TfRecordOutput


def check_positive(name: str, value: float) -> int:
    if int(value) != value or value < 1:
        raise ValueError(f"`{name}` must be a whole number above 0. Received: {value!r}")
    return int(value)


def check_choice(name: str, value: str, choices: Collection[str]) -> str:
    if value not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(choices)}. Received: {value!r}")
    return value


def check_split(split: Sequence[float] | str) -> str | list[float]:
    if isinstance(split, str):
        return check_choice("split", split, (FOLDERS,))
    return list(check_shares(split))


def check_apart(source: StrPath, out: StrPath) -> None:
    if os.path.exists(out) and os.path.realpath(source) == os.path.realpath(out):
        raise ValueError(f"Expected another folder for the data set. Received: {out} for both")


def check_photos(members: Members, source: StrPath) -> None:
    if next(members(), None) is None:
        raise PhotoError(
            f"Expected photographs: files that end in {', '.join(SUFFIXES_READ)}. "
            f"Received: {source}, which has none. Check the path."
        )


def check_empty(output: FolderOutput | TfRecordOutput, work: Path, out: StrPath) -> None:
    names = [name for name in output.list_files() if not name.startswith(".")]
    if names and not work.exists():
        raise ValueError(
            f"Expected a new or empty folder for the data set. Received: {out}, which holds "
            f"{', '.join(sorted(names)[:3])}"
        )


def check_same(
    description: Mapping[str, Any], settings: Mapping[str, Any], members: Members, out: StrPath
) -> None:
    """Checks that an existing data set has these settings."""
    earlier = description["settings"]
    changed = [key for key in settings if earlier.get(key) != settings[key]]
    known = sum(sum(counts.values()) for counts in description["counts"].values())
    if sum(1 for _ in members()) != known:
        changed.append("number of photographs")
    if changed:
        raise ValueError(
            f"{out} holds a data set with another {' and '.join(changed)}. "
            "Give another folder, or remove that one."
        )
