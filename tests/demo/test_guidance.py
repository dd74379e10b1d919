"""What visitors give to guide the colours, without a browser."""

import types

import numpy as np
import pytest
from stub_colorizer import StubColorizer

from colorkit.classics import colorize_by_optimization
from colorkit.demo.decoder import UploadDecoder
from colorkit.demo.guidance import (
    EXACTLY,
    Guidance,
    color_guided,
    list_variants,
    read_guidance,
)
from colorkit.demo.limits import Limits
from colorkit.inference.control import variant_colorizer
from colorkit.inference.hints import Hint
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.write import write_photo

HINTS = [{"x": 4, "y": 2, "color": "#c02020"}]
GRAY = np.tile(np.arange(60, 120, 2, dtype="uint8"), (20, 1))


@pytest.fixture(scope="module")
def decoder():
    decoder = UploadDecoder(Limits(megapixels=0.1))
    yield decoder
    decoder.close()


def test_nothing_given_is_no_guidance(decoder):
    read = read_guidance(decoder)
    assert (read.hints, read.controls, read.variant) == ((), {}, 0)


def test_all_that_is_given_is_read(decoder, tmp_path):
    colored = np.full((6, 8, 3), (200, 30, 30), "uint8")
    write_photo(tmp_path / "a.png", Photo(colored))
    path = str(tmp_path / "a.png")
    given = (HINTS, EXACTLY, path, True, "#30507a, #c8b090", 0.2, "autochrome", 0.7, 2)
    read = read_guidance(decoder, *given)
    assert read.hints == (Hint(4, 2, "#c02020"),)
    assert (read.spread, read.variant, read.palette.strength) == (EXACTLY, 2, 0.2)
    assert (read.look.name, read.look.strength) == ("autochrome", 0.7)
    np.testing.assert_array_equal(read.reference, colored)
    assert set(read.controls) == {"reference", "palette", "look"}
    assert read_guidance(decoder, None, EXACTLY, path, False).reference is None


@pytest.mark.parametrize(
    "hints, message",
    [
        ([{"x": 4}], "the hints, hint 1: expected an object with"),
        ([{"x": 4, "y": 2, "color": "red"}], "hint 1: A hint's colour must be written as"),
        ("red", "the hints: expected a list of"),
        (3, "the hints: expected a list of .* Received: 3"),
        (HINTS * 501, "at most 500 hints. Received: 501"),
    ],
)
def test_hints_that_are_refused(decoder, hints, message):
    with pytest.raises(ValueError, match=message):
        read_guidance(decoder, hints)


def test_other_wrong_things_are_refused(decoder, tmp_path):
    with pytest.raises(ValueError, match="palette's colours must be written as #rrggbb"):
        read_guidance(decoder, palette="blue")
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(PhotoError, match="Cannot read a.png"):
        read_guidance(decoder, reference=str(tmp_path / "a.png"))


def test_hints_spread_exactly_are_all_that_counts():
    hints = (Hint(4, 2, "#c02020"), Hint(25, 15, "#2040b0"))
    made = color_guided(StubColorizer(), GRAY, Guidance(hints, EXACTLY, variant=1))
    np.testing.assert_array_equal(made, colorize_by_optimization(GRAY, hints=hints))
    before = color_guided(StubColorizer(), GRAY, Guidance(spread=EXACTLY))
    np.testing.assert_array_equal(before, StubColorizer.color(GRAY, None, 0))


def test_a_variant_is_guided_too(monkeypatch):
    seen = []

    class Varied:
        def __init__(self, colorizer, number, guided):
            seen.extend([colorizer, number, guided])

        def prepare(self, pixels, hints, *, variant):
            seen.extend([hints, variant])

        def predict(self, prepared):
            return [None]

        def finish(self, prepared, color):
            return types.SimpleNamespace(pixels=GRAY)

    monkeypatch.setattr(variant_colorizer, "VariantColorizer", Varied)
    colorizer = types.SimpleNamespace(with_controls=lambda **controls: controls)
    given = Guidance((Hint(4, 2, "#c02020"),), reference=GRAY, variant=2)
    assert color_guided(colorizer, GRAY, given) is GRAY
    assert seen == [colorizer, 4, {"reference": GRAY}, given.hints, 2]


def test_variants_are_not_spread_exactly():
    listed = list(list_variants(Guidance(spread=EXACTLY)))
    assert [(each.variant, each.spread) for each in listed] == [
        (number, "by the model") for number in range(4)
    ]
