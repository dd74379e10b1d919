"""Where the files of the shipped networks lie."""

from pathlib import Path

DEFAULT_NAME = "colorkit-base"
"""What the default network's files are called."""


def shipped_file(suffix):
    """Returns the path of a file of the default network, which need not exist.

    It lies in `models/`, inside the installed package or at the top of the repository.

    Args:
        suffix: Its suffix, such as `".weights.h5"` or `".onnx"`.
    """
    inside = Path(__file__).parents[1] / "models"
    folder = inside if inside.is_dir() else Path(__file__).parents[2] / "models"
    return folder / f"{DEFAULT_NAME}{suffix}"
