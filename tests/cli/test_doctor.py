"""What `colorkit doctor` prints of an installation."""

import sys
import types

import numpy as np
import pytest
from command_line import run

import colorkit
from colorkit.backend.versions import InstalledRequirement
from colorkit.cli import doctor
from colorkit.models.weight_files import weights_folder

REQUIREMENTS = {
    "": [
        InstalledRequirement("numpy", ">=2.0", np.__version__, True),
        InstalledRequirement("keras", ">=3.10", "3.5.0", False),
    ],
    "heic": [InstalledRequirement("pillow-heif", ">=1.0", None, False)],
    "onnx": [InstalledRequirement("onnxruntime", ">=1.20", "1.20.1", True)],
    "test": [InstalledRequirement("pytest", ">=8.0", None, False)],
}


class Colorizer:
    """Stands for `colorkit.Colorizer`."""

    def __init__(self, runtime):
        self.runtime = runtime

    def colorize(self, gray):
        if self.runtime == "onnx":
            raise OSError("libonnx.so: cannot open")


@pytest.fixture
def printed(monkeypatch, capfd):
    """The rows that are printed where ONNX Runtime is broken, by their labels; the exit code."""
    monkeypatch.setattr(doctor, "find_requirements", REQUIREMENTS.copy)
    module = types.SimpleNamespace(Colorizer=Colorizer)
    monkeypatch.setitem(sys.modules, "colorkit.inference.colorizer", module)
    monkeypatch.setattr(doctor, "find_versions", lambda names: dict.fromkeys(names, "1.2.3"))
    code = run("doctor")
    rows, label = {}, None
    for line in capfd.readouterr().out.splitlines():
        label = line[:15].strip() or label
        rows[label] = f"{rows.get(label, '')} {line[15:]}".strip()
    return rows, code


def test_every_row_is_told(printed):
    rows, _ = printed
    assert list(rows) == list(doctor.ROWS)
    assert rows["colorkit"].startswith(f"{colorkit.__version__}, ")
    assert sys.executable in rows["python"]
    assert rows["packages"] == f"numpy {np.__version__}, keras 3.5.0 (expected >=3.10)"
    assert rows["extras"] == "onnx; without heic (pillow-heif>=1.0)"
    assert rows["weights"].startswith(f"{weights_folder()}: colorkit_base, colorkit_hints")
    assert " on " in rows["keras"] and " s" in rows["keras"]
    assert "cores" in rows["devices"]
    assert "to train" in rows["precision"]
    assert "512 x 512" in rows["first picture"]


def test_a_fault_is_a_row_and_the_exit_code(printed):
    rows, code = printed
    assert rows["by ONNX"] == "failed: OSError: libonnx.so: cannot open"
    assert code == 1


def _import_keras():
    raise ModuleNotFoundError("No module named 'keras'")


def test_one_runtime_is_enough(monkeypatch, capfd):
    rows = {"first picture": _import_keras, "by ONNX": lambda: "0.50 s"}
    monkeypatch.setattr(doctor, "ROWS", rows)
    assert run("doctor") == 0
    printed = capfd.readouterr().out.splitlines()
    assert printed == [
        "first picture  not possible: No module named 'keras'",
        "by ONNX        0.50 s",
    ]


def test_no_runtime_is_a_fault(monkeypatch, capfd):
    monkeypatch.setattr(doctor, "ROWS", {"system": lambda: "Linux", "by ONNX": _import_keras})
    assert run("doctor") == 1


def test_missing_weights_are_a_fault(monkeypatch, tmp_path):
    monkeypatch.setattr("colorkit.models.weight_files.weights_folder", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match="colorkit_base.weights.h5 is missing"):
        doctor.ROWS["weights"]()
