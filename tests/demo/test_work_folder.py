"""The folder of uploads and results."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import colorkit
from colorkit.demo import work_folder
from colorkit.demo.work_folder import KEPT_SECONDS, MIN_FILE_BYTES, WorkFolder

OLD = KEPT_SECONDS + 60


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A folder below one that was chosen by whoever started the process."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    return WorkFolder()


def make(path, content=b"x", age=0):
    """Makes a file, or a folder where there is no content, of an age in seconds."""
    path.parent.mkdir(exist_ok=True, parents=True)
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_it_lies_where_gradio_keeps_its_files_and_nobody_elses(folder, tmp_path):
    assert folder.path.parent == tmp_path / "gradio"
    assert os.environ["GRADIO_TEMP_DIR"] == str(folder.path)
    assert folder.path.stat().st_mode & 0o77 == 0


def test_each_job_has_a_folder_that_only_its_user_can_read(folder):
    jobs = {folder.make_job_folder() for _ in range(3)}
    assert len(jobs) == 3
    assert all(path.is_relative_to(folder.path) for path in jobs)
    assert all(path.stat().st_mode & 0o77 == 0 for path in jobs)


def test_whatever_is_old_is_deleted_and_what_belongs_to_the_page_stays(folder):
    sample = make(folder.path / "hash" / "sample.png", age=OLD)
    folder.keep_present_files()
    job = make(folder.make_job_folder() / "colorkit.zip", age=OLD)
    upload = make(folder.path / "upload" / "photo.jpg", age=OLD)
    os.utime(upload.parent, (time.time() - OLD,) * 2)
    empty = make(folder.path / "empty", None, OLD)
    young = [make(folder.path / "upload" / "new.jpg"), make(folder.path / "young", None)]
    folder.sweep()
    assert [path for path in (job, upload, empty) if path.exists()] == []
    assert [path for path in (sample, *young) if not path.exists()] == []


def test_a_clock_that_was_set_back_keeps_nothing_for_longer(folder):
    """What was written before lies in the future then."""
    early = make(folder.path / "upload" / "photo.jpg", age=-OLD)
    late = make(folder.path / "late.jpg", age=-60)
    folder.sweep()
    assert not early.exists() and late.exists()


def test_a_file_that_cannot_be_deleted_keeps_no_other(folder, monkeypatch):
    stubborn, other = (
        make(folder.path / name, age=OLD + age) for name, age in (("stubborn", 1), ("other", 0))
    )
    unlink = Path.unlink

    def refuse(self, **options):
        if self == stubborn:
            raise IsADirectoryError(self)
        unlink(self, **options)

    monkeypatch.setattr(Path, "unlink", refuse)
    folder.sweep()
    assert stubborn.exists() and not other.exists()


def test_the_oldest_go_where_there_are_too_many(folder):
    size = 3 * MIN_FILE_BYTES
    files = [make(folder.path / str(n), bytes(size), age=100 - n) for n in range(5)]
    folder.max_bytes = 3 * size
    folder.sweep()
    assert [path.exists() for path in files] == [False, False, True, True, True]
    folder.sweep(room=1)
    assert [path.exists() for path in files] == [False, False, False, True, True]


def test_what_belongs_to_the_page_counts_but_stays(folder):
    own = make(folder.path / "own.png", bytes(3 * MIN_FILE_BYTES), age=40)
    folder.keep_present_files()
    older, newer = (
        make(folder.path / name, bytes(2 * MIN_FILE_BYTES), age)
        for name, age in (("older.png", 30), ("newer.png", 20))
    )
    folder.max_bytes = 6 * MIN_FILE_BYTES
    folder.sweep()
    assert own.exists() and newer.exists() and not older.exists()


def test_many_small_files_count_too(folder):
    files = [make(folder.path / str(n), b"x", age=100 - n) for n in range(10)]
    folder.max_bytes = 4 * MIN_FILE_BYTES
    folder.make_job_folder()
    assert [path.exists() for path in files] == [False] * 6 + [True] * 4


def test_it_is_swept_without_being_asked(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(work_folder, "KEPT_SECONDS", 0.2)
    path = make(WorkFolder().path / "photo.jpg")
    end = time.time() + 20
    while path.exists() and time.time() < end:
        time.sleep(0.05)
    assert not path.exists()


def test_everything_ends_with_the_process(tmp_path):
    code = (
        "from colorkit.demo import work_folder as w; folder = w.work_folder(); "
        "(folder.make_job_folder() / 'a').write_text('x'); (w.samples_folder() / 'b').touch(); "
        "print(folder.path, w.samples_folder())"
    )
    environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    environment |= {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(colorkit.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    folders = done.stdout.split()
    assert len(folders) == 2 and all(Path(each).parent == tmp_path for each in folders)
    assert list(tmp_path.iterdir()) == []


def test_what_a_page_that_was_killed_left_goes_with_the_next(tmp_path):
    """That of a page that is alive stays."""
    code = (
        "from colorkit.demo import work_folder as w; folder = w.work_folder(); "
        "(folder.make_job_folder() / 'a').write_text('x'); (w.samples_folder() / 'b').touch(); "
        "print(folder.path, flush=True); input()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    environment |= {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(colorkit.__file__).parents[1])}

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return process, Path(process.stdout.readline().strip())

    killed, left = start()
    alive, own = start()
    assert left.exists() and own.exists()
    killed.kill()
    killed.communicate()
    assert left.exists()
    last, _ = start()
    assert not left.exists() and own.exists() and len(list(tmp_path.iterdir())) == 4
    for process in (alive, last):
        process.communicate("")
    assert list(tmp_path.iterdir()) == []
