"""Where saved models lie: in files, folders, on the Hugging Face Hub; imports no Keras."""

from pathlib import Path
from typing import Any, TypeGuard

from colorkit.typing import StrPath

HUB = "hf://"
"""What the address of a model on the Hugging Face Hub begins with: `hf://owner/name`."""

MODEL_FILE = "model.keras"
"""The trained model in a run's folder."""

BEST_FILE = "best.keras"
"""The model of the best epoch so far in a run's folder."""

CONFIG_FILE = "config.json"
"""In a folder that Keras saved without zipping it, as on the hub."""


def is_on_hub(model: object) -> TypeGuard[str]:
    """Whether a model is given by an address on the Hugging Face Hub."""
    return isinstance(model, str) and model.startswith(HUB)


def find_saved(path: StrPath) -> Path:
    """Finds the saved model that a path stands for.

    Args:
        path: Path of a file, of the folder of a training run, or of a folder that Keras saved.

    Returns:
        `Path`: the run's `model.keras`, or else `path`, whether or not there is something.

    Raises:
        ValueError: If it is the folder of a run that has not ended.
    """
    path = Path(path)
    if (path / MODEL_FILE).is_file():
        return path / MODEL_FILE
    if (path / BEST_FILE).is_file():
        raise ValueError(
            f"{path}: this run has not ended, so there is no {MODEL_FILE} yet. The command that "
            f"started it resumes it; {path / BEST_FILE} is the model of its best epoch so far."
        )
    return path


def import_hub() -> Any:
    """Imports `huggingface_hub`.

    Raises:
        ImportError: If it is not installed; the message says how to install it.
    """
    try:
        import huggingface_hub.errors
    except ImportError as error:
        raise ImportError(
            "Models on the Hugging Face Hub are read and written by huggingface_hub; install it "
            "with pip install huggingface_hub."
        ) from error
    return huggingface_hub
