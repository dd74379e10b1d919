"""The notebooks as they are in the repository."""

from pathlib import Path

import nbformat

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = {path.stem: path for path in sorted(FOLDER.glob("*.ipynb"))}


def read(name):
    """Reads a notebook by its name, such as "01_dataset"."""
    return nbformat.read(NOTEBOOKS[name], as_version=4)
