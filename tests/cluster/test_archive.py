"""An archive on a cluster of three nodes: what a folder run makes, also where nodes are lost."""

import collections
import functools
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip("ray", reason="clusters need Ray: pip install 'colorkit-keras[ray]'")
pytest.importorskip("moto", reason="S3 is imitated by moto: pip install 'moto[server]'")
pytest.importorskip("s3fs", reason="S3 is read by s3fs: pip install s3fs")

import pyarrow.parquet as pq
from drawn_archive import (
    Tinting,
    color_on_one_machine,
    contents,
    draw_archive,
    run_cluster,
)
from failing_s3 import run_failing_s3

from colorkit.batch.album import AlbumSettings
from colorkit.cluster import ArchiveJob, colorize_archive
from colorkit.inference.colorizer import Colorizer

pytestmark = pytest.mark.slow

DRIVE = """
import functools, sys
import ray
from drawn_archive import Tinting
from colorkit.cluster import ArchiveJob, colorize_archive
source, target, address = sys.argv[1:]
stub = functools.partial(Tinting, 0.1)
totals = colorize_archive(ArchiveJob(source, target, make_colorizer=stub), address=address)
print(dict(totals.counts))
"""


@pytest.fixture(scope="module")
def store():
    """Tells how often an S3 server failed and was slow; the cluster's processes know of it."""
    with pytest.MonkeyPatch.context() as patch, run_failing_s3(patch, 9, 13, seconds=0.3) as told:
        yield told


@pytest.fixture(scope="module")
def cluster(store):
    with run_cluster(3) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return draw_archive(tmp_path_factory.mktemp("archive") / "photos")


def job_of(source, target, seconds=0.0, **options):
    stub = functools.partial(Tinting, seconds)
    return ArchiveJob(str(source), str(target), make_colorizer=stub, **options)


def statuses(target):
    rows = pq.read_table(target / ".colorkit" / "report.parquet").to_pylist()
    return collections.Counter(row["status"] for row in rows)


def test_results_are_those_of_a_folder_run_and_every_file_is_accounted_for(
    cluster, archive, tmp_path
):
    expected = color_on_one_machine(Tinting(), archive, tmp_path / "one", file_format="png")
    report = tmp_path / "became.parquet"
    job = job_of(archive, tmp_path / "many", file_format="png")
    totals = colorize_archive(job, report=str(report))
    assert contents(tmp_path / "many") == expected
    rows = pq.read_table(report).to_pylist()
    made = {row["output"] for row in rows if row["status"] == "made"}
    assert made == {str(tmp_path / "many" / name) for name in expected}
    others = {row["input"]: (row["status"], row["reason"]) for row in rows if not row["output"]}
    assert others == {str(archive / "01" / "notes.txt"): ("passed over", "a .txt file")}
    assert totals.counts == {"made": len(expected), "failed": 1, "passed over": 1}
    assert all(row["width"] > 0 and row["read_seconds"] > 0 for row in rows if row["width"])


def test_five_hundred_photographs_are_those_of_a_folder_run(cluster, tmp_path):
    photos = draw_archive(tmp_path / "photos", 500)
    expected = color_on_one_machine(Tinting(), photos, tmp_path / "one")
    totals = colorize_archive(job_of(photos, tmp_path / "many"))
    assert len(expected) > 500 and contents(tmp_path / "many") == expected
    assert totals.counts == {"made": len(expected), "failed": 1, "passed over": 1}
    assert statuses(tmp_path / "many") == totals.counts


def test_the_shipped_model_makes_the_same_bytes(cluster, archive, tmp_path):
    colorizer = Colorizer(runtime="onnx", size=64)
    expected = color_on_one_machine(colorizer, archive, tmp_path / "one")
    settings = AlbumSettings(size=64)
    colorize_archive(ArchiveJob(str(archive), str(tmp_path / "many"), settings, runtime="onnx"))
    assert contents(tmp_path / "many") == expected


def test_a_second_run_touches_only_what_is_missing_or_of_other_settings(cluster, archive, tmp_path):
    job = job_of(archive, tmp_path)
    made = colorize_archive(job).counts["made"]
    missing, kept = tmp_path / "00" / "007.png", tmp_path / "00" / "021.jpg"
    missing.unlink()
    before = kept.stat().st_mtime_ns
    assert colorize_archive(job).counts == {
        "made": 1,
        "skipped": made - 1,
        "failed": 1,
        "passed over": 1,
    }
    assert missing.is_file() and kept.stat().st_mtime_ns == before
    worse = job_of(archive, tmp_path, settings=AlbumSettings(jpeg_quality=50))
    jpegs = sum(path.suffix == ".jpg" for path in tmp_path.rglob("*"))
    assert colorize_archive(worse).counts["made"] == jpegs


def test_a_node_that_is_lost_loses_no_photograph(cluster, archive, tmp_path):
    expected = color_on_one_machine(Tinting(), archive, tmp_path / "one")
    lost = cluster.add_node(num_cpus=2)
    is_lost = threading.Event()

    def lose():
        while len(contents(tmp_path / "many") if (tmp_path / "many").exists() else ()) < 8:
            time.sleep(0.05)
        cluster.remove_node(lost, allow_graceful=False)
        is_lost.set()

    thread = threading.Thread(target=lose)
    thread.start()
    totals = colorize_archive(job_of(archive, tmp_path / "many", seconds=0.3))
    thread.join()
    assert is_lost.is_set()
    assert contents(tmp_path / "many") == expected
    assert totals.counts["made"] + totals.counts["skipped"] == len(expected)
    assert statuses(tmp_path / "many") == totals.counts


def test_a_driver_that_is_killed_is_started_again(cluster, archive, tmp_path):
    expected = color_on_one_machine(Tinting(), archive, tmp_path / "one")
    many = tmp_path / "many"
    command = [sys.executable, "-c", DRIVE, str(archive), str(many), cluster.address]
    driver = subprocess.Popen(command, start_new_session=True)
    while not many.exists() or len(contents(many)) < 8:
        assert driver.poll() is None
        time.sleep(0.05)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    time.sleep(2)  # until the cluster has ended what belonged to it
    early = {many / name: (many / name).stat().st_mtime_ns for name in contents(many)}
    assert 8 <= len(early) < len(expected)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert contents(many) == expected
    assert f"'skipped': {len(early)}" in told
    assert all(path.stat().st_mtime_ns == before for path, before in early.items())


def test_a_photograph_with_which_processes_end_fails_alone(cluster, tmp_path):
    from drawn_photos import draw_photo, save_photo

    for n in range(5):
        save_photo(tmp_path / "in" / f"{n}.png", draw_photo(n, 13 if n == 2 else 12, 20))
    told = []
    totals = colorize_archive(
        job_of(tmp_path / "in", tmp_path / "out"),
        on_progress=lambda totals, reasons: told.extend(reasons),
    )
    assert totals.counts["failed"] == 1
    assert totals.counts["made"] + totals.counts["skipped"] == 4
    assert len(told) == 1 and "2.png: the process that coloured it ended" in told[0]


def test_an_object_store_with_errors_and_slow_answers(cluster, store, archive, tmp_path):
    from upath import UPath

    expected = color_on_one_machine(Tinting(), archive, tmp_path / "one")
    bucket = UPath("s3://drawn").fs
    bucket.mkdir("drawn")
    bucket.put(f"{archive}/", "drawn/photos/", recursive=True)
    job = job_of("s3://drawn/photos", "s3://drawn/colour")
    first, second = colorize_archive(job).counts, colorize_archive(job).counts
    bucket.get("drawn/colour/", f"{tmp_path}/many/", recursive=True)
    assert contents(tmp_path / "many") == expected
    assert first == {"made": len(expected), "failed": 1, "passed over": 1}
    assert second == {"skipped": len(expected), "failed": 1, "passed over": 1}
    assert store["failed"] > 20 and store["slow"] > 10
