"""A data set built on a cluster of three nodes: the bytes that one machine makes."""

import dataclasses
import itertools
import sys
import tarfile
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="clusters need Ray: pip install 'colorkit-keras[ray]'")

from drawn_dataset import DROPPED, draw_photos, tree

from colorkit.cluster import build_on_cluster
from colorkit.cluster.connection import Cluster
from colorkit.data.build import build_dataset

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_histogram")]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = draw_photos(tmp_path_factory.mktemp("photos"))
    with tarfile.open(folder / "more.tar.gz", "w:gz") as archive:
        for number in (3, 9):  # twice the same, under one name
            for path in sorted((folder / "1").glob(f"*{number}.*")):
                archive.add(path, "twin.png")
        archive.add(folder / "2" / "002.webp", "within.webp")
    return folder


@pytest.fixture(scope="module")
def built(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "dataset"
    return out, build_dataset(photos, out, size=32, workers=1)


@pytest.mark.parametrize("workers", [1, 3])
def test_bytes_are_those_of_one_machine(cluster, built, photos, tmp_path, workers):
    out, report = built
    found = build_on_cluster(photos, tmp_path / "out", size=32, workers=workers)
    assert tree(tmp_path / "out") == tree(out)
    assert found.kept == report.kept and found.dropped == report.dropped
    assert found.dropped["near-duplicate"] > DROPPED["near-duplicate"]
    again = build_on_cluster(photos, tmp_path / "out", size=32, workers=workers)
    assert again.was_built


def test_what_one_machine_began_a_cluster_ends(cluster, built, photos, tmp_path):
    class Stopped(Exception):
        pass

    def stop(stage, done, total):
        if done == 20:
            raise Stopped

    with pytest.raises(Stopped):
        build_dataset(photos, tmp_path / "out", size=32, workers=1, on_progress=stop)
    pairs = tmp_path / "out" / ".building" / "pairs" / "color"
    before = {path.name: path.stat().st_mtime_ns for path in pairs.iterdir()}
    told = []
    build_on_cluster(
        photos, tmp_path / "out", size=32, on_progress=lambda *progress: told.append(progress)
    )
    out, report = built
    assert tree(tmp_path / "out") == tree(out)
    prepared = next(done for stage, done, _ in told if stage == "Preparing photographs")
    assert prepared > 0 and len(before) > 10


def test_a_single_archive_and_a_split_by_folders(cluster, photos, tmp_path):
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        for part, number in itertools.product(("train", "validation", "test"), range(3)):
            (path,) = photos.glob(f"{number}/00{number}.*")
            archive.add(path, f"{part}/{path.name}")
    options = {"size": 32, "split": "folders"}
    one = build_dataset(tmp_path / "all.tar", tmp_path / "one", **options)
    many = build_on_cluster(tmp_path / "all.tar", tmp_path / "many", **options)
    assert tree(tmp_path / "one") == tree(tmp_path / "many")
    assert dataclasses.asdict(one)["kept"] == many.kept


def test_folders_that_machines_do_not_share_are_told(cluster, photos, tmp_path):
    with pytest.raises(ValueError, match="that every machine of the cluster sees"):
        build_on_cluster(photos, "gs://bucket/dataset")


def _make_ending():
    import os
    import signal

    def end_at(item):
        number, folder = item
        flag = folder / str(number)
        if number % 5 == 3 and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    return end_at


def _make_failing():
    def fail(item):
        raise ValueError(f"Expected something else than {item}.")

    return fail


def _make_telling():
    def tell(item):
        import cv2

        started_with = Path("/proc/self/environ").read_bytes()  # not what Python has set since
        return b"\0OPENBLAS_NUM_THREADS=1\0" in started_with, cv2.getNumThreads()

    return tell


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what a process starts with")
def test_the_libraries_of_a_process_keep_to_its_core(cluster):
    with Cluster(None) as joined:
        assert list(joined.map(_make_telling, [0], 1)) == [(True, 1)]


def test_results_come_in_order_though_processes_end(cluster, tmp_path):
    taken = itertools.count()

    def items():
        for number in range(20):
            next(taken)
            yield number, tmp_path

    with Cluster(None) as joined:
        assert list(joined.map(_make_ending, items(), 2)) == list(range(20))
        lazily = joined.map(_make_ending, items(), 2)
        assert next(lazily) == 0 and next(taken) < 20 + 20
        with pytest.raises(ValueError, match=r"^Expected something else than 7\.$"):
            list(joined.map(_make_failing, [7], 2))
