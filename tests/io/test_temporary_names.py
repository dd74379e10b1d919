"""Temporary files of processes that have ended are removed, and no others."""

import os
import subprocess
import sys
import time
import types

import pytest
from command_line import ENVIRONMENT

from colorkit.io import temporary_names
from colorkit.io.temporary_names import name_temporary, remove_abandoned


@pytest.fixture
def of_another_process(monkeypatch, tmp_path):
    """Makes a temporary file in the name of another process; `None` of one that has ended."""

    def make(start, machine=None):
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: 54321)
            patch.setattr(temporary_names, "start_of", lambda process: 1_000_000)
            if machine is not None:
                patch.setattr(temporary_names, "machine_key", lambda: machine)
            path = name_temporary(tmp_path / "photo.jpg")
        path.touch()
        monkeypatch.setattr(
            temporary_names, "start_of", lambda process: start if process == 54321 else 5
        )
        return path

    return make


@pytest.mark.parametrize(
    ("start", "stays"),
    [(1_000_000, True), (None, False), (1_000_001, False)],
    ids=["alive", "ended", "its number was given to another"],
)
def test_files_of_this_machine(of_another_process, tmp_path, start, stays):
    path = of_another_process(start)
    remove_abandoned(tmp_path)
    assert path.exists() == stays


@pytest.mark.parametrize(("hours", "stays"), [(1, True), (25, False)])
def test_files_of_another_machine_stay_for_a_day(of_another_process, tmp_path, hours, stays):
    path = of_another_process(None, machine="0123abcd")
    os.utime(path, (time.time() - 3600 * hours,) * 2)
    remove_abandoned(tmp_path)
    assert path.exists() == stays


def test_other_files_stay(tmp_path):
    names = (".colorkit.jsonl", ".colorkit-clip.mp4-parts", ".hidden", "photo.jpg")
    for name in names:
        (tmp_path / name).touch()
    own = name_temporary(tmp_path / "photo.jpg")
    own.touch()
    remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*names, own.name}


def test_a_folder_that_cannot_be_listed_is_left(tmp_path):
    remove_abandoned(tmp_path / "missing")


def test_a_process_of_another_user_is_alive(monkeypatch, tmp_path):
    def deny(process):
        raise temporary_names.psutil.AccessDenied(process)

    path = name_temporary(tmp_path / "photo.jpg")
    path.touch()
    fake = types.SimpleNamespace(create_time=lambda: deny(1))
    monkeypatch.setattr(temporary_names.psutil, "Process", lambda process: fake)
    monkeypatch.setattr(temporary_names, "start_of", temporary_names.start_in_seconds)
    remove_abandoned(tmp_path)
    assert path.exists()


def test_setting_the_clock_makes_no_living_process_look_ended(monkeypatch, tmp_path):
    """psutil adds the time of the machine's start, which Linux counts back from the clock."""
    path = name_temporary(tmp_path / "photo.jpg")
    path.touch()
    create_time = temporary_names.psutil.Process.create_time
    if sys.platform == "linux":
        monkeypatch.setattr(
            temporary_names.psutil.Process, "create_time", lambda self: create_time(self) - 1e6
        )
    remove_abandoned(tmp_path)
    assert path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="Processes that ended stay listed")
def test_a_process_whose_end_nobody_has_asked_for_has_ended(tmp_path):
    script = (
        "import sys; from colorkit.io.temporary_names import name_temporary; "
        "name_temporary(sys.argv[1] + '/photo.jpg').touch()"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], env=ENVIRONMENT)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert len(os.listdir(tmp_path)) == 1
    remove_abandoned(tmp_path)
    assert os.listdir(tmp_path) == []
    process.wait()
