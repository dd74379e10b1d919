"""Where the files of the shipped networks lie."""

from pathlib import Path

DEFAULT_NAME = "colorkit-base"
"""What the default network's files are called."""

HINTS_NAME = "colorkit-hints"
"""What the files of its companion for hints are called."""


def shipped_file(suffix, name=DEFAULT_NAME):
    """Returns the path of a file of a shipped network, which need not exist.

    It lies in `models/`, inside the installed package or at the top of the repository.

    Args:
        suffix: Its suffix, such as `".weights.h5"` or `".onnx"`.
        name: `DEFAULT_NAME` or `HINTS_NAME`.
    """
    inside = Path(__file__).parents[1] / "weights"
    folder = inside if inside.is_dir() else Path(__file__).parents[2] / "models"
    return folder / f"{name}{suffix}"
