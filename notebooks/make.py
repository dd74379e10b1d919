"""Makes the notebooks of their plain-text sources.

    pip install jupytext
    python notebooks/make.py

writes `notebooks/NAME.ipynb` for each numbered `notebooks/src/NAME.py`, without outputs. Cells that
several notebooks share are in `src/shared_cells.py`; a line `# %% include SECTION` stands for them.
Captions that begin with `Figure: ` or `Table: ` are numbered.

What all notebooks share is here: the badge, and the cell that finds or installs colorkit. Both
lead to the repository that `url` in setup.cfg names. Where it names none, there is no badge, and
the cell installs from a copy of the repository; Colab opens notebooks from GitHub alone, so that
another host's has no badge either.
"""

import configparser
import itertools
import re
from pathlib import Path

import jupytext
import nbformat

FOLDER = Path(__file__).parent
SHARED_CELLS = FOLDER / "src" / "shared_cells.py"
_INCLUDE = re.compile(r"^# %% include (.*)$", re.M)
_SECTION = re.compile(r"^# section (\w+)\n", re.M)
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})"
COLAB = "https://colab.research.google.com/github/"
GITHUB = "https://github.com/"
BRANCH = "main"

FROM_URL = """\
# Finds colorkit, or installs it from {url}.
{is_installed}

if not is_installed():
    %pip install --quiet git+{url}
    importlib.invalidate_caches()
"""
FROM_COPY = """\
# Finds colorkit, or installs it from a copy of its repository.
{is_installed}

def find_copy():
    places = map(Path.absolute, map(Path, [".", "..", "colorkit", "drive/MyDrive/colorkit"]))
    return next((place for place in places if (place / "colorkit/__init__.py").exists()), None)


if not is_installed():
    copy = find_copy()
    if copy is None:
        try:
            from google.colab import drive
        except ImportError:
            pass  # Not on Colab.
        else:
            drive.mount(str(Path("drive").absolute()))
            copy = find_copy()
    if copy is None:
        raise FileNotFoundError(
            "Expected a copy of colorkit's repository as the folder `colorkit` beside this "
            "notebook, on Colab in /content or in Google Drive. Clone it there "
            "(`!git clone ADDRESS colorkit`), or upload it, and run this cell again."
        )
    %pip install --quiet "{{copy}}"
    importlib.invalidate_caches()
"""
IS_INSTALLED = """\
import importlib
import logging
from importlib.metadata import distributions
from pathlib import Path


def is_installed():
    # In the working directory lies a copy at most, without the packages that colorkit needs.
    places = [Path(each.locate_file("")) for each in distributions(name="colorkit-keras")]
    return any(place.resolve() != Path.cwd() for place in places)
"""
START = """
from colorkit.cli.startup import start_keras

start_keras()
logging.getLogger("tensorflow").setLevel("ERROR")  # Without its hints about retracing"""
METADATA = {
    "colab": {"provenance": [], "toc_visible": True},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def read_url():
    """Returns `url` of setup.cfg, or an empty string."""
    setup = configparser.ConfigParser()
    setup.read(FOLDER.parent / "setup.cfg", encoding="utf-8")
    return setup["metadata"].get("url", "").rstrip("/").removesuffix(".git")


def read_source(source):
    """Returns the text of a source, with shared cells put in place and captions numbered."""
    text = _INCLUDE.sub(_shared_cells, source.read_text(encoding="utf-8"))
    for kind in ("Figure", "Table"):
        numbers = itertools.count(1)
        text = re.sub(rf'"{kind}: ', lambda _: f'"{kind} {next(numbers)}: ', text)  # noqa: B023
    return text


def _shared_cells(include):
    name, *words = include[1].split()
    sections = _SECTION.split(SHARED_CELLS.read_text(encoding="utf-8"))
    cells = dict(zip(sections[1::2], sections[2::2], strict=True))[name].strip()
    for word in words:
        key, value = word.split("=")
        cells = cells.replace(f"__{key}__", value)
    return cells


def make_notebook(source, url):
    """Makes the text of a notebook.

    Args:
        source: Path of the source, in jupytext's percent format.
        url: The repository's, or an empty string.

    Returns:
        JSON text.
    """
    notebook = jupytext.reads(read_source(source), fmt="py:percent")
    title, *rest = notebook.cells
    find = (FROM_URL if url else FROM_COPY).format(url=url, is_installed=IS_INSTALLED)
    install = nbformat.v4.new_code_cell(find + START)
    cells = [title, install, *rest]
    if url.startswith(GITHUB):
        link = f"{COLAB}{url.removeprefix(GITHUB)}/blob/{BRANCH}/notebooks/{source.stem}.ipynb"
        cells.insert(0, nbformat.v4.new_markdown_cell(BADGE.format(link=link)))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = {key: cell.metadata[key] for key in ("tags",) if key in cell.metadata}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=METADATA)) + "\n"


def list_sources():
    """Returns the paths of all sources, in order."""
    return sorted((FOLDER / "src").glob("[0-9]*.py"))


if __name__ == "__main__":
    for source in list_sources():
        made = FOLDER / f"{source.stem}.ipynb"
        made.write_text(make_notebook(source, read_url()), encoding="utf-8")
        print(made)
