"""A worker without a cluster: what it records, and what it does when it is told again."""

import dataclasses
import json
import os

import pytest
from drawn_archive import Tinting, draw_archive, read_tar, write_tar
from drawn_files import pillow_file
from drawn_photos import draw_photo, save_photo

from colorkit.batch.album import AlbumSettings
from colorkit.cluster.chunks import iterate_chunks
from colorkit.cluster.job import ArchiveJob
from colorkit.cluster.records import RecordFolder, write_report
from colorkit.cluster.worker import ChunkColorizer
from colorkit.io.places import open_place


def colorize(job, run="1", **changes):
    """Lets one worker colour all chunks. Returns the counts of all, and the reasons."""
    job = dataclasses.replace(job, run=run, **changes)
    RecordFolder(open_place(job.target)).announce(run)
    worker = ChunkColorizer(job, 1)
    counts, reasons = {}, []
    source, target = open_place(job.source), open_place(job.target)
    for chunk in iterate_chunks(source, target, file_format=job.file_format):
        told = worker({"chunk": [chunk.to_json()]})
        for status, count in json.loads(told["totals"][0])["counts"].items():
            counts[status] = counts.get(status, 0) + count
        reasons += filter(None, told["failures"][0].split("\n"))
    return counts, reasons


@pytest.fixture
def job(tmp_path):
    for n in range(3):
        save_photo(tmp_path / "in" / f"{n}.jpg", draw_photo(n, 12, 20))
    target = str(tmp_path / "out")
    return ArchiveJob(str(tmp_path / "in"), target, make_colorizer=Tinting)


def test_what_is_made_is_not_made_again_unless_it_or_its_settings_changed(job, tmp_path):
    assert colorize(job) == ({"made": 3}, [])
    assert colorize(job, "2") == ({"skipped": 3}, [])
    save_photo(tmp_path / "in" / "1.jpg", draw_photo(7, 12, 20))
    assert colorize(job, "3") == ({"made": 1, "skipped": 2}, [])
    worse = AlbumSettings(jpeg_quality=50)
    assert colorize(job, "4", settings=worse) == ({"made": 3}, [])
    assert colorize(job, "5", settings=worse, overwrite=True) == ({"made": 3}, [])


def test_a_chunk_whose_answer_was_lost_is_not_gone_through_again(job, tmp_path):
    colorize(job)
    for path in (tmp_path / "out").glob("*.jpg"):
        path.unlink()
    assert colorize(job) == ({"made": 3}, [])
    assert colorize(job, "2") == ({"made": 3}, [])


def test_a_model_that_cannot_be_loaded_ends_the_run(job):
    with pytest.raises(ValueError, match="nonsense"):
        colorize(dataclasses.replace(job, make_colorizer=None, settings=AlbumSettings("nonsense")))


def test_a_machine_that_does_not_see_the_results_is_told(job, tmp_path):
    worker = ChunkColorizer(dataclasses.replace(job, run="1"), 1)
    chunk = next(iterate_chunks(tmp_path / "in", tmp_path / "out"))
    with pytest.raises(ValueError, match="that all machines of the cluster see"):
        worker({"chunk": [chunk.to_json()]})


def test_the_photograph_with_which_processes_ended_is_found(job):
    ending = dataclasses.replace(job, make_colorizer=lambda: Ending("1.jpg"))
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            colorize(ending)
    counts, reasons = colorize(ending)
    assert counts == {"skipped": 1, "failed": 1, "made": 1}
    assert len(reasons) == 1 and "1.jpg: the process that coloured it ended" in reasons[0]


class Ending(Tinting):
    """Ends when the model is to see the photograph of a number."""

    def __init__(self, name):
        super().__init__()
        self._shown = draw_photo(int(name[0]), 12, 20)

    def predict(self, prepared):
        if any(abs(each.image.astype(int) - self._shown).mean() < 20 for each in prepared):
            raise KeyboardInterrupt
        return super().predict(prepared)


def test_a_result_of_another_photograph_stays(job, tmp_path):
    colorize(job)
    before = (tmp_path / "out" / "0.jpg").read_bytes()
    record = RecordFolder(tmp_path / "out")
    (chunk,) = iterate_chunks(tmp_path / "in", tmp_path / "out")
    held = record.read(chunk.key)
    for entry in held.made_of:
        entry["source"].update(path="../elsewhere/photo.jpg", fingerprint="another")
    record.write(chunk.key, held)
    counts, reasons = colorize(job, "2")
    assert counts == {"failed": 3}
    assert "the result of another photograph" in reasons[0]
    assert (tmp_path / "out" / "0.jpg").read_bytes() == before


def test_an_object_store_and_its_report(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    store = pytest.importorskip("upath").UPath("memory://worker/photos")
    archive = draw_archive(tmp_path / "photos", 9)
    store.fs.put(f"{archive}/", store.path, recursive=True)
    job = ArchiveJob(str(store), "memory://worker/out", make_colorizer=Tinting)
    counts, reasons = colorize(job)
    assert counts == {"made": 18, "failed": 1, "passed over": 1} and len(reasons) == 1
    assert colorize(job, "2")[0] == {"skipped": 18, "failed": 1, "passed over": 1}
    assert write_report(open_place(job.target), "2", tmp_path / "report.parquet") == 20
    rows = pq.read_table(tmp_path / "report.parquet").to_pylist()
    assert sum(row["page"] is not None for row in rows) == 3
    skipped = [row for row in rows if row["status"] == "skipped"]
    assert all(row["width"] > 0 and row["read_seconds"] > 0 for row in skipped)


def test_a_shard_is_made_once_and_its_failures_told_again(tmp_path):
    members = {f"{n}.png": pillow_file(draw_photo(n, 12, 20), "PNG") for n in range(3)}
    write_tar(tmp_path / "in" / "a.tar", {**members, "3.png": b"none", "3.txt": b"three"})
    (tmp_path / "in" / "b.tar").write_bytes(b"no tar")
    job = ArchiveJob(str(tmp_path / "in"), str(tmp_path / "out"), make_colorizer=Tinting)
    counts, reasons = colorize(job)
    assert counts == {"made": 3, "failed": 2}
    assert "b.tar: expected a tar file" in reasons[1]
    assert list(read_tar(tmp_path / "out" / "a.tar")) == ["0.png", "1.png", "2.png", "3.txt"]
    written = os.stat(tmp_path / "out" / "a.tar").st_mtime_ns
    assert colorize(job, "2") == ({"skipped": 3, "failed": 2}, reasons)
    assert os.stat(tmp_path / "out" / "a.tar").st_mtime_ns == written
    assert colorize(job, "3", file_format="jpg")[0] == {"made": 3, "failed": 2}
