"""Loads trained models: those that colorkit ships, and saved ones."""

import os
import sys

import keras

import colorkit.models.patch_discriminator  # noqa: F401  registers SpectralConv2D
from colorkit.backend.brief_errors import say_briefly
from colorkit.backend.memory import is_out_of_memory
from colorkit.models.colorkit_hints import trained_part
from colorkit.models.half_weights import halve_weights
from colorkit.models.registry import MODELS
from colorkit.models.saved_models import CONFIG_FILE, find_saved, import_hub, is_on_hub
from colorkit.models.weight_files import SHIPPED_WEIGHTS, shipped_file
from colorkit.typing import StrPath


def load_model(name_or_path: StrPath) -> keras.Model:
    """Loads a trained model.

    Args:
        name_or_path: "colorkit_base" for the model that colorkit ships, "colorkit_hints" for its
            companion that takes hints; the path of a `.keras` file, or of the folder of a training
            run, whose `model.keras` it is; or `"hf://owner/name"` for one on the Hugging Face Hub,
            as `colorkit.publish_model` puts it there. All are loaded in Keras' safe mode.

    Returns:
        A `keras.Model` from L, float32 of shape `(batch, height, width, 1)` in [0, 100]; one that
        takes hints has a second input (`colorkit.build_colorkit_hints_model`).

    Raises:
        ValueError: If there is no such file or address, it holds no model that Keras saved, or
            colorkit ships no trained weights for that name.
        MemoryError: If its weights need more memory than there is.
        OSError: If the hub cannot be reached.
        ImportError: If it is on the hub, and `huggingface_hub` is not installed.
    """
    if isinstance(name_or_path, str) and name_or_path in SHIPPED_WEIGHTS:
        return MODELS[name_or_path].builder(weights=shipped_file(".weights.h5", name_or_path))
    if is_on_hub(name_or_path):
        return _load_from_hub(name_or_path)
    if os.fspath(name_or_path) in MODELS:
        raise ValueError(
            f"colorkit ships no trained weights for {name_or_path!r}. Train it with "
            f"`colorkit train {name_or_path} --photos DIR --out RUN` and give RUN, or "
            "use 'colorkit_base'."
        )
    path = find_saved(name_or_path)
    if (path.is_file() and path.suffix == ".keras") or (path / CONFIG_FILE).is_file():
        return _load_saved(path)
    raise ValueError(
        "Expected 'colorkit_base', the path of an existing .keras file or of a run's folder, or "
        f"'hf://owner/name'. Received: {os.fspath(name_or_path)!r}"
    )


def _load_from_hub(address: str) -> keras.Model:
    errors = import_hub().errors
    try:
        return _load_saved(address, errors.HFValidationError, OSError)
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise ValueError(
            f"{address}: expected hf://owner/name of a model on the Hugging Face Hub. There is "
            "none of this name, or it is private: log in with `hf auth login` or set HF_TOKEN."
        ) from error
    except OSError as error:
        raise OSError(
            f"{address}: the Hugging Face Hub cannot be reached, or has no model of Keras "
            f"there. With a copy in a folder, give the path of that. The hub's client says: "
            f"{' '.join(str(error).split())}"
        ) from error


def _load_saved(path: StrPath, *own_errors: type[Exception]) -> keras.Model:
    """Loads what Keras saved; raises ValueError for whatever Keras raises but `own_errors`."""
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except own_errors:
        raise
    except Exception as error:  # Keras raises many kinds for files that are damaged.
        if is_out_of_memory(error):
            raise MemoryError(f"{path}: its weights need more memory than there is") from error
        raise ValueError(
            f"{path}: expected a model saved by Keras, which this file is not or is only in "
            f"part. Save it again with `model.save`. Keras says: {say_briefly(error)}"
        ) from error


def save_weights_in_float16(model: keras.Model, path: StrPath) -> None:
    """Saves weights in float16, as colorkit ships them; `load_weights` reads them.

    Of a model that takes hints, only those of the trained part (`build_colorkit_hints_model`).

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
