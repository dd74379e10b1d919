"""The folder of uploads and results: for this user only, swept, and deleted with the process.

Gradio can delete by age too, but its task ends at the first file that cannot be deleted, and it
knows no limit of size.
"""

import atexit
import contextlib
import functools
import logging
import math
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from colorkit.io.temporary_names import name_temporary, remove_abandoned
from colorkit.typing import StrPath

KEPT_SECONDS = 3600
"""Uploads and results older than this are deleted."""

MIN_FILE_BYTES = 1 << 16
"""What a file counts at least, so that no number of small ones makes a sweep slow."""

_LONGEST_PAUSE = 60  # seconds

log = logging.getLogger(__name__)


class WorkFolder:
    """The folder of all pages of this process, below `GRADIO_TEMP_DIR` if that is set.

    Making one removes what pages that were killed have left, tells Gradio to keep its files there,
    and starts the sweeping. To be made before a page is built.

    Attributes:
        path: `Path` of the folder.
        max_bytes: Number, size of all files together, to which sweeps delete the oldest.
    """

    def __init__(self) -> None:
        self.path = _temporary_folder("demo", os.environ.get("GRADIO_TEMP_DIR"))
        os.environ["GRADIO_TEMP_DIR"] = str(self.path)
        self.max_bytes = math.inf
        self._permanent: frozenset[Path] = frozenset()
        self._lock = threading.Lock()
        threading.Thread(target=self._sweep_forever, name="colorkit-sweep", daemon=True).start()

    def make_job_folder(self) -> Path:
        """Sweeps, and makes a folder for the files of one job. Returns its `Path`."""
        self.sweep()
        jobs = self.path / "colorkit-jobs"
        with self._lock:
            jobs.mkdir(exist_ok=True)
            return Path(tempfile.mkdtemp(dir=jobs))

    def keep_present_files(self) -> None:
        """Exempts the files that lie there now: those that belong to the page itself."""
        self._permanent = frozenset(path for _, _, path in self._list_files())

    def sweep(self, room: int = 0) -> None:
        """Deletes what is too old, then the oldest files until the rest leaves room.

        Args:
            room: Number of bytes that shall fit in `max_bytes` besides the files that stay.
        """
        with self._lock:
            files = sorted(self._list_files(), reverse=True)
            total = room + sum(size for _, size, _ in files)
            for age, size, path in files:
                if path in self._permanent:
                    continue
                if age <= KEPT_SECONDS and total <= self.max_bytes:
                    break
                with contextlib.suppress(OSError):  # The others go all the same.
                    path.unlink()
                    total -= size
            self._delete_empty_folders()

    def _sweep_forever(self) -> None:
        while True:
            time.sleep(min(_LONGEST_PAUSE, KEPT_SECONDS / 4))
            try:
                self.sweep()
            except Exception:
                log.exception("Old files of the page could not be deleted.")

    def _list_files(self) -> list[tuple[float, int, Path]]:
        """Lists age, size and path of each file."""
        files = []
        for folder, _, names in os.walk(self.path):
            for path in (Path(folder, name) for name in names):
                with contextlib.suppress(OSError):  # Somebody else deleted it.
                    status = path.lstat()
                    files.append((_age(status), max(status.st_size, MIN_FILE_BYTES), path))
        return files

    def _delete_empty_folders(self) -> None:
        for folder, _, _ in os.walk(self.path, topdown=False):
            with contextlib.suppress(OSError):  # There is something in it.
                if _age(os.stat(folder)) > KEPT_SECONDS and folder != str(self.path):
                    os.rmdir(folder)


@functools.cache
def work_folder() -> WorkFolder:
    """Returns the `WorkFolder` of this process."""
    return WorkFolder()


@functools.cache
def samples_folder() -> Path:
    """Returns a new folder for files that stay until the process ends."""
    return _temporary_folder("samples")


def _age(status: os.stat_result) -> float:
    """Returns the age in seconds.

    Where the clock was set back, a file may be of the future: then how far, so that it is deleted
    in the end.
    """
    return abs(time.time() - status.st_mtime)


def _temporary_folder(name: str, parent: StrPath | None = None) -> Path:
    """Makes a folder for this user only, deleted with the process, or by the next page's."""
    parent = Path(parent or tempfile.gettempdir())
    parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(parent)
    folder = name_temporary(parent / name)
    folder.mkdir(mode=0o700)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
