"""The report of a run, in a line and as JSON."""

import json
from pathlib import Path

import pytest

import colorkit
from colorkit.batch.file_pipeline import FAILED, MADE, SKIPPED, FileResult
from colorkit.batch.report import ColorizingReport


@pytest.fixture
def report():
    report = ColorizingReport(
        {"model": "colorkit_base", "size": None}, {"nowhere": "Cannot find nowhere"}
    )
    seconds = {"read": 0.12345678, "color": 0.5, "write": 0.25}
    report.add(FileResult(Path("a"), Path("o/a"), MADE, None, 1000, 500, (256, 512), 7, seconds))
    report.add(FileResult(Path("b"), Path("o/b"), SKIPPED))
    report.add(FileResult(Path("ü"), Path("o/ü"), FAILED, "Cannot read ü"))
    return report


def test_summary(report):
    assert report.summary(2.0) == (
        "Coloured 1 photograph in 2.0 s (0.5 a second), skipped 1 already made "
        "(--overwrite makes them anew), 2 failed."
    )
    assert ColorizingReport({}).summary(0.0) == "Coloured 0 photographs."


def test_json(report):
    content = json.loads(report.to_json(2.0))
    assert content["settings"] == {"model": "colorkit_base", "size": None}
    assert content["versions"]["colorkit"] == colorkit.__version__
    assert {"python", "numpy", "pillow"} <= set(content["versions"])
    assert content["complete"] is False
    assert content["totals"] == {
        "photos": 4, "made": 1, "skipped": 1, "failed": 2, "megapixels_made": 0.5, "seconds": 2.0,
    }  # fmt: skip
    assert content["photos"] == [
        {"input": "nowhere", "status": "failed", "reason": "Cannot find nowhere"},
        {
            "input": "a",
            "output": "o/a",
            "status": "made",
            "width": 1000,
            "height": 500,
            "network_height_width": [256, 512],
            "out_of_gamut_pixels": 7,
            "seconds": {"read": 0.1235, "color": 0.5, "write": 0.25},
        },
        {"input": "b", "output": "o/b", "status": "skipped"},
        {"input": "ü", "output": "o/ü", "status": "failed", "reason": "Cannot read ü"},
    ]


def test_file_is_written_whole(report, tmp_path):
    path = tmp_path / "new" / "report.json"
    report.write(path, 1.0)
    report.is_complete = True
    report.write(path, 2.0)
    assert json.loads(path.read_text(encoding="utf-8"))["complete"] is True
    assert list(path.parent.iterdir()) == [path]
