"""The record of a training run, by which it can be identified and reproduced."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
from typing import TYPE_CHECKING, Any

import keras

from colorkit.backend.hardware import describe_hardware
from colorkit.backend.versions import find_versions

if TYPE_CHECKING:
    from colorkit.data.source import Photographs
    from colorkit.training.recipes.recipe_fields import DataclassInstance

_PACKAGES = ("keras", "tensorflow", "jax", "numpy", "h5py", "opencv-python-headless", "Pillow")


def describe_run(
    recipe: DataclassInstance, seed: int, source: Photographs, precision: str
) -> dict[str, Any]:
    """Describes all that determines the result of a run.

    Args:
        recipe: A `Recipe`.
        seed: Its integer.
        source: A `PhotoSource` or `ArraySource`.
        precision: Name of the dtype policy.

    Returns:
        JSON-serializable dict.
    """
    return {
        "recipe": json.loads(json.dumps(dataclasses.asdict(recipe))),
        "seed": seed,
        "precision": precision,
        "photographs": {"number": len(source), "sha256": hash_photos(source)},
    }


def describe_start(first_step: int, xla: bool, replicas: int = 1) -> dict[str, Any]:
    """Describes one start of a run: time, first step, software versions and hardware.

    Args:
        first_step: Number of training steps done before.
        xla: Whether XLA compiles the training step.
        replicas: Number of devices that train together, on this machine and others.

    Returns:
        Dict, fit for JSON.
    """
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "first_step": first_step,
        "xla": xla,
        "replicas": replicas,
        "versions": {"backend": keras.backend.backend(), **find_versions(_PACKAGES)},
        "hardware": describe_hardware(),
    }


def hash_photos(source: Photographs) -> str:
    """Computes a SHA-256 that changes with the names, the sizes or the contents of photographs.

    Of each file only the first and last 4 KiB are hashed, so that 100,000 photographs take seconds.

    Args:
        source: A `PhotoSource` or `ArraySource`.

    Returns:
        64 hexadecimal digits.
    """
    whole = hashlib.sha256()
    for index, name in enumerate(source.names):
        whole.update(json.dumps([name, source.fingerprint(index)]).encode())
    return whole.hexdigest()
