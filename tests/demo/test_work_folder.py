"""The folder of uploads and results."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import colorkit
from colorkit.demo import work_folder


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Gradio's folder, chosen by whoever started the process."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    work_folder.gradio_folder.cache_clear()
    yield tmp_path / "gradio"
    work_folder.gradio_folder.cache_clear()


def make(path, content=b"", age=0):
    """Makes a file, or a folder where there is no content, of an age in seconds."""
    if content is None:
        path.mkdir()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_the_folder_may_be_chosen(folder):
    assert work_folder.gradio_folder() == folder
    assert folder.is_dir()


def test_each_job_has_a_folder_that_only_its_user_can_read(folder):
    jobs = {work_folder.job_folder() for _ in range(3)}
    assert len(jobs) == 3
    assert all(path.is_relative_to(folder) and path.stat().st_mode & 0o77 == 0 for path in jobs)


def test_old_jobs_and_what_gradio_leaves_empty_are_deleted(folder):
    old = work_folder.KEPT_SECONDS + 60
    job = work_folder.job_folder()
    make(job / "colorkit.zip", b"half")
    os.utime(job, (time.time() - old,) * 2)
    young_job = work_folder.job_folder()
    assert not job.exists() and young_job.exists()

    kept = [
        make(folder / "young-empty"),
        make(folder / "young-empty-folder", None),
        make(folder / "old-file", b"x", old),
        make(folder / "upload" / "photo.jpg", b"x", old),
        young_job,
    ]
    os.utime(folder / "upload", (time.time() - old,) * 2)
    deleted = [
        make(folder / "old-empty", age=old),
        make(folder / "old-empty-folder", None, old),
    ]
    work_folder.job_folder()
    assert [path for path in kept if not path.exists()] == []
    assert [path for path in deleted if path.exists()] == []


def test_everything_ends_with_the_process(tmp_path):
    code = (
        "from colorkit.demo import work_folder as w; "
        "(w.job_folder() / 'a').write_text('x'); (w.samples_folder() / 'b').write_text('x'); "
        "import os; print(os.environ['GRADIO_TEMP_DIR'], w.samples_folder())"
    )
    environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    environment |= {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(colorkit.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    folders = done.stdout.split()
    assert len(folders) == 2 and all(Path(each).parent == tmp_path for each in folders)
    assert list(tmp_path.iterdir()) == []
