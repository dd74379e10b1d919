"""A data set whose build was stopped resumes; one that is finished is left alone."""

import functools
import itertools
import os
import signal
import subprocess
import sys
import time
import types

import pytest
from drawn_dataset import DROPPED, GOOD, draw_photos, tree
from drawn_photos import draw_photo, save_photo

from colorkit.data import build, build_pair, build_workers
from colorkit.data.build import build_dataset

pytestmark = pytest.mark.usefixtures("quick_histogram")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return draw_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def built(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "dataset"
    return out, build_dataset(photos, out, size=32, workers=1)


class Stopped(BaseException):
    """What Ctrl-C does, at a chosen moment."""


def stop_after(calls, function):
    counter = itertools.count(1)

    def wrapper(*arguments, **options):
        if next(counter) > calls:
            raise Stopped
        return function(*arguments, **options)

    return wrapper


@pytest.mark.parametrize(
    ("module", "name", "calls"),
    [
        (build, "prepare_photo", 0),
        (build, "prepare_photo", 25),
        (build_pair, "write_whole", 31),
        (build_workers, "find_originals", 0),
        (build, "split_photos", 0),
        (os, "replace", 90),
        (os, "replace", 130),
        (build, "write_manifest", 0),
        (build, "draw_ab_histogram", 0),
        (os, "replace", 163),
        (build.shutil, "rmtree", 0),
    ],
)
def test_a_stopped_build_resumes_to_the_same_bytes(
    module, name, calls, built, photos, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(module, name, stop_after(calls, getattr(module, name)))
        with pytest.raises(Stopped):
            build_dataset(photos, out, size=32, workers=2)
    report = build_dataset(photos, out, size=32, workers=2)
    assert tree(out) == tree(built[0])
    assert (report.kept, report.dropped) == (built[1].kept, built[1].dropped)


class AtLast:
    """A pool of threads that does nothing ahead of what is asked for."""

    def __init__(self, *_):
        pass

    def submit(self, function, *arguments):
        return types.SimpleNamespace(result=functools.partial(function, *arguments))

    def shutdown(self, **_):
        pass


def test_what_was_done_before_a_stop_is_not_done_again(photos, tmp_path, monkeypatch):
    done = []
    real = build.prepare_photo

    def count(member, data, **options):
        done.append(member.name)
        return real(member, data, **options)

    monkeypatch.setattr(build_workers, "ThreadPoolExecutor", AtLast)
    monkeypatch.setattr(build, "prepare_photo", stop_after(30, count))
    with pytest.raises(Stopped):
        build_dataset(photos, tmp_path / "out", size=32, workers=1)
    monkeypatch.setattr(build, "prepare_photo", count)
    build_dataset(photos, tmp_path / "out", size=32, workers=1)
    assert len(done) == len(set(done)) == GOOD + sum(DROPPED.values()) - DROPPED["refused"]


@pytest.mark.slow
def test_a_killed_build_resumes_to_the_same_bytes(built, photos, tmp_path):
    script = (
        "import sys, time\n"
        "from colorkit.data import build\n"
        "real = build.prepare_photo\n"
        "def slow(*arguments, **options):\n"
        "    time.sleep(0.05)\n"
        "    return real(*arguments, **options)\n"
        "build.prepare_photo = slow\n"
        "build.build_dataset(sys.argv[1], sys.argv[2], size=32, workers=2)\n"
    )
    out = tmp_path / "out"
    process = subprocess.Popen([sys.executable, "-c", script, str(photos), str(out)])
    try:
        limit = time.monotonic() + 60
        while len(list(out.glob(".building/pairs/color/*.png"))) < 12:
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (out / "manifest.csv").exists()
    build_dataset(photos, out, size=32)
    assert tree(out) == tree(built[0])


def test_a_full_disk_stops_the_build_which_can_resume(built, photos, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(build_pair, "write_whole", fail)
        with pytest.raises(OSError, match="No space left"):
            build_dataset(photos, tmp_path / "out", size=32)
    build_dataset(photos, tmp_path / "out", size=32)
    assert tree(tmp_path / "out") == tree(built[0])


def test_a_source_that_changed_meanwhile_is_prepared_again(tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    for number in range(6):
        save_photo(folder / f"{number}.png", draw_photo(number))
    with monkeypatch.context() as patch:
        patch.setattr(build_workers, "find_originals", stop_after(0, None))
        with pytest.raises(Stopped):
            build_dataset(folder, tmp_path / "out", size=32)
    (folder / "0.png").unlink()
    save_photo(folder / "1.png", draw_photo(50, 50, 60))
    save_photo(folder / "6.png", draw_photo(6))
    build_dataset(folder, tmp_path / "out", size=32)
    build_dataset(folder, tmp_path / "fresh", size=32)
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


def test_an_unfinished_data_set_of_other_settings_is_an_error(photos, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(build_workers, "find_originals", stop_after(0, None))
        with pytest.raises(Stopped):
            build_dataset(photos, tmp_path / "out", size=32)
    with pytest.raises(ValueError, match="unfinished build with another seed. Give the same"):
        build_dataset(photos, tmp_path / "out", size=32, seed=5)


def test_two_builds_of_one_folder_at_a_time_are_an_error(photos, tmp_path):
    def build_again(*_):
        with pytest.raises(ValueError, match="Another build is at work in .*out"):
            build_dataset(photos, tmp_path / "out", size=32)
        raise Stopped

    with pytest.raises(Stopped):
        build_dataset(photos, tmp_path / "out", size=32, on_progress=build_again)


def test_a_finished_data_set_is_left_alone(built, photos):
    out, report = built
    before = tree(out)
    again = build_dataset(photos, out, size=32)
    assert again.was_built and (again.kept, again.dropped) == (report.kept, report.dropped)
    assert again.summary() == f"{out} holds this data set already."
    assert tree(out) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 30}, "data set with another size and min_side. Give another folder"),
        ({"seed": 1, "fit": "pad"}, "data set with another fit and seed"),
    ],
)
def test_another_data_set_does_not_replace_a_finished_one(changes, message, built, photos):
    with pytest.raises(ValueError, match=message):
        build_dataset(photos, built[0], **{"size": 32, **changes})


def test_other_photographs_do_not_replace_a_finished_data_set(built, photos):
    with pytest.raises(ValueError, match="data set with another number of photographs"):
        build_dataset(photos / "0", built[0], size=32)
