"""The folder of uploads and results, readable by this user only and deleted with the process.

Gradio deletes files that it has served, by age. Others are deleted here: files of jobs that failed
or were stopped, and the empty files and folders that Gradio leaves behind.
"""

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
import time
from pathlib import Path

KEPT_SECONDS = 3600
"""Uploads and results older than this are deleted."""


@functools.cache
def gradio_folder():
    """Returns the folder of Gradio's uploads and results, and configures Gradio to use it.

    It is that of the environment variable `GRADIO_TEMP_DIR`, or else a new one which is deleted
    when the process ends. To be called before a page is built.

    Returns:
        `Path` of a folder that exists.
    """
    if "GRADIO_TEMP_DIR" not in os.environ:
        os.environ["GRADIO_TEMP_DIR"] = _temporary_folder("colorkit-demo-")
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@functools.cache
def samples_folder():
    """Returns a new folder for files that stay until the process ends."""
    return Path(_temporary_folder("colorkit-samples-"))


def job_folder():
    """Makes a folder for the files of one job, and deletes those of old ones.

    Returns:
        `Path` of a folder in `gradio_folder()`.
    """
    jobs = gradio_folder() / "colorkit-jobs"
    jobs.mkdir(exist_ok=True)
    for path in filter(_is_old, jobs.iterdir()):
        shutil.rmtree(path, ignore_errors=True)
    for path in filter(_is_old, gradio_folder().iterdir()):
        with contextlib.suppress(OSError):  # A folder with something in it
            _delete_empty(path)
    return Path(tempfile.mkdtemp(dir=jobs))


def _temporary_folder(prefix):
    folder = tempfile.mkdtemp(prefix=prefix)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_old(path):
    with contextlib.suppress(FileNotFoundError):  # Somebody else deleted it
        return path.stat().st_mtime < time.time() - KEPT_SECONDS
    return False


def _delete_empty(path):
    if path.is_dir():
        path.rmdir()
    elif path.stat().st_size == 0:
        path.unlink()
