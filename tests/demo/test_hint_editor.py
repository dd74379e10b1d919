"""Clicks on the page's picture become hints, and hints points on the picture."""

import types
from pathlib import Path

import numpy as np
import pytest
import skimage.data

pytest.importorskip("gradio", reason="the page needs Gradio: pip install gradio")


from colorkit.demo import hint_editor
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """A preview of 60 x 40 pixels of a photograph of 150 x 100, as the page remembers it."""
    folder = types.SimpleNamespace(make_job_folder=lambda: tmp_path)
    monkeypatch.setattr(hint_editor, "work_folder", lambda: folder)
    write_photo(tmp_path / "after.jpg", Photo(skimage.data.astronaut()[:40, :60].copy()))
    return {"path": str(tmp_path / "after.jpg"), "size": (100, 150), "name": "old.png"}


def at(x, y):
    """A click, as Gradio tells of it."""
    return types.SimpleNamespace(index=[x, y])


def swatch(number):
    """A click on a swatch."""
    return types.SimpleNamespace(index=number)


HINT = {"x": 75, "y": 50, "color": "#0000ff"}


def test_a_click_becomes_a_hint_in_the_photographs_pixels(shown):
    first, earlier = hint_editor.add_hint([], [], "#b03030", shown, at(0, 39))
    assert first == [{"x": 1, "y": 98, "color": "#b03030"}]
    both, earlier = hint_editor.add_hint(first, earlier, "rgba(0, 0, 255, 1)", shown, at(59, 0))
    assert both == [*first, {"x": 148, "y": 1, "color": "#0000ff"}]
    assert hint_editor.add_hint(first, [], "#b03030", None, None) == (first, [])


def test_each_change_can_be_taken_back():
    states = [([], [])]
    states.append(([HINT], [[]]))
    states.append(hint_editor.recolor_last(*states[-1], ["#111111", "#222222"], swatch(1)))
    assert states[-1][0] == [{**HINT, "color": "#222222"}]
    states.append(hint_editor.clear(*states[-1]))
    assert states[-1][0] == []
    for before in reversed(states[:-1]):
        states[-1] = hint_editor.undo(*states[-1])
        assert states[-1] == before
    assert hint_editor.undo([HINT], []) == ([HINT], [])
    assert hint_editor.load([HINT], [], "a.json", None) == ([HINT], [])


def test_a_swatch_that_is_not_there_changes_nothing():
    assert hint_editor.recolor_last([HINT], [], [], swatch(0)) == ([HINT], [])
    assert hint_editor.recolor_last([], [], ["#111111"], swatch(0)) == ([], [])


def test_hints_are_drawn_listed_and_saved(shown):
    path, listed, button = hint_editor._draw(shown, [HINT])
    assert listed == "1. #0000ff at (75, 50)"
    before, after = (read_photo(each).pixels.astype(int) for each in (shown["path"], path))
    assert after.shape == before.shape
    assert np.abs(after[20, 30] - (0, 0, 255)).max() < 40
    assert np.abs(after[0] - before[0]).max() < 20
    saved = Path(button.value["path"] if isinstance(button.value, dict) else button.value)
    assert saved.name == "old_hints.json" and button.interactive
    assert hint_editor.load([], [], saved, shown) == ([HINT], [[]])
    path, listed, button = hint_editor._draw(None, [])
    assert (path, listed, button.interactive) == (None, "", False)


def test_a_preview_deleted_for_its_age_is_neither_drawn_nor_clicked_on(shown):
    Path(shown["path"]).unlink()
    assert hint_editor._draw(shown, [HINT])[:2] == (None, "")
    assert hint_editor.add_hint([HINT], [], "#b03030", shown, at(0, 0)) == ([HINT], [])
