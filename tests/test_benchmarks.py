"""The scripts in benchmarks/ take from the package, and from their command lines, what is there."""

import ast
import importlib
from importlib.util import find_spec
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[1] / "benchmarks").glob("*.py"))


def _nodes(script, kind):
    tree = ast.parse(script.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, kind)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_what_it_imports_is_there(script):
    for node in _nodes(script, ast.ImportFrom):
        if node.module.split(".")[0] == "colorkit":
            module = importlib.import_module(node.module)
            for name in (alias.name for alias in node.names):
                is_module = hasattr(module, "__path__") and find_spec(f"{node.module}.{name}")
                assert hasattr(module, name) or is_module, f"{node.module}.{name}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_it_reads_the_options_that_it_has(script):
    calls = [node for node in _nodes(script, ast.Call) if isinstance(node.func, ast.Attribute)]
    flags = [
        argument.value
        for call in calls
        if call.func.attr == "add_argument"
        for argument in call.args
    ]
    read = {
        node.attr
        for node in _nodes(script, ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == "options"
    }
    assert read <= {flag.lstrip("-").replace("-", "_") for flag in flags}
