"""The cards of the report's four models: their commands, figures and links."""

import re
import shlex
from pathlib import Path

import pytest

from colorkit.cli.main import build_parser
from colorkit.training.recipes.recipes import RECIPES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = (ROOT / "docs" / "which-model.md").read_text(encoding="utf-8").split("## What they are")[1]
RESULTS = (ROOT / "docs" / "results.md").read_text(encoding="utf-8").splitlines()


@pytest.fixture(params=["encoder_decoder", "vgg16", "inception_v3", "efficientnet_b0"])
def name(request):
    return request.param


@pytest.fixture
def card(name):
    return (ROOT / "models" / f"{name}.md").read_text(encoding="utf-8")


def test_its_commands_are_understood(name, card):
    commands = re.findall(r"^ {4}colorkit (.*)$", card, re.MULTILINE)
    assert [line.split()[0] for line in commands[:4]] == ["train", "colorize", "evaluate", "export"]
    for line in commands:
        build_parser().parse_args(shlex.split(line))
    assert commands[0] == f"train {name} --photos PHOTOS --out RUN"


def test_its_figures_are_those_of_the_results(name, card):
    rows = [line for line in card.splitlines() if line.startswith(f"| `{name}` |")]
    assert rows == [line for line in RESULTS if line.startswith(f"| `{name}` |") and "+" in line]
    assert rows


def test_its_numbers_are_the_recipes(name, card):
    recipe = RECIPES[name]
    for number in (f"{recipe.epochs:,} epochs", f"batches of {recipe.batch_size}"):
        assert number in " ".join(card.split())
    assert f"{recipe.image_size} x {recipe.image_size}" in card


def test_its_parameters_are_those_of_the_table_of_models(name, card):
    """Which the registry's test counts."""
    cells = re.search(rf"^\| `{name}` \|(.*)\|$", TABLE, re.MULTILINE)[1].split("|")
    total, trained = (cell.strip() for cell in cells[2:])
    assert f"| parameters | {total}, of which {trained} are trained |" in card


def test_its_links_lead_somewhere(name, card):
    assert f"(models/{name}.md)" in README
    targets = re.findall(r"\]\(([^)]+)\)", card)
    assert targets and all((ROOT / "models" / target).exists() for target in targets)
