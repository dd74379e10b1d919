"""README's words, run."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import small_models

from colorkit.cli.main import build_parser, main
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.sample_photos import SAMPLE_PHOTOS
from colorkit.io.write import write_photo
from colorkit.models import colorkit_base
from colorkit.models.weight_files import SHIPPED_WEIGHTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PYTHON = [code for language, code in BLOCKS if language == "python"]
SHELL = [line for language, code in BLOCKS if language == "bash" for line in code.splitlines()]
COMMANDS = [line for line in SHELL if line.startswith("colorkit ")]


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """A folder with the files that README's examples name."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for name in ("old.jpg", "album/a.png", "more/b.tif"):
        write_photo(name, Photo(random.integers(0, 256, (40, 60), "uint8")))
    for number in range(12):
        blocks = np.kron(random.integers(0, 256, (4, 4, 3)), np.ones((16, 16, 1)))
        write_photo(f"photos/{number}.png", Photo(blocks.astype("uint8")))


def test_two_commands_come_first():
    assert [language for language, _ in BLOCKS[:2]] == ["bash", "bash"]
    run, test = SHELL[:2]
    venv = "python3 -m venv venv && venv/bin/pip install "
    assert run == venv + ". && venv/bin/colorkit colorize --sample -o out/"
    assert test == venv + "-e '.[test]' && venv/bin/pytest"


def test_continuous_integration_runs_the_test_command():
    script = (ROOT / ".ci" / "run").read_text()
    pattern = re.search(r"test_command=\$\(grep --max-count=1 '(.*)' README.md\)", script)[1]
    assert re.findall(f".*{pattern}", README, re.MULTILINE) == [SHELL[1]]
    assert re.findall(r"pytest\S* .* -m (\w+)$", script, re.MULTILINE) == ["any_backend"]
    assert "\n    any_backend: " in (ROOT / "setup.cfg").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_main_job_on_the_samples(scene, capfd):
    words = shlex.split(SHELL[0].split("&& venv/bin/colorkit ")[1])
    assert main(words) == 0
    assert f"Coloured {len(SAMPLE_PHOTOS)} photographs" in capfd.readouterr().out
    for name in ("astronaut_gray.png", "astronaut_color.png"):
        assert f"`out/{name}`" in README
    gray = read_photo("out/astronaut_gray.png").pixels
    color = read_photo("out/astronaut_color.png").pixels
    assert gray.shape == color.shape[:2] == (512, 512)
    assert np.ptp(color.astype(int), axis=-1).mean() > 5, "the result is gray"


@pytest.mark.slow
@pytest.mark.usefixtures("default_model_opened_once")
def test_colorize_commands_run(scene):
    run = [line for line in COMMANDS if line.startswith("colorkit colorize")]
    assert len(run) == 2
    for line in run:
        assert main(shlex.split(line)[1:]) == 0
    for result in ("new.jpg", "album-in-colour/album/a.png", "album-in-colour/more/b.tif"):
        assert read_photo(result).pixels.shape == (40, 60, 3)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line):
    assert build_parser().parse_args(shlex.split(line)[1:]).command


def test_options_named_in_the_text_exist(capfd):
    commands = ["colorize", "train", "evaluate", "dataset fetch", "dataset build", "demo"]
    for command in commands:
        main([*command.split(), "--help"])
    options = set(re.findall(r"--[a-z]+", capfd.readouterr().out))
    assert set(re.findall(r"`(--[a-z]+)[ `]", README)) <= options


@pytest.mark.slow
@pytest.mark.usefixtures("default_model_opened_once")
def test_python_code_runs(scene):
    assert len(PYTHON) == 1
    names = run_code(PYTHON[0])
    assert names["rgb"].shape == (40, 60, 3) and names["rgb"].dtype == np.uint8
    assert read_photo("new.jpg").pixels.shape == (40, 60, 3)


@pytest.mark.slow
@pytest.mark.usefixtures("eagerly")
def test_python_code_of_the_page_on_training_runs(scene, monkeypatch):
    small_models.shrink_shipped_models(monkeypatch)
    monkeypatch.setattr(colorkit_base, "load_imagenet_weights", lambda model: None)
    page = (ROOT / "docs" / "train.md").read_text(encoding="utf-8")
    names = run_code(re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1])
    assert Path("runs/first/model.keras").exists()
    assert set(names["evaluation"].means()) == {"model", "gray", "mean_color", "truth"}


def run_code(code):
    """The names that a page's example leaves."""
    names = {}
    exec(compile(code, "a page of the docs", "exec"), names)
    return names


def test_the_table_of_shipped_weights():
    table = README.split("| weights | trained parameters |")[1].split("\n\n")[0]
    expected = [
        f"| `{name}` | {weights.parameters:,} | {weights.image_size} px | "
        f"{', '.join(weights.styles)} | {weights.licence} | [card](models/{weights.card}) |"
        for name, weights in SHIPPED_WEIGHTS.items()
    ]
    assert table.splitlines()[2:] == expected


def test_links_lead_somewhere():
    targets = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target
