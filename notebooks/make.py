"""Makes the notebooks of their plain-text sources.

    pip install jupytext
    python notebooks/make.py

writes `notebooks/NAME.ipynb` for each `notebooks/src/NAME.py`, without outputs. What all notebooks
share is here: the badge, and the cell that finds or installs colorkit. Both lead to the repository
that `url` in setup.cfg names. Where it names none, the badge opens Colab's browser of GitHub, and
the cell installs from a copy of the repository.
"""

import configparser
from pathlib import Path

import jupytext
import nbformat

FOLDER = Path(__file__).parent
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})"
COLAB = "https://colab.research.google.com/github/"
GITHUB = "https://github.com/"
BRANCH = "main"

INSTALL = """\
# Finds colorkit, or installs it. {explanation}
import importlib.util
import logging
from pathlib import Path

if importlib.util.find_spec("colorkit") is None:
    places = {places}
    found = [place for place in places if "://" in place or Path(place, "setup.cfg").exists()]
    if not found:
        raise FileNotFoundError(f"Expected a copy of colorkit's repository in one of {{places}}.")
    %pip install --quiet {{found[0]}}

from colorkit.cli.startup import start_keras

start_keras()
logging.getLogger("tensorflow").setLevel("ERROR")  # Without its hints about retracing"""
COPIES = ["..", "/content/colorkit", "/content/drive/MyDrive/colorkit"]
METADATA = {
    "colab": {"provenance": [], "toc_visible": True},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def read_url():
    """Returns `url` of setup.cfg, or an empty string."""
    setup = configparser.ConfigParser()
    setup.read(FOLDER.parent / "setup.cfg", encoding="utf-8")
    return setup["metadata"].get("url", "").rstrip("/")


def make_notebook(source, url):
    """Makes the text of a notebook.

    Args:
        source: Path of the source, in jupytext's percent format.
        url: The repository's on GitHub, or an empty string.

    Returns:
        JSON text.
    """
    notebook = jupytext.read(source, fmt="py:percent")
    link = COLAB
    if url:
        repository = url.removeprefix(GITHUB)
        link = f"{COLAB}{repository}/blob/{BRANCH}/notebooks/{source.stem}.ipynb"
    install = INSTALL.format(
        places=[f"git+{url}"] if url else COPIES,
        explanation=f"From {url}." if url else "From a copy of its repository.",
    )
    title, *rest = notebook.cells
    badge = nbformat.v4.new_markdown_cell(BADGE.format(link=link))
    cells = [badge, title, nbformat.v4.new_code_cell(install), *rest]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = {key: cell.metadata[key] for key in ("tags",) if key in cell.metadata}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=METADATA)) + "\n"


def list_sources():
    """Returns the paths of all sources, in order."""
    return sorted((FOLDER / "src").glob("*.py"))


if __name__ == "__main__":
    for source in list_sources():
        made = FOLDER / f"{source.stem}.ipynb"
        made.write_text(make_notebook(source, read_url()), encoding="utf-8")
        print(made)
