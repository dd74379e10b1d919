import csv
import dataclasses
import io
import json

import numpy as np
import pytest

from colorkit.evaluation.measure import CHROMA_EDGES
from colorkit.evaluation.metric_info import METRICS
from colorkit.evaluation.result import Evaluation, PhotoEvaluation

KEYS = [key for key in METRICS if key not in ("lpips", "fid")]


def photo(name, value, class_weight=1.0):
    metrics = {who: dict.fromkeys(KEYS, value) for who in ("a", "b")}
    metrics["gray"] = dict.fromkeys(KEYS, 1.0)
    metrics["mean_color"] = dict.fromkeys(KEYS, 2.0)
    metrics["truth"] = {"colorfulness": 40.0, "cf": 30.0}
    return PhotoEvaluation(name, 20, 30, class_weight, metrics)


@pytest.fixture
def evaluation():
    shares = np.full(len(CHROMA_EDGES) - 1, 1 / (len(CHROMA_EDGES) - 1))
    return Evaluation(
        model_names=("a", "b"),
        photos=(photo("x, y.jpg", 4.0), photo("z.jpg", 8.0, class_weight=3.0)),
        unreadable={"bad.jpg": "bad.jpg is truncated"},
        skipped={"lpips": "torch is not installed"},
        of_all={who: {"fid": 12.0} for who in ("a", "b", "gray", "mean_color")},
        chroma=dict.fromkeys(("a", "b", "truth"), shares),
        examples=None,
        settings={"protocol": "native"},
        versions={"keras": "3"},
    )


def test_means_weigh_photographs_alike_but_for_the_rebalanced_auc(evaluation):
    means = evaluation.means()
    assert means["a"]["psnr"] == 6
    assert means["a"]["auc_rebalanced"] == 7  # (4 + 3 * 8) / 4
    assert means["gray"]["ssim"] == 1
    assert means["b"]["fid"] == 12
    assert means["truth"] == {"colorfulness": 40, "cf": 30}


def test_rows_are_a_table_of_text(evaluation):
    assert evaluation.columns() == ("Metric", "a", "b", "Gray picture", "Mean colour", "Truth")
    rows = {row[0]: row[1:] for row in evaluation.rows()}
    assert list(rows) == [metric.title for metric in METRICS.values()]
    assert rows["PSNR (dB)"] == ("6.00 (+5.00)", "6.00 (+5.00)", "1.00", "2.00", "")
    assert rows["SSIM"][0] == "6.0000 (+5.0000)"
    assert rows["Colourfulness"] == ("6.00", "6.00", "1.00", "2.00", "40.00")
    assert rows["LPIPS"] == ("skipped",) * 5
    assert rows["FID"] == ("12.00 (+0.00)", "12.00 (+0.00)", "12.00", "12.00", "")


def test_notes_say_what_was_left_out_and_why(evaluation):
    assert evaluation.notes() == [
        "LPIPS skipped: torch is not installed.",
        "Photographs left out as unreadable or too small: 1.",
    ]
    whole = dataclasses.replace(evaluation, unreadable={}, skipped={})
    assert whole.notes() == []


def test_json_holds_everything(evaluation):
    told = json.loads(evaluation.to_json())
    assert told["models"] == ["a", "b"]
    assert told["photo_count"] == len(told["photos"]) == 2
    assert told["unreadable_count"] == 1
    for name in ("means", "unreadable", "skipped", "settings", "versions"):
        whole = getattr(evaluation, name)
        assert told[name] == (whole() if callable(whole) else whole)
    assert told["figure_titles"]["ssim"] == "SSIM"
    assert told["photos"][1]["figures"] == evaluation.photos[1].metrics
    assert len(told["chroma_edges"]) == len(told["chroma_shares"]["truth"]) + 1


def test_csv_has_a_row_for_each_picture(evaluation):
    rows = list(csv.DictReader(io.StringIO(evaluation.to_csv())))
    assert [(row["photo"], row["picture"]) for row in rows] == [
        (name, who)
        for name in ("x, y.jpg", "z.jpg")
        for who in ("a", "b", "gray", "mean_color", "truth")
    ]
    assert list(rows[0]) == ["photo", "height", "width", "class_weight", "picture", *KEYS]
    assert (rows[5]["height"], rows[5]["width"], rows[5]["class_weight"]) == ("20", "30", "3")
    assert float(rows[5]["psnr"]) == 8
    assert rows[4]["psnr"] == "" and float(rows[4]["cf"]) == 30


def test_names_that_a_spreadsheet_would_run_are_text(evaluation):
    name = "=cmd|' /C calc'!A0.jpg"
    text = dataclasses.replace(evaluation, photos=(photo(name, 4.0),)).to_csv()
    assert next(csv.DictReader(io.StringIO(text)))["photo"] == "'" + name
