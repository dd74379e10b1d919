"""Versions of what is installed."""

import email.message
import importlib.metadata
import platform
import subprocess
import sys

import numpy as np
import pytest
from command_line import ENVIRONMENT

import colorkit
from colorkit.backend.versions import DISTRIBUTION, LITE, find_requirements, find_versions, is_lite

PACKAGES = {"numpy": "2.1.0", "gradio": "5.9.1", "onnxruntime": "1.20.0"}
REQUIRED = [
    "numpy>=2.0",
    "tensorflow>=2.19",
    "gradio>=6.0; extra == 'demo'",
    "onnxruntime>=1.20; extra == 'onnx'",
    "imghdr>=3; python_version < '3' and extra == 'onnx'",
]


def test_versions_of_what_is_installed():
    assert find_versions(("numpy", "no-such-package")) == {
        "colorkit": colorkit.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "no-such-package": None,
    }


@pytest.mark.parametrize(
    "package", ["tensorflow", "tensorflow-cpu", "tensorflow-macos", "tf-nightly"]
)
def test_tensorflow_is_found_in_whichever_package_it_came(monkeypatch, package):
    def version(name):
        if name == package:
            return "2.19.0"
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    versions = find_versions(("tensorflow", "jax"))
    assert (versions["tensorflow"], versions["jax"]) == ("2.19.0", None)


def test_finding_versions_imports_none_of_it():
    script = (
        "import sys; from colorkit.backend.versions import find_versions;"
        "assert find_versions(['keras'])['keras'];"
        "heavy = {'keras', 'tensorflow', 'jax', 'numpy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_requirements_are_met_or_not(monkeypatch):
    metadata = email.message.Message()
    for line in REQUIRED:
        metadata["Requires-Dist"] = line
    for extra in ("demo", "onnx"):
        metadata["Provides-Extra"] = extra

    def version(name):
        if name not in PACKAGES:
            raise importlib.metadata.PackageNotFoundError(name)
        return PACKAGES[name]

    monkeypatch.setattr(importlib.metadata, "metadata", {DISTRIBUTION: metadata}.get)
    monkeypatch.setattr(importlib.metadata, "version", version)
    found = {
        extra: [(each.name, each.specifier, each.version, each.is_met) for each in required]
        for extra, required in find_requirements().items()
    }
    assert found == {
        "": [("numpy", ">=2.0", "2.1.0", True), ("tensorflow", ">=2.19", None, False)],
        "demo": [("gradio", ">=6.0", "5.9.1", False)],
        "onnx": [("onnxruntime", ">=1.20", "1.20.0", True)],
    }


def test_requirements_of_a_folder_that_is_not_installed(monkeypatch):
    def metadata(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "metadata", metadata)
    assert find_requirements() == {}


@pytest.mark.parametrize(
    ("installed", "expected"),
    [({LITE}, True), ({DISTRIBUTION}, False), ({LITE, DISTRIBUTION}, False), (set(), False)],
)
def test_colorkit_lite_is_told_from_the_whole(monkeypatch, installed, expected):
    def version(name):
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.1.0"

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert is_lite() is expected
