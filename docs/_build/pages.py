"""Pages of the site that lie elsewhere in the repository: cards, notebooks, the changelog.

A link between two files of the repository becomes a link between their pages; one to a file that is
no page leads to the repository's `url` of setup.cfg, or is left out where that is empty.
"""

import configparser
import os
import re
from pathlib import Path

import nbconvert
from mkdocs.structure.files import File, InclusionLevel

ROOT = Path(__file__).parents[2]
BRANCH = "main"
PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "models/*.md", "notebooks/*.md", "notebooks/*.ipynb")
FIGURES = ROOT / "docs" / "notebooks"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+:|#)([^)#]+)(#[^)]*)?\)")


def on_config(config):
    """Takes the repository's address from setup.cfg."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    config.repo_url = setup["metadata"].get("url", "").rstrip("/") or None
    return config


def on_files(files, config):
    """Adds the pages from outside of docs/."""
    for pattern in PAGES:
        for path in sorted(ROOT.glob(pattern)):
            place = path.relative_to(ROOT).as_posix()
            if path.suffix == ".ipynb":
                name = Path(place).with_suffix(".md").as_posix()
                file = File.generated(config, name, content=_notebook_page(path))
                file.repository_path = path
            else:
                file = File.generated(config, place, abs_src_path=str(path))
            files.append(file)
    return files


def on_page_markdown(markdown, page, config, files):
    """Leads the links of a page to other pages."""
    pages = {_place_of(file): file for file in files}
    folder = _place_of(page.file).parent

    def lead(match):
        picture, text, target, anchor = match.groups()
        place = Path(os.path.normpath(folder / target))
        if place in pages:
            target = os.path.relpath(pages[place].src_uri, Path(page.file.src_uri).parent)
            return f"{picture}[{text}]({Path(target).as_posix()}{anchor or ''})"
        if not place.exists() or place.is_relative_to(ROOT / "docs"):
            return match[0]  # mkdocs tells what is wrong with it
        if config.repo_url is None:
            return text
        address = f"{config.repo_url}/blob/{BRANCH}/{place.relative_to(ROOT).as_posix()}"
        return f"[{text}]({address})"

    return _LINK.sub(lead, markdown)


def _place_of(file):
    """Where the file of a page lies in the repository."""
    return getattr(file, "repository_path", None) or Path(file.abs_src_path or ROOT / file.src_uri)


def _notebook_page(path):
    """A notebook as Markdown, with its figure below the title."""
    text, _ = nbconvert.MarkdownExporter().from_filename(path)
    figures = list(FIGURES.glob(f"{path.stem}.*"))
    if not figures:
        return text
    place = os.path.relpath(figures[0], path.parent)
    title, _, rest = text.partition("\n\n")
    return f"{title}\n\n![A figure of this notebook]({Path(place).as_posix()})\n\n{rest}"
