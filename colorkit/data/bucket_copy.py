"""Copies of photographs that lie in an object store, such as `s3://`, on this machine's disk.

Training reads photographs at random, many times: a copy is read at the speed of the disk, costs one
request a file, and serves runs that follow.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from colorkit.data.survey_cache import cache_folder
from colorkit.io.atomic_write import replace_when_whole
from colorkit.io.photo import PhotoError
from colorkit.io.places import keep_trying, open_place
from colorkit.io.temporary_names import is_temporary
from colorkit.typing import StrPath

FOLDER = "buckets"
"""Name of the folder of the copies, in that of colorkit's caches."""

_TOGETHER = 8  # files that are copied at the same time


def copy_here(address: str, folder: StrPath | None = None) -> Path:
    """Copies a file or a folder from an object store, but for what is here already.

    Files of the same size and time of change are; what the store no longer has is removed from
    the copy. Several processes may copy at once.

    Args:
        address: URL that fsspec reads, such as `"s3://bucket/photos"`.
        folder: Where copies lie, one below the other; `None` for the folder `FOLDER` of
            colorkit's caches, which `COLORKIT_CACHE` names.

    Returns:
        `Path` of the copy.

    Raises:
        PhotoError: If there is nothing at the address, or it cannot be read.
        ValueError: If no installed package reads such addresses.
        ImportError: If universal-pathlib is not installed.
    """
    place: Any = open_place(address)
    own = hashlib.sha256(str(place).encode()).hexdigest()[:16]
    copy = Path(folder or cache_folder() / FOLDER) / own / place.name
    try:
        found = keep_trying(place.fs.find)(place.path)
        with ThreadPoolExecutor(_TOGETHER) as threads:
            copied = set(threads.map(lambda path: _copy_file(place, path, copy), found))
    except Exception as error:  # Clients of stores have errors of their own.
        raise PhotoError(
            f"{address}: cannot be copied to {copy} ({str(error) or type(error).__name__}). Check "
            "the address, the rights to read it, the connection and the free space."
        ) from error
    if not found:
        raise PhotoError(f"{address}: expected a folder or tar of photographs, found nothing.")
    for file in copy.rglob("*"):
        if file not in copied and file.is_file() and not is_temporary(file.name):
            file.unlink(missing_ok=True)
    return copy


def _copy_file(place: Any, path: str, copy: Path) -> Path:
    inside = path.removeprefix(place.fs._strip_protocol(place.path)).strip("/")
    if ".." in Path(inside).parts:
        raise ValueError(f"{path} leads out of the folder")
    target = copy / inside if inside else copy
    size = keep_trying(place.fs.size)(path)
    changed = _seconds(keep_trying(place.fs.modified)(path))
    if target.is_file():
        status = target.stat()
        if (status.st_size, status.st_mtime) == (size, changed):
            return target
    with replace_when_whole(target) as temporary:
        keep_trying(place.fs.get_file)(path, str(temporary))
        os.utime(temporary, (changed, changed))
    return target


def _seconds(changed: datetime.datetime) -> int:
    return int(changed.timestamp())
