"""A colorizer as it is pickled: what it was made of, a model as the bytes of its `.keras` file."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

from colorkit.typing import StrPath

if TYPE_CHECKING:
    import keras

    from colorkit.inference.colorizer import Colorizer


def rebuild(kind: type[Colorizer], model: StrPath | bytes, options: dict[str, Any]) -> Colorizer:
    """Makes a colorizer of what was pickled.

    Args:
        kind: `Colorizer`.
        model: Name or path of its model, or the bytes of its `.keras` file.
        options: Dict of its other arguments.

    Returns:
        A `kind`.
    """
    if not isinstance(model, bytes):
        return kind(model, **options)
    from colorkit.models.load import load_model

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        with open(path, "wb") as file:
            file.write(model)
        return kind(load_model(path), **options)


def model_bytes(model: keras.Model) -> bytes:
    """Returns the bytes of the `.keras` file of a `keras.Model`."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        with open(path, "rb") as file:
            return file.read()
