"""Temporary files of processes that have ended are removed, and no others."""

import os
import time
import types

import pytest

from colorkit.io import temporary_names
from colorkit.io.temporary_names import name_temporary, remove_abandoned


@pytest.fixture
def of_another_process(monkeypatch, tmp_path):
    """Makes a temporary file in the name of another process; `None` of one that has ended."""

    def make(start, machine=None):
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: 54321)
            patch.setattr(temporary_names, "_start_of", lambda process: 1_000_000)
            if machine is not None:
                patch.setattr(temporary_names, "_machine", lambda: machine)
            path = name_temporary(tmp_path / "photo.jpg")
        path.touch()
        monkeypatch.setattr(
            temporary_names, "_start_of", lambda process: start if process == 54321 else 5
        )
        return path

    return make


@pytest.mark.parametrize(
    ("start", "stays"),
    [(1_000_000, True), (1_000_900, True), (None, False), (1_100_000, False)],
    ids=["alive", "the clock was set", "ended", "its number was given to another"],
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
    remove_abandoned(tmp_path)
    assert path.exists()
