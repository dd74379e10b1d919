"""Clicks on the page's picture become hints, and hints points on the picture."""

import types

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("gradio", reason="the page needs Gradio: pip install gradio")

from colorkit.demo import hint_editor
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

SIDE = st.integers(1, 4000)


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """A preview of 60 x 40 pixels of a photograph of 150 x 100, as the page remembers it."""
    monkeypatch.setattr(hint_editor, "job_folder", lambda: tmp_path)
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


def test_a_click_becomes_a_hint_in_the_photographs_pixels(shown):
    first = hint_editor._add([], "#b03030", shown, types.SimpleNamespace(index=[0, 39]))
    assert first == [{"x": 1, "y": 98, "color": "#b03030"}]
    both = hint_editor._add(
        first, "rgba(0, 0, 255, 1)", shown, types.SimpleNamespace(index=(59, 0))
    )
    assert both == [*first, {"x": 148, "y": 1, "color": "#0000ff"}]
    assert hint_editor._add(first, "#b03030", None, None) == first


@given(SIDE, SIDE, st.floats(0, 1, exclude_max=True))
def test_pixels_of_copies_answer_each_other(length, copy, at):
    pixel = int(at * length)
    (there, _) = hint_editor._scaled((pixel, 0), (1, length), (1, copy))
    assert 0 <= there < copy
    assert there <= (pixel + 0.5) * copy / length <= there + 1
    if copy >= length:
        assert hint_editor._scaled((there, 0), (1, copy), (1, length)) == (pixel, 0)


def test_hints_are_drawn_and_listed(shown):
    path, listed = hint_editor._draw(shown, [{"x": 75, "y": 50, "color": "#0000ff"}])
    assert listed == "1. #0000ff at (75, 50)"
    before, after = (read_photo(each).pixels.astype(int) for each in (shown["path"], path))
    assert after.shape == before.shape
    assert np.abs(after[20, 30] - (0, 0, 255)).max() < 40
    assert np.abs(after[0] - before[0]).max() < 20
    assert hint_editor._draw(None, []) == (None, "")
