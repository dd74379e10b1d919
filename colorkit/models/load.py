"""Loads trained networks: those that colorkit ships, and saved ones."""

import os
import sys
from pathlib import Path

import keras

import colorkit.models.patch_discriminator  # noqa: F401  registers SpectralConv2D
from colorkit.backend.memory import is_out_of_memory
from colorkit.models.colorkit_hints import trained_part
from colorkit.models.half_weights import halve_weights
from colorkit.models.registry import MODELS
from colorkit.models.weight_files import SHIPPED_WEIGHTS, shipped_file
from colorkit.typing import StrPath


def load_model(name_or_path: StrPath) -> keras.Model:
    """Loads a trained network.

    Args:
        name_or_path: "colorkit_base" for the network that colorkit ships, "colorkit_hints" for its
            companion that takes hints, or the path of a `.keras` file, such as the `model.keras` of
            a training run. It is loaded in Keras' safe mode.

    Returns:
        A `keras.Model` from L, float32 of shape `(batch, height, width, 1)` in [0, 100]; one that
        takes hints has a second input (`colorkit.build_colorkit_hints_model`).

    Raises:
        ValueError: If there is no such file, it is not a `.keras` file, or colorkit ships no
            trained weights for that name.
        MemoryError: If its weights need more memory than there is.
    """
    if isinstance(name_or_path, str) and name_or_path in SHIPPED_WEIGHTS:
        return MODELS[name_or_path].builder(weights=shipped_file(".weights.h5", name_or_path))
    path = Path(name_or_path)
    if path.is_file() and path.suffix == ".keras":
        try:
            return keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # Keras raises many kinds for files that are damaged.
            if is_out_of_memory(error):
                raise MemoryError(f"{path}: its weights need more memory than there is") from error
            raise ValueError(
                f"{path}: expected a network saved by Keras, which this file is not or is only in "
                f"part. Save it again with `model.save`. Keras says: {error or repr(error)}"
            ) from error
    if os.fspath(name_or_path) in MODELS:
        raise ValueError(
            f"colorkit ships no trained weights for {name_or_path!r}. Train it with "
            f"`colorkit train {name_or_path} --photos DIR --out RUN` and give RUN/model.keras, or "
            "use 'colorkit_base'."
        )
    raise ValueError(
        "Expected 'colorkit_base' or the path of an existing .keras file. "
        f"Received: {os.fspath(name_or_path)!r}"
    )


def save_weights_in_float16(model: keras.Model, path: StrPath) -> None:
    """Saves weights in float16, as colorkit ships them; `load_weights` reads them.

    Of a network that takes hints, only those of the trained part (`build_colorkit_hints_model`).

    Args:
        model: A `keras.Model`.
        path: Path ending in `.weights.h5`.
    """
    if len(model.inputs) > 1:
        model = trained_part(model)
    model.save_weights(path)
    halve_weights(path)


if __name__ == "__main__":
    save_weights_in_float16(load_model(sys.argv[1]), sys.argv[2])
