"""The pages of the docs, and the site that is built of them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from colorkit.cli.main import COMMANDS, build_parser
from colorkit.models.registry import list_models
from colorkit.models.weight_files import SHIPPED_WEIGHTS, shipped_file

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SURFACE = json.loads((ROOT / "tests/inputs/public_api.json").read_text(encoding="utf-8"))
NAMESPACES = {name: SURFACE[name] for name in SURFACE if name != "colorkit"}
# They print a table each, which needs no page.
COMMANDS_WITHOUT_PAGE = {"recipes", "models", "doctor"}


def read_page(name):
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def test_every_command_has_a_page_of_its_name():
    names = set(build_parser()._subparsers._group_actions[0].choices)
    assert len(names) == len(COMMANDS)
    for name in names - COMMANDS_WITHOUT_PAGE:
        assert f"colorkit {name}" in read_page(name)


def test_every_namespace_has_a_page():
    index = read_page("api/index")
    for space in NAMESPACES:
        name = space.removeprefix("colorkit.")
        assert read_page(f"api/{name}") == f"# {space}\n\n::: {space}\n"
        assert f"| [`{space}`]({name}.md) |" in index
    assert all(f"`{name}`" in index for name, kind in SURFACE["colorkit"].items() if "(" in kind)


def test_which_model_has_a_row_for_each():
    page = read_page("which-model")
    rows = re.findall(r"^\| \[?`(\w+)`(.*) \|$", page.split("## What they are")[0], re.MULTILINE)
    assert {name for name, _ in rows} == set(list_models())
    for name, row in rows:
        *_, file, _, _, licence, _ = (cell.strip() for cell in row.split("|"))
        weights = SHIPPED_WEIGHTS.get(name)
        if weights is None:
            assert (file, licence) == ("", "yours")
        else:
            megabytes = shipped_file(".weights.h5", name).stat().st_size / 1e6
            assert (file, licence) == (f"{megabytes:.1f} MB", weights.licence)
            assert f"(../models/{weights.card})" in row


def test_commands_of_benchmarks_name_scripts_and_models_that_are_there():
    pages = [ROOT / "README.md", *DOCS.glob("*.md"), *(ROOT / "models").glob("*.md")]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    named = {name for text in texts for name in re.findall(r"benchmarks/(\w+\.py)", text)}
    assert named <= {path.name for path in (ROOT / "benchmarks").glob("*.py")}
    for text in texts:
        for words in re.findall(r"contact_sheet\.py (.*?)--out", text):
            assert all(word in SHIPPED_WEIGHTS or ".keras" in word for word in words.split())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built without a warning; links that lead nowhere are warnings."""
    for package in ("material", "mkdocstrings_handlers", "nbconvert"):
        pytest.importorskip(package, reason="the site needs the extra docs: pip install '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_public_name_is_in_the_reference(site):
    for space, names in NAMESPACES.items():
        page = (site / "api" / space.split(".")[1] / "index.html").read_text(encoding="utf-8")
        shown = set(re.findall(r'<h2 id="[\w.]*?(\w+)"', page))
        assert set(names) <= shown, space


@pytest.mark.slow
def test_cards_and_notebooks_are_pages(site):
    card = (site / "models" / "colorkit_base" / "index.html").read_text(encoding="utf-8")
    assert 'href="../../ablations/"' in card and 'src="../../samples.jpg"' in card
    notebook = (site / "notebooks" / "03_vgg16" / "index.html").read_text(encoding="utf-8")
    assert 'src="../03_vgg16.jpg"' in notebook and "colorkit</span>" in notebook


@pytest.mark.slow
def test_the_site_is_small_and_complete_without_a_model(site):
    files = [path for path in site.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 20e6
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|link rel="stylesheet")[^>]*"https?://[^"]+"', page)
