"""Atomic writes of files and folders."""

import contextlib
import os
import shutil
import uuid
from pathlib import Path

_KEPT_CHARACTERS = 24  # of the name's end: its suffixes, by which writers choose a format


@contextlib.contextmanager
def replace_when_whole(path):
    """Yields a temporary path beside `path`, and renames it to `path` when the block succeeds.

    An existing file at `path` is unchanged until then, and if the block fails.
    Missing folders are made.

    Args:
        path: Path of the file to make; or of a folder, where there is none yet.

    Yields:
        `Path` of a file or folder that does not exist yet, with the suffixes of `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = path.name[-_KEPT_CHARACTERS:]
    temporary = path.with_name(f".colorkit-{uuid.uuid4().hex}-{ending}")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink()
        raise
