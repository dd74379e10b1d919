"""Files made to hurt, given to the command line: one line that names the file, within seconds."""

import gzip
import json
import time
from pathlib import Path

import numpy as np
import pytest
from command_line import run, stub_colorizer
from drawn_files import pillow_file, random_pixels

from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

SECONDS = 20  # much more than any of these takes; without bounds they take minutes


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    stub_colorizer(monkeypatch, tmp_path)
    write_photo("photo.png", Photo(random_pixels((40, 60, 3))))
    return tmp_path


@pytest.fixture
def quickly():
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < SECONDS


def scans():
    data = pillow_file(np.full((2000, 2000), 90, "uint8"), "JPEG", progressive=True)
    last = data[data.rfind(b"\xff\xc4", 0, data.rfind(b"\xff\xda")) : -2]
    return data[:-2] + last * 20_000 + data[-2:]


HINTS = {
    "deep": "[" * 200_000 + "]" * 200_000,
    "huge": '[{"x": ' + "9" * 400 + ', "y": 1, "color": "#ffffff"}]',
    "digits": '[{"x": ' + "9" * 5000 + ', "y": 1, "color": "#ffffff"}]',
    "many": json.dumps({f"n{k}.jpg": [] for k in range(100_000)}),
    "twice": '{"photo.png": [], "photo.png": []}',
    "cut": '[{"x": 1, "y"',
    "bytes": "\udcff",
}


@pytest.mark.parametrize("name", HINTS)
def test_hints(name, capfd, quickly):
    Path("h.json").write_text(HINTS[name], encoding="utf-8", errors="surrogateescape")
    assert run("colorize", "photo.png", "-o", "out.png", "--hints", "h.json") == 2
    check(capfd, "n0.jpg" if name == "many" else "h.json")
    assert not Path("out.png").exists()


def test_a_jpeg_of_very_many_scans(capfd, quickly):
    Path("scans.jpg").write_bytes(scans())
    assert run("colorize", "scans.jpg", "photo.png", "-o", "out/") == 1
    check(capfd, "scans.jpg: expected a JPEG of at most")
    assert Path("out/photo.png").exists()


DATA_SETS = {
    "cut": '{"settings": {"fo',
    "a list": "[]",
    "deep": "[" * 200_000,
    "others": '{"settings": [], "counts": 7}',
    "wrong counts": '{"settings": {"format": "folder"}, "counts": {"kept": {"a": []}}}',
}


@pytest.mark.parametrize("name", DATA_SETS)
def test_descriptions_of_data_sets(name, capfd):
    Path("photos").mkdir()
    write_photo("photos/a.png", Photo(random_pixels((40, 60, 3))))
    Path("set").mkdir()
    Path("set/colorkit-dataset.json").write_text(DATA_SETS[name])
    assert run("dataset", "build", "photos", "--out", "set", "--size", "32") == 2
    check(capfd, "colorkit-dataset.json")


def test_records_of_a_build_that_are_no_database(capfd):
    Path("set/.building").mkdir(parents=True)
    Path("set/.building/findings.sqlite").write_text("no database at all " * 99)
    Path("photos").mkdir()
    write_photo("photos/a.png", Photo(random_pixels((40, 60, 3))))
    assert run("dataset", "build", "photos", "--out", "set", "--size", "32") == 2
    check(capfd, "findings.sqlite")


LISTS = {
    "long.csv": b"url,x\nhttp://127.0.0.1/" + b"a" * 200_000 + b",1\n",
    "cut.txt.gz": gzip.compress(b"http://127.0.0.1/a.jpg\n" * 9999)[:-20],
    "none.txt.gz": b"no gzip",
    "bytes.csv": b"url\n\xff\xfe\n",
    "endless.txt.gz": gzip.compress(b"a" * 50_000_000),
    "endless.csv.gz": gzip.compress(b"url\n" + b"a" * 50_000_000),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_addresses(name, capfd, monkeypatch, quickly):
    from colorkit.data.fetch import url_fetch

    monkeypatch.setattr(url_fetch, "check_packages", lambda distributor: None)
    Path(name).write_bytes(LISTS[name])
    assert run("dataset", "fetch", "--out", "fetched", "--urls", name) == 2
    check(capfd, name)


def check(capfd, words):
    error = capfd.readouterr().err
    assert words in error and "Traceback" not in error
    assert len(error.strip().splitlines()) == 1
