"""Files by their addresses: paths of this machine, and what fsspec reads, such as `s3://`.

Reading and writing are tried again where an object store answers with an error or not in time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tenacity

from colorkit.io.atomic_write import replace_when_whole, write_whole
from colorkit.io.open_binary import is_local

# A file appears there when all of it has arrived, and a rename is a copy.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "hf", "memory"}

keep_trying = tenacity.retry(
    retry=tenacity.retry_if_exception(
        lambda error: (
            isinstance(error, OSError)
            and not isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError))
        )
    ),
    stop=tenacity.stop_after_attempt(5),
    wait=tenacity.wait_random_exponential(multiplier=0.2, max=20),
    reraise=True,
)
"""Decorator of what asks a store, which is asked again where it has an error."""


def open_place(address: str) -> Path:
    """Returns the path that an address means.

    Args:
        address: Path, or the URL of a file or folder, as `"s3://bucket/album"`.

    Returns:
        `pathlib.Path`, absolute; or a `upath.UPath`, which has what is used of one.

    Raises:
        ValueError: If no installed package reads such addresses.
        ImportError: If universal-pathlib is not installed.
    """
    if "://" not in address:
        return Path(os.path.abspath(address))
    try:
        from upath import UPath
    except ImportError as error:
        raise ImportError(
            f"Addresses such as {address} need universal-pathlib, which "
            "pip install 'colorkit-keras[ray]' brings, or give a path.",
            name="upath",
        ) from error
    try:
        place: Any = UPath(address.rstrip("/"))
        place.fs  # noqa: B018  # imports what reads it
    except (ImportError, ValueError) as error:
        raise ValueError(
            f"Cannot reach {address}: {error}. Expected a path, or an address that fsspec reads, "
            "such as s3:// (pip install s3fs) or gs:// (pip install gcsfs)."
        ) from error
    return place


@keep_trying
def read_bytes(path: Path) -> bytes:
    """Returns the content of a file, tried again where the store has an error."""
    return path.read_bytes()


@keep_trying
def is_there(path: Path) -> bool:
    """Tells whether there is a file, also where its store has errors now and then."""
    return os.path.isfile(path) if is_local(path) else path.is_file()


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file so that no other process sees a part of it.

    Args:
        path: Path of the file; folders are made.
        data: Its content.

    Raises:
        OSError: If it cannot be written.
    """
    if is_local(path):
        write_whole(path, data)
        return
    place: Any = path
    with _renamed(place) as written:
        keep_trying(place.fs.pipe_file)(written, data)


@contextlib.contextmanager
def write_file(path: Path) -> Iterator[Path]:
    """Yields the path of a temporary file, which takes the place of `path` when it is whole.

    Args:
        path: Path of the file; folders are made. For one elsewhere, the temporary file lies in
            this machine's folder for those.

    Yields:
        `pathlib.Path`.

    Raises:
        OSError: If it cannot be written.
    """
    if is_local(path):
        with replace_when_whole(path) as temporary:
            yield temporary
        return
    place: Any = path
    folder = Path(tempfile.mkdtemp(prefix="colorkit-"))
    try:
        temporary = folder / place.name
        yield temporary
        with _renamed(place) as written:
            keep_trying(place.fs.put_file)(str(temporary), written)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _renamed(place: Any) -> Iterator[str]:
    """Yields the path to write to: in an object store the file's own."""
    if place.protocol in _OBJECT_STORES:
        yield place.path
        return
    place.fs.makedirs(place.parent.path, exist_ok=True)
    temporary = place.with_name(f".colorkit-{uuid.uuid4().hex[:8]}-{place.name}").path
    try:
        yield temporary
        place.fs.mv(temporary, place.path)
    except BaseException:
        with contextlib.suppress(OSError):
            place.fs.rm_file(temporary)
        raise
