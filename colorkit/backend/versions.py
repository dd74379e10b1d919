"""Versions of what is installed, found without importing any of it."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
from collections.abc import Iterable
from typing import TYPE_CHECKING

import colorkit

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION = "colorkit-keras"
"""The name under which pip knows colorkit."""

LITE = "colorkit-lite"
"""Its name where it was built of lite/, without TensorFlow and Keras."""

_TENSORFLOWS = (
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-intel",
    "tensorflow-macos",
    "tensorflow-tpu",
    "tf-nightly",
    "tf-nightly-cpu",
)  # packages that install the module `tensorflow`


@dataclasses.dataclass(frozen=True)
class InstalledRequirement:
    """A package that colorkit requires, and what is installed of it.

    Attributes:
        name: Its name.
        specifier: The versions that are allowed, such as `">=6.0"`.
        version: The version that is installed, or `None`.
        is_met: Whether that version is allowed.
    """

    name: str
    specifier: str
    version: str | None
    is_met: bool


def find_requirements() -> dict[str, list[InstalledRequirement]]:
    """Finds the packages that colorkit requires, and what is installed of them.

    Returns:
        Dict from `""`, for what is always required, and from the name of each extra to a list of
        `InstalledRequirement`. It is empty where colorkit runs from a folder that pip has not
        installed.
    """
    from packaging.requirements import Requirement

    try:
        metadata = importlib.metadata.metadata(LITE if is_lite() else DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return {}
    required = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    found = {"": [_find(each) for each in required if each.marker is None]}
    for extra in metadata.get_all("Provides-Extra", []):
        found[extra] = [
            _find(each)
            for each in required
            if each.marker is not None and each.marker.evaluate({"extra": extra})
        ]
    return found


def is_lite() -> bool:
    """Returns whether `colorkit-lite` is what pip has installed."""
    return _version_of(DISTRIBUTION) is None and _version_of(LITE) is not None


def find_versions(packages: Iterable[str]) -> dict[str, str | None]:
    """Finds the versions of colorkit, of Python and of packages.

    Args:
        packages: Names of packages; `"tensorflow"` stands for any that installs TensorFlow.

    Returns:
        Dict from `"colorkit"`, `"python"` and each of `packages` to a version, or `None` for a
        package that is not installed.
    """
    versions: dict[str, str | None] = {
        "colorkit": colorkit.__version__,
        "python": platform.python_version(),
    }
    for package in packages:
        names = _TENSORFLOWS if package == "tensorflow" else (package,)
        versions[package] = next(filter(None, map(_version_of, names)), None)
    return versions


def _find(requirement: Requirement) -> InstalledRequirement:
    version = find_versions((requirement.name,))[requirement.name]
    is_met = version is not None and requirement.specifier.contains(version, prereleases=True)
    return InstalledRequirement(requirement.name, str(requirement.specifier), version, is_met)


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
