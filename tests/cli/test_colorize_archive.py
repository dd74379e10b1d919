"""`colorkit colorize --engine ray`: its options, what it hands over, what it prints."""

import re
import sys

import pytest
from command_line import run

from colorkit.batch.report import RunTotals
from colorkit.cluster import archive


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["a", "b", "-o", "out", "--engine", "ray"], "one INPUT.*Received: 2 inputs"),
        (["-", "-o", "out", "--engine", "ray"], "one INPUT"),
        (["a", "-o", "out", "--engine", "ray", "--sequence"], "--sequence is not for"),
        (["a", "-o", "out", "--engine", "ray", "--dry-run"], "--dry-run is not for"),
        (["a", "-o", "out", "--engine", "ray", "--report", "a.json"], "end in .parquet"),
        (["a", "-o", "out", "--workers", "2"], "are for --engine ray"),
    ],
)
def test_wrong_use_is_told(words, told, capsys):
    assert run("colorize", *words) == 2
    assert re.search(told, capsys.readouterr().err.replace("\n", " "))


def test_the_job_and_the_exit_code(monkeypatch, capsys):
    seen = []

    def colorize(job, *, on_progress, **options):
        seen.append((job, options))
        totals = RunTotals()
        totals.counts.update(made=3, failed=1)
        on_progress(totals, ["Cannot read s3://a/b.jpg: it is empty."])
        return totals

    monkeypatch.setattr(archive, "colorize_archive", colorize)
    words = ["s3://a", "-o", "s3://b", "--engine", "ray", "--workers", "4", "--format", "png"]
    assert run("colorize", *words, "--size", "64", "--exclude", "*.tif") == 1
    job, options = seen[0]
    assert (job.source, job.target, job.file_format) == ("s3://a", "s3://b", "png")
    assert job.settings.size == 64 and job.exclude == ("*.tif",)
    assert options == {"address": None, "workers": 4, "report": None}
    printed = capsys.readouterr()
    assert "Coloured 3 photographs" in printed.out and "1 failed" in printed.out
    assert "Cannot read s3://a/b.jpg" in printed.err


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("photos", "photos", "another folder than the photographs'"),
        ("photos/album", "photos", "does not hold the photographs"),
        ("photos", "out.jpg", "name a folder"),
    ],
)
def test_places_that_do_not_fit_are_told_before_a_cluster_is_started(source, target, told, capsys):
    assert run("colorize", source, "-o", target, "--engine", "ray") in (1, 2)
    assert told in capsys.readouterr().err


def test_an_address_that_nothing_reads_is_told(capsys):
    pytest.importorskip("upath", reason="pip install universal-pathlib")
    assert run("colorize", "nonsense://photos", "-o", "out", "--engine", "ray") == 2
    assert "Cannot reach nonsense://photos" in capsys.readouterr().err


def test_an_address_without_its_package_names_the_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "upath", None)
    assert run("colorize", "s3://photos", "-o", "out", "--engine", "ray") == 1
    assert "pip install 'colorkit-keras[ray]'" in capsys.readouterr().err
