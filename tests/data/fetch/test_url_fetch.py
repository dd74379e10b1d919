"""A list of addresses -> photographs: how img2dataset is called, and what it makes where it is."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import ENVIRONMENT
from fake_unsplash import FakeUnsplash, draw_jpeg

import colorkit
from colorkit.cli.main import main
from colorkit.data.fetch.http import FetchError
from colorkit.data.fetch.url_fetch import fetch_urls
from colorkit.data.source import PhotoSource
from colorkit.io.folder_lock import hold_folder
from colorkit.io.temporary_names import start_of

STAND_IN = """
import json, os, sys
from pathlib import Path

def download(**options):
    out = Path(options["output_folder"])
    options["environment"] = dict(os.environ)
    options["executable"] = sys.executable
    (out / "asked.txt").write_text(json.dumps(options))
    if "fail" in options["url_list"]:
        sys.exit(3)
    for shard, (good, bad) in enumerate([(3, {"HTTP Error 404: Not Found": 2}), (4, {})]):
        stats = {"successes": good, "status_dict": {"success": good, **bad}}
        (out / f"0000{shard}_stats.json").write_text(json.dumps(stats))
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts a small `img2dataset` in the place of the real one, here and in child processes."""
    folder = tmp_path / "modules"
    (folder / "img2dataset").mkdir(parents=True)
    (folder / "img2dataset" / "__init__.py").write_text(STAND_IN)
    (folder / "img2dataset" / "main.py").write_text("")
    (folder / "img2dataset" / "downloader.py").write_text("class Downloader: pass")
    (folder / "ray.py").write_text("")
    monkeypatch.syspath_prepend(str(folder))
    root = str(Path(colorkit.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), root]))
    for module in ("img2dataset", "ray"):
        monkeypatch.delitem(sys.modules, module, raising=False)


@pytest.fixture
def urls(tmp_path):
    path = tmp_path / "urls.txt"
    path.write_text("http://a/1\nhttp://a/2\n")
    return path


def asked(out):
    return json.loads((out / "asked.txt").read_text())


def test_img2dataset_is_asked_for_what_was_said(stand_in, urls, tmp_path):
    out = tmp_path / "photos"
    report = fetch_urls(urls, out, 700, tars=True, distributor="ray")
    assert (report.stored, report.failed) == (7, {"HTTP Error 404: Not Found": 2})
    options = asked(out)
    assert options["executable"] == sys.executable
    assert options["environment"]["NO_ALBUMENTATIONS_UPDATE"] == "1"
    expected = {
        "image_size": 700,
        "resize_mode": "keep_ratio",
        "resize_only_if_bigger": True,
        "output_format": "webdataset",
        "output_folder": str(out),
        "input_format": "csv",
        "url_list": str(out / "list" / "urls.csv"),
        "url_col": "url",
        "distributor": "ray",
    }
    assert expected.items() <= options.items()
    assert not list(out.glob("[a-z]*.json")), "img2dataset takes each for a shard"


def test_files_are_taken_as_served(stand_in, tmp_path):
    table = tmp_path / "list.parquet"
    table.write_bytes(b"PAR1")
    fetch_urls(table, tmp_path / "out", None, "photo_image_url", ["who"])
    options = asked(tmp_path / "out")
    expected = {
        "disable_all_reencoding": True,
        "url_list": str(table),
        "input_format": "parquet",
        "url_col": "photo_image_url",
        "save_additional_columns": ["who"],
        "output_format": "files",
    }
    assert expected.items() <= options.items()
    assert "image_size" not in options


def test_resuming_needs_the_same_list_and_options(stand_in, urls, tmp_path):
    out = tmp_path / "photos"
    fetch_urls(urls, out)
    moved = urls.rename(tmp_path / "moved.txt")
    assert fetch_urls(moved, out, distributor="ray").stored == 7
    with pytest.raises(ValueError, match="other values of: image_size. Choose another --out"):
        fetch_urls(moved, out, 512)
    moved.write_text(moved.read_text() + "http://a/3\n")
    with pytest.raises(ValueError, match="other values of: list_sha256"):
        fetch_urls(moved, out)


def test_a_failure_of_img2dataset_is_told(stand_in, urls, tmp_path):
    with pytest.raises(FetchError, match="exit code 3.*The same command resumes"):
        fetch_urls(urls, tmp_path / "fail")


def test_what_is_missing_is_told(urls, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="img2dataset, which is not.*pip install img2dataset$"):
        fetch_urls(urls, tmp_path / "out")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "img2dataset" or None)
    with pytest.raises(ImportError, match="pyspark, which is not installed.*pip install pyspark$"):
        fetch_urls(urls, tmp_path / "out", distributor="pyspark")
    with pytest.raises(ValueError, match="must be one of multipro.*Received: 'dask'"):
        fetch_urls(urls, tmp_path / "out", distributor="dask")
    assert not (tmp_path / "out").exists()


def test_a_list_that_is_not_there_is_told(stand_in, tmp_path):
    with pytest.raises(ValueError, match=r"none\.txt, which is no file"):
        fetch_urls(tmp_path / "none.txt", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command(stand_in, urls, tmp_path, capfd):
    out = tmp_path / "photos"
    line = ["dataset", "fetch", "--out", str(out), "--urls", str(urls), "--as-served"]
    assert main(line) == 0
    printed = capfd.readouterr().out
    assert f"{out} holds 7 photographs." in printed.replace("\n", "")
    assert re.search(
        r"2 addresses without a photograph.*HTTP Error 404: Not Found +2", printed, re.S
    )
    assert asked(out)["disable_all_reencoding"] is True
    assert main([*line, "--words", "w.txt"]) == 2


@pytest.mark.skipif(importlib.util.find_spec("img2dataset") is None, reason="needs img2dataset")
@pytest.mark.parametrize("tars", [False, True])
def test_img2dataset_itself(tmp_path, tars):
    fake = FakeUnsplash()
    fake.pictures = {name: draw_jpeg(name, 300, 200) for name in "abc"}
    fake.pictures["half"] = draw_jpeg("half", 300, 200)[:2000]
    fake.pictures["page"] = b"<h1>no picture</h1>"
    table = tmp_path / "list.csv"
    lines = [f"{fake.url}/pictures/{name}?w=1&fm=jpg,{name}" for name in fake.pictures]
    table.write_text("\n".join(["link,who", *lines, f"{fake.url}/photos/x/download,x"]))
    try:
        for _ in range(2):
            report = fetch_urls(
                table, tmp_path / "out", 100, "link", ["who"], tars, allow_private=True
            )
            assert report.stored == 3
            assert report.failed.total() == 3
            assert fake.count("/pictures/a") == 1, "the second run has nothing to do"
    finally:
        fake.stop()
    source = PhotoSource(tmp_path / "out")
    assert sorted(source.read(number).shape for number in range(3)) == [(100, 150, 3)] * 3


@pytest.mark.skipif(os.name != "posix", reason="Groups of processes")
def test_what_a_killed_fetch_started_ends_too():
    worker = (
        "import subprocess, sys, time; from colorkit.data.fetch.url_worker import end_with_parent\n"
        "end_with_parent()\n"
        "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(other.pid, flush=True), time.sleep(60)"
    )
    script = (
        "import os, sys; from colorkit.data.fetch.url_fetch import run_to_its_end\n"
        "run_to_its_end([sys.executable, '-c', sys.argv[1]], dict(os.environ))"
    )
    fetching = subprocess.Popen(
        [sys.executable, "-c", script, worker], env=ENVIRONMENT, stdout=subprocess.PIPE
    )
    other = int(fetching.stdout.readline())
    assert start_of(other) is not None
    fetching.kill()
    assert fetching.stdout.read() == b""  # closed by the last of them
    end = time.monotonic() + 20
    while start_of(other) is not None and time.monotonic() < end:
        time.sleep(0.01)
    assert start_of(other) is None
    fetching.communicate()


def test_a_second_fetch_into_a_folder_is_refused(stand_in, urls, tmp_path):
    message = f"out is in use by process {os.getpid()} on"
    with hold_folder(tmp_path / "out"), pytest.raises(ValueError, match=message):
        fetch_urls(urls, tmp_path / "out")
