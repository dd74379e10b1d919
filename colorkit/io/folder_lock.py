"""A lock that keeps a second process out of a folder; the end of the process releases it."""

import contextlib
import datetime
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import filelock

from colorkit.io.atomic_write import replace_when_whole
from colorkit.typing import StrPath

LOCK, HOLDER = ".colorkit.lock", ".colorkit.lock-holder"
"""Names of the lock, which stays as an empty file, and of the note on who holds it."""


@contextlib.contextmanager
def hold_folder(folder: StrPath, *, is_temporary: bool = False) -> Iterator[None]:
    """Holds a folder for the work of this process.

    Args:
        folder: Path of the folder; made if missing, and removed again if nothing was written to it.
        is_temporary: Whether one that was there already is removed too, if nothing is left in it.

    Raises:
        ValueError: If another process holds it; the message names that.
    """
    folder = Path(folder)
    is_temporary = is_temporary or not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise ValueError(
            f"{folder} is in use by {_read_holder(folder)}. Let it finish, end it, or give another "
            "folder."
        ) from None
    try:
        with replace_when_whole(folder / HOLDER) as temporary:  # A link there leads nowhere.
            temporary.write_text(_describe_process(), encoding="utf-8")
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()
        if is_temporary and [path.name for path in folder.iterdir()] in ([LOCK], []):
            with contextlib.suppress(OSError):  # Another process has come.
                (folder / LOCK).unlink(missing_ok=True)
                folder.rmdir()


def _describe_process() -> str:
    now = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
    return f"process {os.getpid()} on {platform.node() or 'this machine'} since {now}"


def _read_holder(folder: Path) -> str:
    with contextlib.suppress(OSError):
        if text := (folder / HOLDER).read_text(encoding="utf-8", errors="replace"):
            return text
    return "another process"
