"""Versions of what is installed."""

import importlib.metadata
import platform
import subprocess
import sys

import numpy as np
import pytest
from command_line import ENVIRONMENT

import colorkit
from colorkit.backend.versions import find_versions


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
