"""`--engine ray` of `dataset build` and `evaluate`: what it hands over, and wrong use."""

import re

import pytest
from command_line import run, stub_colorizer

from colorkit.cluster import building, evaluating
from colorkit.data.build import BuildReport


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["dataset", "build", "a", "--out", "b", "--address", "auto"], "--address is for"),
        (["evaluate", "m.keras", "--photos", "a", "--workers", "2"], "--workers are for"),
    ],
)
def test_options_of_another_engine_are_told(words, told, capsys):
    assert run(*words) == 2
    assert re.search(f"{told} --engine ray", capsys.readouterr().err.replace("\n", " "))


def test_a_build_is_handed_over(monkeypatch, capsys):
    seen = []

    def build(*args, on_progress, **options):
        seen.append((args, options))
        on_progress("Preparing photographs", 1, 1)
        return BuildReport("out", {"train": 1}, {"gray": 2}, 1.0)

    monkeypatch.setattr(building, "build_on_cluster", build)
    words = ["in", "--out", "out", "--engine", "ray", "--address", "auto", "--workers", "4"]
    assert run("dataset", "build", *words, "--size", "64") == 0
    ((args, options),) = seen
    assert args == ("in", "out")
    assert options["address"] == "auto" and options["workers"] == 4 and options["size"] == 64
    assert "Kept 1 of 3 photographs" in capsys.readouterr().out


def test_an_evaluation_is_handed_over(monkeypatch, tmp_path):
    class Seen(Exception):
        pass

    def evaluate(models, photos, **options):
        raise Seen(list(models), photos, options["address"], options["workers"])

    stub_colorizer(monkeypatch, tmp_path)
    monkeypatch.setattr(evaluating, "evaluate_on_cluster", evaluate)
    with pytest.raises(Seen) as seen:
        run("--verbose", "evaluate", "m.keras", "--photos", "in", "--engine", "ray")
    assert seen.value.args == (["m.keras"], "in", None, None)
