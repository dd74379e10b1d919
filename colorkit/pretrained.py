"""Trained networks: the one that colorkit ships, and those that users have saved."""

import os
import sys
from pathlib import Path

import h5py
import keras

from colorkit.architectures.base import build_base_model
from colorkit.architectures.catalog import MODELS

WEIGHTS_FILE = "colorkit-base.weights.h5"


def shipped_weights():
    """Returns the path of the default network's weights.

    They lie in `models/`, inside the installed package or at the top of the repository.
    """
    inside = Path(__file__).parent / "models"
    folder = inside if inside.is_dir() else Path(__file__).parents[1] / "models"
    return folder / WEIGHTS_FILE


def load_model(name_or_path):
    """Loads a trained network.

    Args:
        name_or_path: "default" for the network that colorkit ships, or the path of a `.keras`
            file, such as the `model.keras` of a training run. It is loaded in Keras' safe mode.

    Returns:
        A `keras.Model` from L, float32 of shape `(batch, height, width, 1)` in [0, 100].

    Raises:
        ValueError: If there is no such file, it is not a `.keras` file, or the name is that of a
            network which is not shipped trained.
    """
    if name_or_path == "default":
        return build_base_model(weights=shipped_weights())
    path = Path(name_or_path)
    if path.is_file() and path.suffix == ".keras":
        try:
            return keras.saving.load_model(path, compile=False, safe_mode=True)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path}: expected a network saved by Keras, which this file is not or is only in "
                f"part. Save it again with `model.save`. Keras says: {error}"
            ) from error
    if os.fspath(name_or_path) in MODELS:
        raise ValueError(
            f"colorkit ships no trained weights for {name_or_path!r}. Train it with "
            f"`colorkit train {name_or_path} --photos DIR --out RUN` and give RUN/model.keras, or "
            "use 'default'."
        )
    raise ValueError(
        "Expected 'default' or the path of an existing .keras file. "
        f"Received: {os.fspath(name_or_path)!r}"
    )


def save_weights_in_float16(model, path):
    """Saves weights at half their size, as colorkit ships them; `load_weights` reads them.

    Args:
        model: A `keras.Model`.
        path: Path ending in `.weights.h5`.
    """
    path = Path(path)
    model.save_weights(path)
    with h5py.File(path, "r") as whole:
        contents = {}
        whole.visititems(
            lambda name, item: (
                contents.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
        attributes = {name: dict(whole[name].attrs) for name in _groups(whole)}
    with h5py.File(path, "w") as halved:
        for name, values in contents.items():
            halved.create_dataset(name, data=values.astype("float16"))
        for name, attrs in attributes.items():
            halved.require_group(name).attrs.update(attrs)


def _groups(file):
    names = ["/"]
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Group) else None)
    return names


if __name__ == "__main__":
    save_weights_in_float16(load_model(sys.argv[1]), sys.argv[2])
