"""`colorkit evaluate`: its one call, and the files that it writes."""

import json
import sys
import types
from pathlib import Path

import pytest
from command_line import StubColorizer, run, stub_colorizer

from colorkit.cli import evaluate


class Evaluation:
    """Stands for what an evaluation finds."""

    photos, unreadable, model_names = (1, 2, 3), {"bad.png": "why"}, ("m.keras",)

    def columns(self):
        return ("Metric", "m.keras", "Gray picture", "Truth")

    def rows(self):
        return [("PSNR (dB)", "25.00 (+1.00)", "24.00", "")]

    def notes(self):
        return ["1 photograph left out."]

    def to_json(self):
        return '{"psnr": 25.0}'

    def to_csv(self):
        return "photo,psnr\na.png,25.0\n"


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """Stands for evaluation, and remembers how it was called."""
    stub_colorizer(monkeypatch, tmp_path)
    calls = []

    def evaluate_models(*args, on_survey, on_progress, **kwargs):
        calls.append((args, kwargs))
        on_survey(3, 3)
        on_progress(1, 3)
        return Evaluation()

    evaluating = types.SimpleNamespace(evaluate_models=evaluate_models)
    html_report = types.SimpleNamespace(render_report=lambda evaluation: "<html>")
    monkeypatch.setitem(sys.modules, "colorkit.evaluation.evaluator", evaluating)
    monkeypatch.setitem(sys.modules, "colorkit.evaluation.html_report", html_report)
    return calls


def test_evaluate_prints_a_table_and_writes_what_is_asked_for(calls, capfd):
    words = ("--split", "test", "--limit", 5, "--seed", 3, "--json", "f.json", "--size", 128)
    more = ("--csv", "f.csv", "--html", "report", "--protocol", "crop256", "--rank-by", "ssim")
    assert run("evaluate", "m.keras", "--photos", "p", *words, *more) == 0
    (models, photos), options = calls.pop()
    assert [*models] == ["m.keras"] and isinstance(models["m.keras"], StubColorizer)
    assert StubColorizer.made == [("m.keras", 128, None, 1.0)]
    assert photos == "p"
    assert options == {
        "split": "test",
        "split_seed": 3,
        "limit": 5,
        "protocol": "crop256",
        "perceptual": True,
        "examples": evaluate.EXAMPLES,
        "rank_by": "ssim",
        "settings": {"size": 128, "style": "default", "saturation": 1.0},
    }
    printed = capfd.readouterr().out
    assert "m.keras on 3 photographs, crop256" in printed
    for text in ("Gray picture", "PSNR (dB)", "25.00 (+1.00)", "24.00", "1 photograph left out."):
        assert text in printed
    assert json.loads(Path("f.json").read_text()) == {"psnr": 25.0}
    assert Path("f.csv").read_bytes() == b"photo,psnr\na.png,25.0\n"
    assert Path("report/index.html").read_text() == "<html>"


def test_evaluate_takes_several_models_and_a_page_by_name(calls):
    words = ("--photos", "p", "--html", "page.HTML", "--no-perceptual")
    assert run("evaluate", "colorkit_base", "m.keras", *words) == 0
    (models, _), options = calls.pop()
    assert [*models] == ["colorkit_base", "m.keras"]
    assert options["split"] is None and options["perceptual"] is False
    assert Path("page.HTML").is_file()
    run("evaluate", "colorkit_base", "--photos", "p")
    assert calls.pop()[1]["examples"] == 0
