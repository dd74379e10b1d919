"""A colorizer as it is pickled: what it was made of, a model as the bytes of its `.keras` file."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

from colorkit.typing import StrPath

if TYPE_CHECKING:
    import keras

    from colorkit.inference.control.palettes import Palette
    from colorkit.inference.opened_model import OpenedModel


def rebuild(
    kind: type[OpenedModel],
    model: StrPath | bytes,
    options: dict[str, Any],
    palette: Palette | None = None,
) -> OpenedModel:
    """Makes a colorizer of what was pickled.

    Args:
        kind: `Colorizer`.
        model: Name or path of its model, or the bytes of its `.keras` file.
        options: Dict of its other arguments.
        palette: What its pictures tend to, or `None`.

    Returns:
        A `kind`.
    """
    if not isinstance(model, bytes):
        return kind(model, **options).with_palette(palette)
    from colorkit.models.load import load_model

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        with open(path, "wb") as file:
            file.write(model)
        return kind(load_model(path), **options).with_palette(palette)


def model_bytes(model: keras.Model) -> bytes:
    """Returns the bytes of the `.keras` file of a `keras.Model`."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        with open(path, "rb") as file:
            return file.read()
