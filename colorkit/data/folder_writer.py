"""A built data set as folders of pictures: OUT/train/gray/, OUT/train/color/ and so on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorkit.data.build_pair import KINDS
from colorkit.data.manifest import read_description
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.build_database import BuildDatabase, PhotoRecord


class FolderOutput:
    """Output of a build as folders of pictures.

    Args:
        out: Folder of the data set.
        pairs: `Path` of the folder of the prepared pairs, on the same file system.
    """

    def __init__(self, out: StrPath, pairs: Path) -> None:
        self._out, self._pairs = Path(out), pairs

    def read_description(self) -> dict[str, Any] | None:
        """Returns the description of an existing data set, or `None`."""
        return read_description(self._out)

    def list_files(self) -> list[str]:
        """Returns the names of existing files."""
        return os.listdir(self._out) if self._out.exists() else []

    def place(self, split: str, database: BuildDatabase, on_photo: Callable[[], object]) -> None:
        """Moves the pairs of a split to their folders; those already there stay.

        Args:
            split: "train", "validation" or "test".
            database: `BuildDatabase`.
            on_photo: Function called after each photograph.
        """
        for kind in KINDS:
            (self._out / split / kind).mkdir(parents=True, exist_ok=True)
        for record in database.kept(split):
            for kind in KINDS:
                place = self._out / split / kind / record.file
                if not place.exists():
                    os.replace(self._pairs / kind / record.file, place)
            on_photo()

    def find_picture(self, kind: str, record: PhotoRecord) -> Path:
        """Returns the path of a placed picture; `kind` is "gray" or "color"."""
        return self._out / record.split / kind / record.file

    def add_file(self, path: Path) -> None:
        """Moves a finished file, such as the manifest, into the data set."""
        os.replace(path, self._out / path.name)
