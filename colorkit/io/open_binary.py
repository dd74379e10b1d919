"""Opens files by their paths, of this machine or of an object store."""

from __future__ import annotations

import os
from typing import IO, Any


def is_local(path: Any) -> bool:
    """Tells whether a path is of this machine's file system, no `upath.UPath` of another."""
    return isinstance(path, (str, os.PathLike))


def open_binary(path: Any) -> IO[bytes]:
    """Opens a file for reading.

    Args:
        path: A path, or an object with a method `open` such as a `upath.UPath`.

    Returns:
        A binary file.

    Raises:
        OSError: If it cannot be opened.
    """
    return open(path, "rb") if is_local(path) else path.open("rb")
