"""`colorkit colorize --hint` and `--hints`."""

import json
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from colorkit.cli.main import main
from colorkit.inference.hints import Hint, check_hints
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

RED = Hint(1, 2, "#c02020")


class StubColorizer:
    """Stands for `Colorizer`, and remembers the hints of each picture."""

    given = []

    def __init__(self, *_, **__):
        pass

    def prepare(self, image, hints=None):
        hints = check_hints(hints, image.shape[:2])
        self.given.append((image.shape, hints))
        return types.SimpleNamespace(image=image, input_shape=(256, 256))

    def predict(self, prepared):
        return [None] * len(prepared)

    def finish(self, prepared, color):
        pixels = np.repeat(prepared.image[..., None], 3, axis=-1)
        return types.SimpleNamespace(pixels=pixels, input_size=(256, 256), out_of_gamut=0)


@pytest.fixture
def given(monkeypatch, tmp_path):
    """What the colorizer was given. There are photographs `a.png`, 5 x 4, and `b.png`, 7 x 4."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(StubColorizer, "given", [])
    module = types.SimpleNamespace(Colorizer=StubColorizer)
    monkeypatch.setitem(sys.modules, "colorkit.inference.colorizer", module)
    for name, width in (("a.png", 5), ("b.png", 7)):
        write_photo(Path("album") / name, Photo(np.full((4, width), 99, "uint8")))
    return StubColorizer.given


def run(*argv):
    return main(["colorize", *map(str, argv), "-o", "out"])


def write_hints(content):
    Path("hints.json").write_text(json.dumps(content))


def test_hints_are_for_the_one_photograph(given):
    assert run("album/a.png", "--hint", "1,2,#c02020", "--hint", "4,0,#00ff00") == 0
    assert given == [((4, 5), (RED, Hint(4, 0, "#00ff00")))]


def test_a_file_gives_each_photograph_its_own(given):
    write_hints({"b.png": [{"x": 1, "y": 2, "color": "#c02020"}]})
    assert run("album", "--hints", "hints.json") == 0
    assert sorted(given) == [((4, 5), ()), ((4, 7), (RED,))]
    write_hints([{"x": 1, "y": 2, "color": "#c02020"}])
    assert run("album/a.png", "--hints", "hints.json", "--overwrite") == 0
    assert given[2:] == [((4, 5), (RED,))]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("album", "--hint", "1,2,#c02020"), "Expected one photograph for these hints.*: 2 photog"),
        (("album/a.png", "--hint", "1,2,red"), "X,Y,#RRGGBB, such as .* Received: 1,2,red"),
        (("album/a.png", "--hint", "1,2,#c02020", "--hints", "h"), "not allowed with argument"),
        (("album", "--hints", "hints.json"), "Received: 'c.png', the name of 0"),
        (("album", "--hints", "none.json"), "none.json"),
    ],
)
def test_wrong_use_is_told_before_any_work(given, capfd, words, message):
    write_hints({"c.png": []})
    assert run(*words) == (1 if "none.json" in words else 2)
    assert given == [] and not list(Path().glob("out/*"))
    assert re.search(message, capfd.readouterr().err)


def test_a_file_of_hints_may_begin_with_a_byte_order_mark(given, capfd):
    hints = {"a.png": [{"x": 1, "y": 2, "color": "#c02020"}]}
    Path("hints.json").write_text(json.dumps(hints), encoding="utf-8-sig")
    assert run("album", "--hints", "hints.json") == 0


def test_a_hint_outside_fails_its_photograph(given, capfd):
    write_hints({"a.png": [{"x": 5, "y": 0, "color": "#c02020"}]})
    assert run("album", "--hints", "hints.json") == 1
    assert "must lie in the picture of 5 x 4 pixels" in capfd.readouterr().err
    assert [path.name for path in Path("out").glob("[!.]*")] == ["b.png"]
