"""Names of temporary files, which tell whether the process that made them is still alive."""

import contextlib
import functools
import hashlib
import os
import platform
import re
import shutil
import time
import uuid
from pathlib import Path

import psutil

from colorkit.typing import StrPath

_NAME = re.compile(r"\.colorkit-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}-")
_KEPT_CHARACTERS = 24  # of the name's end: its suffixes, by which writers choose a format
_ENDED = "ZX"  # states of processes, see proc(5), for which only their parent has not asked yet
_START = 18  # place of the start in /proc/PID/stat after the state
_UNKNOWN = 0
_LONGEST_WRITE = 86400  # seconds; processes of other machines cannot be asked


def name_temporary(path: StrPath) -> Path:
    """Names a temporary file beside `path`, with its suffixes and the process that makes it."""
    path = Path(path)
    process = f"{machine_key()}-{os.getpid()}-{start_of(os.getpid())}-{uuid.uuid4().hex[:8]}"
    return path.with_name(f".colorkit-{process}-{path.name[-_KEPT_CHARACTERS:]}")


def is_temporary(name: str) -> bool:
    """Tells whether a file's name is one of these."""
    return _NAME.match(name) is not None


def remove_abandoned(folder: StrPath) -> None:
    """Removes the temporary files that processes which were killed have left in a folder.

    Those of a process that is alive stay; so do those that another machine has touched within a
    day. What cannot be removed is left.

    Args:
        folder: Path of the folder; subfolders are not searched.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            named = _NAME.match(entry.name)
            if named is not None and _is_abandoned(entry, *named.groups()):
                remove(Path(entry.path))


def remove(path: Path) -> None:
    """Removes a file or folder; what cannot be removed is left."""
    with contextlib.suppress(OSError):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _is_abandoned(entry: os.DirEntry[str], machine: str, process: str, start: str) -> bool:
    if machine != machine_key():
        with contextlib.suppress(OSError):
            return time.time() - entry.stat().st_mtime > _LONGEST_WRITE
        return False
    return start_of(int(process)) not in (int(start), _UNKNOWN)


def start_of(process: int) -> int | None:
    """Returns when a process started, which tells it from others of its number; `None` if it ended.

    On Linux in ticks since the machine's start, elsewhere in seconds since 1970, as the system has
    noted them: neither changes where the clock is set.
    """
    try:
        text = Path(f"/proc/{process}/stat").read_text(errors="replace")
    except OSError:  # Another system, or there is no such process.
        return start_in_seconds(process)
    state, *fields = text.rpartition(")")[2].split()
    return None if state in _ENDED else int(fields[_START])


def start_in_seconds(process: int) -> int | None:
    """Returns what `start_of` does, by psutil: where there is no /proc."""
    try:
        return int(psutil.Process(process).create_time())
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:  # It exists, and is another user's.
        return _UNKNOWN


@functools.cache
def machine_key() -> str:
    """Identifies the machine, or the container on it that has process numbers of its own."""
    numbers = ""
    with contextlib.suppress(OSError):
        numbers = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{platform.node()} {numbers}".encode()).hexdigest()[:8]
