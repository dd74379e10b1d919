"""Clicks on the page's picture become hints, and hints points on the picture."""

import types
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("gradio", reason="the page needs Gradio: pip install gradio")

import gradio

from colorkit.demo import hint_editor
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

SIDE = st.integers(1, 4000)


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """A preview of 60 x 40 pixels of a photograph of 150 x 100, as the page remembers it."""
    folder = types.SimpleNamespace(make_job_folder=lambda: tmp_path)
    monkeypatch.setattr(hint_editor, "work_folder", lambda: folder)
    write_photo(tmp_path / "after.jpg", Photo(skimage.data.astronaut()[:40, :60].copy()))
    return {"path": str(tmp_path / "after.jpg"), "size": (100, 150)}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("#b03030", "#b03030"),
        ("rgba(176, 48, 47.6, 1)", "#b03030"),
        ("rgb(0,0,300)", "#0000ff"),
        ("red", "red"),
    ],
)
def test_the_pickers_colours(said, expected):
    assert hint_editor.hex_color(said) == expected


@pytest.fixture(scope="module")
def page():
    """What the board does: when the picture is clicked on, and when it is drawn after that."""
    with gradio.Blocks() as page:
        board = hint_editor.HintEditor()
        (clicked, *_) = board.changes()
        board.draw_after(clicked)
    functions = {event: each.fn for each in page.fns.values() for _, event in each.targets}
    return types.SimpleNamespace(click=functions["select"], draw=functions["then"])


def at(x, y):
    """A click, as Gradio tells of it."""
    return types.SimpleNamespace(index=[x, y])


def test_a_click_becomes_a_hint_in_the_photographs_pixels(page, shown):
    first = page.click([], "#b03030", shown, at(0, 39))
    assert first == [{"x": 1, "y": 98, "color": "#b03030"}]
    both = page.click(first, "rgba(0, 0, 255, 1)", shown, at(59, 0))
    assert both == [*first, {"x": 148, "y": 1, "color": "#0000ff"}]
    assert page.click(first, "#b03030", None, None) == first


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """Writes a preview of one row."""
    path = tmp_path_factory.mktemp("line") / "line.png"

    def write(length):
        write_photo(path, Photo(np.zeros((1, length), "uint8")))
        return str(path)

    return write


@given(SIDE, SIDE, st.floats(0, 1, exclude_max=True))
def test_pixels_of_copies_answer_each_other(page, line, length, copy, share):
    pixel = int(share * length)
    (hint,) = page.click([], "red", {"path": line(length), "size": (1, copy)}, at(pixel, 0))
    there = hint["x"]
    assert 0 <= there < copy
    assert there <= (pixel + 0.5) * copy / length <= there + 1
    if copy >= length:
        (hint,) = page.click([], "red", {"path": line(copy), "size": (1, length)}, at(there, 0))
        assert (hint["x"], hint["y"]) == (pixel, 0)


def test_gradio_finds_that_a_click_wants_its_place():
    hints = gradio.utils.get_type_hints(hint_editor.add_hint)
    assert hints["click"] is gradio.SelectData


def test_hints_are_drawn_and_listed(page, shown):
    path, listed = page.draw(shown, [{"x": 75, "y": 50, "color": "#0000ff"}])
    assert listed == "1. #0000ff at (75, 50)"
    before, after = (read_photo(each).pixels.astype(int) for each in (shown["path"], path))
    assert after.shape == before.shape
    assert np.abs(after[20, 30] - (0, 0, 255)).max() < 40
    assert np.abs(after[0] - before[0]).max() < 20
    assert page.draw(None, []) == (None, "")


def test_a_preview_deleted_for_its_age_is_neither_drawn_nor_clicked_on(page, shown):
    Path(shown["path"]).unlink()
    hints = [{"x": 75, "y": 50, "color": "#0000ff"}]
    assert page.draw(shown, hints) == (None, "")
    assert page.click(hints, "#b03030", shown, at(0, 0)) == hints
