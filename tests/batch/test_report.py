"""The report of a run, in a line and as JSON."""

import dataclasses
import json
from pathlib import Path

import pytest

import colorkit
from colorkit.batch.file_result import FAILED, MADE, SKIPPED, FileResult
from colorkit.batch.report import ColorizingReport


@pytest.fixture
def report():
    report = ColorizingReport(
        {"model": "colorkit_base", "size": None},
        {"nowhere": "Cannot find nowhere"},
        {"b.pdf": "a PDF document", "c.txt": "a .txt file", "d.pdf": "a PDF document"},
    )
    seconds = {"read": 0.12345678, "color": 0.5, "write": 0.25}
    report.add(FileResult(Path("a"), Path("o/a"), MADE, None, 1000, 500, (256, 512), 7, seconds))
    report.add(FileResult(Path("b"), Path("o/b"), SKIPPED))
    report.add(FileResult(Path("ü"), Path("o/ü"), FAILED, "Cannot read ü"))
    return report


def test_summary(report):
    assert report.summary(2.0) == (
        "Coloured 1 photograph in 2.0 s (0.5 a second), skipped 1 already made "
        "(--overwrite makes them anew), 2 failed, "
        "passed over 3 (2 x a PDF document, 1 x a .txt file)."
    )
    assert ColorizingReport({}).summary(0.0) == "Coloured 0 photographs."


def test_the_summary_of_a_video_that_failed():
    report = ColorizingReport({})
    report.add(FileResult(Path("a.mp4"), Path("o/a.mp4"), FAILED, "Cannot read", is_video=True))
    assert report.summary(1.0) == "Coloured 0 videos, 1 failed."
    report.add(FileResult(Path("a"), Path("o/a"), FAILED, "Cannot read"))
    assert report.summary(1.0) == "Coloured 0 photographs, 2 failed."


def test_json(report):
    content = json.loads(report.to_json(2.0))
    assert content["settings"] == {"model": "colorkit_base", "size": None}
    assert content["versions"]["colorkit"] == colorkit.__version__
    assert {"python", "numpy", "pillow"} <= set(content["versions"])
    assert content["complete"] is False
    assert content["totals"] == {
        "files": 7,
        "made": 1,
        "skipped": 1,
        "failed": 2,
        "passed_over": 3,
        "damaged": 0,
        "megapixels_made": 0.5,
        "seconds": 2.0,
    }
    assert content["photos"] == [
        {"input": "nowhere", "status": "failed", "reason": "Cannot find nowhere"},
        {"input": "b.pdf", "status": "passed over", "reason": "a PDF document"},
        {"input": "c.txt", "status": "passed over", "reason": "a .txt file"},
        {"input": "d.pdf", "status": "passed over", "reason": "a PDF document"},
        {
            "input": "a",
            "output": "o/a",
            "status": "made",
            "width": 1000,
            "height": 500,
            "input_height_width": [256, 512],
            "out_of_gamut_pixels": 7,
            "seconds": {"read": 0.1235, "color": 0.5, "write": 0.25},
        },
        {"input": "b", "output": "o/b", "status": "skipped"},
        {"input": "ü", "output": "o/ü", "status": "failed", "reason": "Cannot read ü"},
    ]


def test_pages_and_damage_are_told(report):
    page = FileResult(Path("a.tif"), Path("o/a_p2.tif"), MADE, None, 10, 10, page=2)
    report.add(dataclasses.replace(page, damage="cut short", notes=("cut",)))
    assert ", 1 of them damaged, coloured as far as they go, " in report.summary(1.0)
    entry = json.loads(report.to_json(1.0))["photos"][-1]
    assert (entry["page"], entry["damage"], entry["notes"]) == (2, "cut short", ["cut"])


def test_many_kinds_are_told_in_few_words():
    kinds = {f"{number}.x{number}": f"a .x{number} file" for number in range(9)}
    summary = ColorizingReport({}, {}, kinds).summary(0.0)
    assert summary.count(" x a .x") == 5 and summary.endswith("4 of other kinds).")


def test_a_name_that_is_not_utf_8_is_escaped(report, tmp_path):
    report.add(FileResult(Path("caf\udce9"), Path("o/caf\udce9"), SKIPPED))
    report.write(tmp_path / "r.json", 1.0)
    text = (tmp_path / "r.json").read_text(encoding="utf-8")
    assert r"caf\udce9" in text and "ü" in text
    assert json.loads(text)["photos"][-1]["input"] == "caf\udce9"


def test_file_is_written_whole(report, tmp_path):
    path = tmp_path / "new" / "report.json"
    report.write(path, 1.0)
    report.is_complete = True
    report.write(path, 2.0)
    assert json.loads(path.read_text(encoding="utf-8"))["complete"] is True
    assert list(path.parent.iterdir()) == [path]
