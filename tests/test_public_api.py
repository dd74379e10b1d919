"""The public names: what a checked list says, loaded late, and what docs and examples use."""

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import colorkit

ROOT = Path(__file__).parents[1]
SURFACE_FILE = Path(__file__).parent / "inputs" / "public_api.json"
SURFACE = json.loads(SURFACE_FILE.read_text(encoding="utf-8"))
_STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
NAMES = sorted(f"{namespace}.{name}" for namespace in SURFACE for name in SURFACE[namespace])


def describe_surface():
    """Every public name by its namespace, with its parameters where it is called."""
    spaces = ["colorkit", *(f"colorkit.{name}" for name in _submodules(colorkit))]
    surface = {}
    for space in spaces:
        module = importlib.import_module(space)
        surface[space] = {name: _describe(getattr(module, name)) for name in sorted(module.__all__)}
    return surface


def _submodules(module):
    """Names that `from . import name` makes public in the module's stub."""
    stub = Path(module.__file__).with_suffix(".pyi")
    imports = [
        node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)
    ]
    return [alias.name for node in imports if not node.module for alias in node.names]


def _describe(item):
    if inspect.ismodule(item):
        return "namespace"
    if not callable(item):
        return "constant"
    if inspect.isclass(item) and issubclass(item, Exception | Warning):
        return f"class({item.__base__.__name__})"
    kind = "class" if inspect.isclass(item) else "function"
    parameters = inspect.signature(item).parameters.values()
    return f"{kind}({', '.join(_STARS.get(each.kind, '') + each.name for each in parameters)})"


def test_the_public_api_is_the_checked_one():
    """After a change on purpose: `python tests/test_public_api.py` writes the file anew."""
    assert describe_surface() == SURFACE


def test_no_module_takes_the_place_of_a_name():
    """Once imported, a module `x.py` of a folder would stand where its function `x` is expected."""
    for space, names in SURFACE.items():
        others = {name for name, what in names.items() if what != "namespace"}
        folder = ROOT.joinpath(*space.split("."))
        assert not {path.stem for path in folder.glob("*.py")} & others, space


@pytest.mark.parametrize("name", NAMES)
def test_every_name_says_what_it_is(name):
    space, _, name = name.rpartition(".")
    item = getattr(importlib.import_module(space), name)
    if not (inspect.isfunction(item) or inspect.isclass(item)):
        return
    assert item.__module__.startswith("colorkit.")
    docstring = inspect.getdoc(item)
    assert len(docstring.splitlines()[0]) > 20
    if inspect.isfunction(item):
        assert "Args:" in docstring or not inspect.signature(item).parameters


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="colorize_everything"):
        _ = colorkit.colorize_everything
    with pytest.raises(AttributeError, match="colorize_everything"):
        _ = colorkit.inference.colorize_everything


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        ("colorkit.__version__; dir(colorkit)", {"keras", "tensorflow", "jax", "cv2", "numpy"}),
        ("colorkit.io.Photo; colorkit.inference.Hint", {"keras", "tensorflow", "jax"}),
    ],
)
def test_names_are_loaded_late(line, absent):
    script = f"import sys, colorkit; {line}; print({absent} & set(sys.modules) or None)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr


def _texts():
    """Paths of docs, cards and the sources of notebooks."""
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("notebooks/src/*.py")]
    return texts + [*ROOT.glob("docs/*.md"), *ROOT.glob("models/*.md")]


def test_docs_and_notebooks_import_what_is_public():
    imported = [
        (path.name, space, name)
        for path in _texts()
        for space, names in re.findall(
            r"^ *from (colorkit[\w.]*) import (\(.*?\)|.*?$)", path.read_text("utf-8"), re.M | re.S
        )
        for name in re.findall(r"\w+", names)
    ]
    assert len(imported) > 40
    others = [(*where, name) for *where, name in imported if name not in SURFACE.get(where[1], ())]
    assert others == []


def _names_in_text():
    """Dotted names that begin with `colorkit.` in docs, cards, notebooks and examples."""
    found = {}
    for path in _texts():
        for name in re.findall(r"\bcolorkit(?:\.[A-Za-z_]\w*)+", path.read_text(encoding="utf-8")):
            found.setdefault(name, path.name)
    for path in (ROOT / "colorkit").rglob("*.py"):
        for line in re.findall(r">>> (.*)", path.read_text(encoding="utf-8")):
            for name in re.findall(r"\bcolorkit(?:\.[A-Za-z_]\w*)+", line):
                found.setdefault(name, path.name)
    return found


def _find(name):
    """Finds what a dotted name stands for, a module or what is in one."""
    item, path = colorkit, "colorkit"
    for part in name.split(".")[1:]:
        path += f".{part}"
        item = getattr(item, part, None) or importlib.import_module(path)
    return item


@pytest.mark.slow
def test_names_in_docs_and_examples_are_there():
    # Files, and what `models/` is called once installed.
    others = {"colorkit.json", "colorkit.jsonl", "colorkit.onnx", "colorkit.weights"}
    missing = {}
    for name, where in _names_in_text().items():
        try:
            _find(name)
        except ImportError as error:
            missing[name] = where, str(error)
    missing = {name: why for name, why in missing.items() if name not in others}
    assert missing == {}


if __name__ == "__main__":
    SURFACE_FILE.write_text(json.dumps(describe_surface(), indent=2) + "\n", encoding="utf-8")
