"""The eyedropper, the swatches and the strip of variants, without a browser."""

import types

import numpy as np
import pytest

pytest.importorskip("gradio", reason="the page needs Gradio: pip install gradio")

import gradio

from colorkit.demo import guide_panel
from colorkit.demo.guide_panel import GuidePanel, pick_color
from colorkit.demo.hint_editor import add_hint, recolor_last
from colorkit.demo.suggestion_strip import show_suggestions
from colorkit.demo.variant_strip import number_of, show_variants
from colorkit.inference.control.suggestions import SuggestedColor
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo


def at(*index):
    return types.SimpleNamespace(index=index)


def captions_of(gallery):
    return [each["caption"] for each in gallery.value]


def test_the_eyedropper_takes_the_mean_about_a_click(tmp_path):
    pixels = np.zeros((20, 30, 3), "uint8")
    pixels[:, 15:] = (200, 100, 50)
    pixels[10, 20] = (225, 125, 75)
    path = str(tmp_path / "a.png")
    write_photo(path, Photo(pixels))
    assert pick_color(path, "#111111", at(27, 4)) == "#c86432"
    assert pick_color(path, "#111111", at(20, 10)) == "#c96533", "1 of 25 pixels is 25 lighter"
    assert pick_color(path, "#111111", at(0, 0)) == "#000000"
    write_photo(path, Photo(np.full((9, 9), 7, "uint8")))
    assert pick_color(path, "#111111", at(8, 8)) == "#070707"


def test_the_eyedropper_waits_for_a_reference(tmp_path):
    assert pick_color(None, "#111111", at(0, 0)) == "#111111"
    assert pick_color(str(tmp_path / "gone.png"), "#111111", at(0, 0)) == "#111111"


@pytest.mark.parametrize("function", [pick_color, add_hint, recolor_last, number_of])
def test_gradio_finds_that_a_click_wants_its_place(function):
    assert gradio.utils.get_type_hints(function)["click"] is gradio.SelectData


def test_a_reference_is_shown_small_without_its_alpha(tmp_path, monkeypatch):
    folder = types.SimpleNamespace(make_job_folder=lambda: tmp_path)
    monkeypatch.setattr(guide_panel, "work_folder", lambda: folder)
    photo = Photo(np.full((30, 900, 3), 90, "uint8"), np.zeros((30, 900), "uint8"))
    decoder = types.SimpleNamespace(decode=lambda path: photo)
    with gradio.Blocks():
        image, path = GuidePanel(decoder)._show("a.png")
    assert image.visible
    shown = read_photo(path).pixels
    assert shown.shape == (20, 600, 3) and (shown == 255).all()


def test_a_reference_that_cannot_be_read_is_told(monkeypatch):
    def refuse(path):
        raise PhotoError("Cannot read a.png.")

    with gradio.Blocks(), pytest.raises(gradio.Error, match="Cannot read a.png."):
        GuidePanel(types.SimpleNamespace(decode=refuse))._show("a.png")


def test_swatches_are_named_and_hidden_where_there_are_none():
    text, gallery, colors = show_suggestions([SuggestedColor("#a08060", "tan", 0.384)])
    assert text.visible and gallery.visible and colors == ["#a08060"]
    assert captions_of(gallery) == ["tan, 38%"]
    text, gallery, colors = show_suggestions([])
    assert not text.visible and not gallery.visible and colors == []


def test_the_first_of_the_variants_is_the_usual_picture():
    pictures = [np.full((4, 6, 3), number, "uint8") for number in range(3)]
    gallery = show_variants(pictures)
    assert captions_of(gallery) == ["usual", "2", "3"]
