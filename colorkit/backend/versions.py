"""Versions of what is installed, found without importing any of it."""

import importlib.metadata
import platform

import colorkit

_TENSORFLOWS = (
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-intel",
    "tensorflow-macos",
    "tensorflow-tpu",
    "tf-nightly",
    "tf-nightly-cpu",
)  # packages that install the module `tensorflow`


def find_versions(packages):
    """Finds the versions of colorkit, of Python and of packages.

    Args:
        packages: Names of packages; `"tensorflow"` stands for any that installs TensorFlow.

    Returns:
        Dict from `"colorkit"`, `"python"` and each of `packages` to a version, or `None` for a
        package that is not installed.
    """
    versions = {"colorkit": colorkit.__version__, "python": platform.python_version()}
    for package in packages:
        names = _TENSORFLOWS if package == "tensorflow" else (package,)
        versions[package] = next(filter(None, map(_version_of, names)), None)
    return versions


def _version_of(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
