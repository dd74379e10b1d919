"""A built data set as folders of pictures: OUT/train/gray/, OUT/train/color/ and so on."""

import os
from pathlib import Path

from colorkit.data.build_pair import KINDS
from colorkit.data.manifest import read_description


class FolderOutput:
    """Where the pairs go.

    Args:
        out: Folder of the data set.
        pairs: `Path` of the folder in which the pairs lie before, on the same file system.
    """

    def __init__(self, out, pairs):
        self._out, self._pairs = Path(out), pairs

    def read_description(self):
        """Returns the description of the data set that is there, or `None`."""
        return read_description(self._out)

    def list_files(self):
        """Returns the names of what is there."""
        return os.listdir(self._out) if self._out.exists() else []

    def place(self, split, findings, on_photo):
        """Moves the pairs of a split to their places; those that are there already stay.

        Args:
            split: "train", "validation" or "test".
            findings: `Findings`.
            on_photo: Function that is called after each photograph.
        """
        for kind in KINDS:
            (self._out / split / kind).mkdir(parents=True, exist_ok=True)
        for finding in findings.kept(split):
            for kind in KINDS:
                place = self._out / split / kind / finding.file
                if not place.exists():
                    os.replace(self._pairs / kind / finding.file, place)
            on_photo()

    def find_picture(self, kind, finding):
        """Returns the path of a placed picture; `kind` is "gray" or "color"."""
        return self._out / finding.split / kind / finding.file

    def add_file(self, path):
        """Moves a finished file, such as the manifest, into the data set."""
        os.replace(path, self._out / path.name)
