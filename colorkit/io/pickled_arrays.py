"""Reads pickled NumPy arrays safely: nothing else that a pickle could build is built."""

import pickle
from typing import Any

import numpy as np

from colorkit.typing import StrPath

# NumPy's own names, those of before version 2 among them.
_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


def read_pickled_arrays(path: StrPath) -> dict[str, Any]:
    """Reads a pickle of nested dicts of NumPy arrays.

    Any class but NumPy's arrays is refused by its name, before it is imported, so that a malicious
    file cannot run code.

    Args:
        path: Path of the file.

    Returns:
        Dict from strings to arrays and further dicts.

    Raises:
        ValueError: If the file holds anything else.
        OSError: If it cannot be read.
    """
    with open(path, "rb") as file:
        try:
            content = _ArrayUnpickler(file).load()
        except Exception as error:  # broken pickles raise any
            raise ValueError(
                f"{path}: expected a pickle of dicts of NumPy arrays. Received another file: "
                f"{error}"
            ) from error
    if not _holds_arrays(content):
        raise ValueError(f"{path}: expected dicts of numeric NumPy arrays. Received other values.")
    return content


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _holds_arrays(content: object) -> bool:
    if isinstance(content, dict):
        return all(isinstance(key, str) for key in content) and all(
            map(_holds_arrays, content.values())
        )
    return isinstance(content, np.ndarray) and content.dtype.kind in "fiu"
