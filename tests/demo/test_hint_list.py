"""Lists of hints: colours, places, and files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorkit.batch.hint_files import read_hints
from colorkit.demo.hint_list import hex_color, read_hint_list, scale_place, write_hint_list
from colorkit.inference.hints import Hint

SIDE = st.integers(1, 4000)
PHOTO = {"name": "old.png", "size": (40, 60)}
HINTS = [
    {"x": 3, "y": 5, "color": "#c02020"},
    {"x": 59, "y": 39, "color": "#2040b0", "strength": 0.5},
]


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
    assert hex_color(said) == expected


@given(SIDE, SIDE, st.floats(0, 1, exclude_max=True))
def test_pixels_of_copies_answer_each_other(length, copy, share):
    pixel = int(share * length)
    there, _ = scale_place((pixel, 0), (1, length), (1, copy))
    assert 0 <= there < copy
    assert there <= (pixel + 0.5) * copy / length <= there + 1
    if copy >= length:
        assert scale_place((there, 0), (1, copy), (1, length)) == (pixel, 0)


def test_a_file_is_one_of_the_command_line_and_is_read_again(tmp_path):
    path = tmp_path / "old_hints.json"
    write_hint_list(path, HINTS)
    assert read_hints(path) == [Hint(**each) for each in HINTS]
    assert read_hint_list(path, PHOTO) == HINTS


def test_of_a_file_for_several_photographs_its_own_are_taken(tmp_path):
    path = tmp_path / "all.json"
    path.write_text(json.dumps({"old.png": HINTS[:1], "other.png": HINTS}))
    assert read_hint_list(path, PHOTO) == HINTS[:1]
    with pytest.raises(ValueError, match="^all.json: expected hints of new.png. .*old.png, other"):
        read_hint_list(path, {**PHOTO, "name": "new.png"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{", "^h.json: expected JSON"),
        ("[3]", "^h.json, hint 1: expected an object"),
        (json.dumps([{**HINTS[0], "x": 60}]), "must lie in the picture of 60 x 40 pixels"),
        (" " * (1 << 21), "^h.json: expected a file of hints, of at most 1 MB"),
    ],
)
def test_what_is_no_file_of_its_hints_is_told_without_the_folder(tmp_path, text, message):
    path = tmp_path / "h.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_hint_list(path, PHOTO)
    assert str(tmp_path) not in str(caught.value)
