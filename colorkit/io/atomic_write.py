"""Files and folders that are written whole or not at all."""

import contextlib
import os
import shutil
import uuid
from pathlib import Path

_KEPT_CHARACTERS = 24  # of the name's end: its suffixes, by which writers choose a format


@contextlib.contextmanager
def replace_when_whole(path):
    """Gives a temporary path beside `path`, and renames it to `path` when the block ends well.

    An earlier file at `path` stays as it was until then, and for good where the block fails.
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
