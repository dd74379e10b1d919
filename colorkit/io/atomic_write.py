"""Atomic writes of files and folders."""

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from colorkit.io.temporary_names import name_temporary, remove, remove_abandoned
from colorkit.typing import StrPath

_END_BYTES = 4096
_CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}  # on some network disks

_swept: set[str] = set()
_lock = threading.Lock()


@contextlib.contextmanager
def replace_when_whole(path: StrPath) -> Iterator[Path]:
    """Yields a temporary path beside `path`, and renames it to `path` when the block succeeds.

    An existing file at `path` is unchanged until then, and if the block fails. What was written is
    on the disk before it is renamed. Missing folders are made; what runs that were killed have left
    in the folder is removed.

    Args:
        path: Path of the file to make; or of a folder, where there is none yet.

    Yields:
        `Path` of a file or folder that does not exist yet, with the suffixes of `path`.

    Raises:
        OSError: If it cannot be written, or `path` is a device, pipe or socket, which a file would
            replace for good; it names `path`, whatever it was that failed.
    """
    path = Path(path)
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not (path.is_file() or path.is_dir()):
        reason = "a device, pipe or socket, which would be replaced: name a file"
        raise OSError(errno.EINVAL, reason, str(path))
    with _naming(path.parent, path):
        path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    temporary = name_temporary(path)
    try:
        with _naming(temporary, path):
            yield temporary
            _sync(temporary)
            os.replace(temporary, path)
    except BaseException:
        remove(temporary)
        raise


@contextlib.contextmanager
def _naming(tried: Path, path: Path) -> Iterator[None]:
    """Lets errors about `tried` name `path`, which is what the caller knows."""
    try:
        yield
    except OSError as error:
        if str(error.filename) == str(tried):
            error.filename, error.filename2 = str(path), None
            if isinstance(error, FileExistsError):
                error.strerror = "A file is where its folder should be"
        raise


def write_whole(path: StrPath, data: bytes) -> None:
    """Writes a file atomically, and reads its end back before it takes the place of `path`.

    Args:
        path: Path of the file.
        data: Its content, as bytes.

    Raises:
        OSError: If it cannot be written, or is not on the disk as it was written.
    """
    with replace_when_whole(path) as temporary:
        temporary.write_bytes(data)
        with open(temporary, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _END_BYTES))
            if size != len(data) or file.read() != data[-_END_BYTES:]:
                raise OSError(errno.EIO, "the disk does not hold what was written to it", str(path))


def _sweep(folder: Path) -> None:
    """Removes what dead runs left, once for each folder, since it costs a look at all names."""
    real = os.path.realpath(folder)
    with _lock:
        if real not in _swept:
            _swept.add(real)
            remove_abandoned(real)


def _sync(path: Path) -> None:
    for file in path.rglob("*") if path.is_dir() else [path]:
        if file.is_file():
            with open(file, "r+b") as stream:
                try:
                    os.fsync(stream.fileno())
                except OSError as error:
                    if error.errno not in _CANNOT_SYNC:
                        raise
