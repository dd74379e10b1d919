"""`colorkit colorize --reference`, `--palette`, `--keep-mask`, `--keep-color` and `--variants`."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from colorkit.batch.plan import PlannedPhoto
from colorkit.batch.variants import split_variants
from colorkit.cli.main import main
from colorkit.inference.control import variant_colorizer
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo


class StubColorizer:
    """Stands for `Colorizer`, and remembers its controls; variant n has the gray level 10 n."""

    given = {}
    insight = None

    def __init__(self, *_, **__):
        pass

    def with_controls(self, size, **controls):
        self.given.update(controls, size=size)
        return self

    def prepare(self, image, hints=None, *, find_border=True, variant=0):
        return types.SimpleNamespace(image=image, level=10 * variant, input_shape=(64, 64))

    def predict(self, prepared):
        return [None] * len(prepared)

    def finish(self, prepared, color):
        pixels = np.full((*prepared.image.shape[:2], 3), prepared.level, "uint8")
        return types.SimpleNamespace(pixels=pixels, input_size=(64, 64), out_of_gamut=0)


@pytest.fixture
def given(monkeypatch, tmp_path):
    """What the colorizer was given. There are `gray.png`, 5 x 4, and `colour.png`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(StubColorizer, "given", {})
    module = types.SimpleNamespace(Colorizer=StubColorizer)
    monkeypatch.setitem(sys.modules, "colorkit.inference.colorizer", module)
    stub = lambda colorizer, number, guided: guided  # noqa: E731
    monkeypatch.setattr(variant_colorizer, "VariantColorizer", stub)
    write_photo("gray.png", Photo(np.full((4, 5), 99, "uint8")))
    write_photo("colour.png", Photo(np.full((3, 3, 3), (200, 30, 30), "uint8")))
    return StubColorizer.given


def run(*argv):
    return main(["colorize", "gray.png", "-o", "out", *argv])


def test_no_controls_are_none(given):
    assert run() == 0
    assert given == {}


def test_controls_are_read_and_given_on(given):
    mask = np.zeros((4, 5), "uint8")
    mask[2:] = 255
    write_photo("mask.png", Photo(mask))
    twice = ["--reference", "colour.png"] * 2
    assert run(*twice, "--palette", "colour.png", "--keep-mask", "mask.png", "--keep-color") == 0
    assert [each.shape for each in given["reference"]] == [(3, 3, 3)] * 2
    np.testing.assert_array_equal(given["mask"], mask)
    assert given["size"] == (4, 5) and given["keep_color"] is True
    assert given["palette"].strength == 0.5


def test_a_palette_of_colours_has_a_strength(given):
    assert run("--palette", "#c02020, #2040b0", "--palette-strength", "0.2") == 0
    assert given["palette"].strength == 0.2
    assert run("--palette", "#c02020,blue", "--overwrite") == 2


def test_a_look_has_a_strength(given):
    assert run("--look", "autochrome", "--look-strength", "0.4") == 0
    assert (given["look"].name, given["look"].strength) == ("autochrome", 0.4)
    assert run("--look", "kodachrome") == 0
    assert (given["look"].name, given["look"].strength) == ("kodachrome", 1.0)
    assert run("--look", "sepia") == 2


@pytest.mark.parametrize("wrong", [["--variants", "1"], ["--palette-strength", "2"]])
def test_wrong_numbers_are_wrong_use(given, wrong, capsys):
    assert run(*wrong) == 2
    assert "Received: " in capsys.readouterr().err


def test_a_result_of_other_controls_is_made_anew(given):
    assert run() == 0
    assert run("--reference", "colour.png") == 0
    assert "reference" in given, "the result was there, but of other settings"
    given.clear()
    assert run("--reference", "colour.png") == 0
    assert given == {}, "the same again"


def test_variants_are_results_of_their_own(given):
    assert run("--variants", "3") == 0
    levels = [read_photo(f"out/gray_v{n}.png").pixels.max() for n in (1, 2, 3)]
    assert levels == [0, 10, 20]
    assert not Path("out/gray.png").exists()


def test_no_variant_takes_the_name_of_a_photograph(tmp_path):
    photos = [
        PlannedPhoto(tmp_path / name, tmp_path / "out" / name) for name in ("a.png", "a_v1.png")
    ]
    names = [each.output.name for each in split_variants(photos, 2)]
    assert names == ["a_v1_.png", "a_v2.png", "a_v1_v1.png", "a_v1_v2.png"]
