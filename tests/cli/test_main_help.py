"""The command line's help, version and choices."""

import re
import subprocess
import sys

import pytest
from command_line import ENVIRONMENT, run

import colorkit
from colorkit.cli.main import build_parser
from colorkit.training.recipes.recipes import RECIPES

COMMANDS = (
    "colorize",
    "demo",
    "web",
    "train",
    "train-adversarially",
    "recipes",
    "evaluate",
    "export",
    "publish",
    "models",
    "dataset",
    "doctor",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command, capfd):
    assert run(command, "--help") == 0
    printed = capfd.readouterr().out
    assert f"usage: colorkit {command}" in printed
    assert f"examples:\n  colorkit {command}" in printed
    parser = build_parser()._subparsers._group_actions[0].choices[command]
    assert all(action.help for action in parser._actions)
    for line in printed.split("examples:\n")[1].splitlines():
        assert build_parser().parse_args(line.split()[1:]).command == command


def test_main_help_names_every_command(capfd):
    assert run("--help") == 0
    printed = capfd.readouterr().out
    assert all(re.search(rf"\n    {command}\s", printed) for command in COMMANDS)


def test_without_arguments_it_greets_with_three_commands(capfd):
    assert run() == 2
    greeting = capfd.readouterr().err
    commands = re.findall(r"^  (colorkit .*?)   ", greeting, re.MULTILINE)
    assert len(commands) == 3
    for words in commands:
        assert build_parser().parse_args(words.split()[1:]).command in ("colorize", "demo")


def test_every_recipe_can_be_trained():
    for recipe in RECIPES:
        words = ["train", recipe, "--photos", "p", "--out", "r"]
        assert build_parser().parse_args(words).recipe == recipe


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["colorize", "--help"]])
def test_version_and_help_load_no_model_library(words):
    script = (
        "import sys; from colorkit.cli.main import main; code = main(sys.argv[1:]);"
        "heavy = {'keras', 'tensorflow', 'jax', 'cv2', 'numpy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words], env=ENVIRONMENT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_module_runs_as_the_command():
    words = [sys.executable, "-m", "colorkit", "--version"]
    done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout == f"colorkit {colorkit.__version__}\n"
