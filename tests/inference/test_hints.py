"""Hints: what counts as one, where it lands in a model's view, and how files hold them."""

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.color
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.batch.hint_files import assign_hints, parse_hint, read_hints
from colorkit.batch.plan import PlannedPhoto
from colorkit.inference.hints import PATCH, Hint, check_hints, draw_hints
from colorkit.inference.letterbox import letterbox_picture
from colorkit.models.spec import ModelSpec

pytestmark = pytest.mark.any_backend

ANY_SIZE = ModelSpec(image_size=None, size_multiple=32, output="ab")
RED = "#c02020"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 0, RED), "hint's x must be a number of pixels from 0. Received: x=-1"),
        ((0, float("nan"), RED), "hint's y .* Received: y=nan"),
        ((True, 0, RED), "Received: x=True"),
        (("3", 0, RED), "Received: x='3'"),
        ((0, 0, "red"), "written as #rrggbb, such as #c02020. Received: 'red'"),
        ((0, 0, "#c0202"), "Received: '#c0202'"),
        ((0, 0, RED + "\n"), "Received: "),
        ((0, 0, (1, 2, 3)), "Received: "),
    ],
)
def test_what_is_no_hint(arguments, message):
    with pytest.raises(ValueError, match=message):
        Hint(*arguments)


def test_a_hint_knows_its_ab():
    expected = skimage.color.rgb2lab(np.array([0xC0, 0x20, 0x20]) / 255)[1:]
    np.testing.assert_allclose(Hint(0, 0, RED).ab, expected, atol=1e-4)
    assert Hint(0, 0, RED.upper().replace("#C", "#c")).ab.tolist() == Hint(0, 0, RED).ab.tolist()


def test_hints_lie_in_their_picture():
    assert check_hints(None, (4, 6)) == ()
    assert check_hints([(5, 3, RED), [5.9, 0, RED]], (4, 6)) == (Hint(5, 3, RED), Hint(5.9, 0, RED))
    for x, y in ((6, 0), (0, 4)):
        with pytest.raises(ValueError, match=f"6 x 4 pixels: x from 0 to 5.*x={x}, y={y}"):
            check_hints([(x, y, RED)], (4, 6))
    with pytest.raises(ValueError, match=r"colorkit.Hint or \(x, y, '#rrggbb'\). Received: 'red'"):
        check_hints(["red"], (4, 6))


@settings(deadline=None)
@given(
    height=st.integers(1, 3000),
    width=st.integers(1, 3000),
    y=st.floats(0, 1, exclude_max=True),
    x=st.floats(0, 1, exclude_max=True),
    size=st.sampled_from([32, 160, 192]),
)
def test_a_point_lands_where_resizing_brings_it(height, width, y, x, size):
    """For all aspect ratios: the middle of its pixel, scaled, lies in the pixel that it gets."""
    letterbox = letterbox_picture((height, width), ANY_SIZE, size, stride=4)
    point = y * height, x * width
    places = letterbox.place(point, (height, width))
    for at, place, part, whole in zip(
        point, places, letterbox.content, (height, width), strict=True
    ):
        assert 0 <= place < part
        middle = (np.floor(at) + 0.5) * part / whole
        assert place - 1e-6 <= middle <= place + 1 + 1e-6


@settings(deadline=None, max_examples=20)
@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    y=st.floats(0, 1, exclude_max=True),
    x=st.floats(0, 1, exclude_max=True),
)
def test_a_hint_is_drawn_about_its_point_and_mirrored_with_the_picture(height, width, y, x):
    hint = Hint(int(x * width), int(y * height), RED)
    letterbox = letterbox_picture((height, width), ANY_SIZE, size=32, stride=4)
    drawn = draw_hints([hint], (height, width), letterbox)
    assert drawn.shape == (*letterbox.padded, 3) and drawn.dtype == np.float32
    content = drawn[: letterbox.content[0], : letterbox.content[1]]
    rows, columns = np.nonzero(content[..., 2])
    row, column = letterbox.place((hint.y, hint.x), (height, width))
    assert np.abs(rows - row).max() <= PATCH // 2 and np.abs(columns - column).max() <= PATCH // 2
    assert content[row, column, 2] == 1
    np.testing.assert_allclose(content[row, column, :2], hint.ab / 128, atol=1e-6)
    assert (drawn[drawn[..., 2] == 0] == 0).all()
    if letterbox.padded[0] > letterbox.content[0]:
        np.testing.assert_array_equal(drawn[letterbox.content[0]], drawn[letterbox.content[0] - 1])


def test_a_later_hint_covers_an_earlier():
    letterbox = letterbox_picture((64, 64), ANY_SIZE, size=64)
    drawn = draw_hints([Hint(20, 20, RED), Hint(22, 20, "#2020c0")], (64, 64), letterbox)
    np.testing.assert_allclose(drawn[20, 22, :2], Hint(0, 0, "#2020c0").ab / 128, atol=1e-6)
    np.testing.assert_allclose(drawn[20, 18, :2], Hint(0, 0, RED).ab / 128, atol=1e-6)


def test_hints_are_typed():
    assert parse_hint("12,8.5,#C02020") == Hint(12, 8.5, "#C02020")
    for wrong in ("12,8", "12,8,red", "a,8,#c02020", "12;8;#c02020", "-1,0,#c02020", ""):
        with pytest.raises(ValueError, match=f"X,Y,#RRGGBB, such as .* Received: {wrong}$"):
            parse_hint(wrong)


def read(tmp_path, content):
    path = tmp_path / "hints.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_hints(path)


def test_files_of_hints(tmp_path):
    hint = {"x": 1, "y": 2.5, "color": RED}
    assert read(tmp_path, [hint]) == [Hint(1, 2.5, RED)]
    assert read(tmp_path, {"a.png": [hint], "b.png": []}) == {
        "a.png": [Hint(1, 2.5, RED)],
        "b.png": [],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", r"hints.json: expected JSON, a list of .* Received: Expecting value"),
        ("7", "hints.json: expected a list of .* Received: 7"),
        ('{"a.png": {"x": 1}}', "hints.json, 'a.png': expected a list .* Received: an object"),
        ('[{"x": 1, "y": 2}]', "hint 1: expected an object with .*. Received: 'x', 'y'"),
        (
            [{"x": 1, "y": 2, "color": RED, "z": 0}],
            "hint 1: expected .* Received: 'x', 'y', 'color'",
        ),
        ([[1, 2, RED]], "hint 1: expected an object with .* Received: a list"),
        ([{"x": "1", "y": 2, "color": RED}], "hint 1: A hint's x must be .* Received: x='1'"),
        ({"a": [{"x": 1, "y": 2, "color": "red"}]}, "'a', hint 1: A hint's colour .* 'red'"),
        ('[{"x": NaN, "y": 2, "color": "#c02020"}]', "NaN is no JSON"),
        ('{"a": [], "a": []}', "the name 'a' stands twice"),
        ("\xff", "hints.json: expected JSON"),
    ],
)
def test_files_that_are_none(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, content)


def test_hints_find_their_photographs():
    photos = [PlannedPhoto(Path(name), Path("out")) for name in ("a/x.png", "b/x.png", "b/y.png")]
    hint = Hint(1, 1, RED)
    given = assign_hints(photos, {"b/x.png": [hint], "y.png": [hint, hint]})
    assert [photo.hints for photo in given] == [(), (hint,), (hint, hint)]
    assert assign_hints(photos[:1], [hint])[0].hints == (hint,)
    for wrong, message in (
        ({"x.png": [hint]}, "Received: 'x.png', the name of 2$"),
        ({"z.png": []}, "Received: 'z.png', the name of 0$"),
        ({"": []}, "Received: '', the name of 0$"),
        ({"y.png": [], "b/y.png": []}, "'b/y.png', the name of 1, one of which has hints already"),
        ([hint], "Expected one photograph for these hints.* Received: 3 photographs"),
    ):
        with pytest.raises(ValueError, match=message):
            assign_hints(photos, wrong)


@pytest.mark.parametrize("value", [10**400, -(10**400), float("nan"), float("inf"), True, None])
def test_numbers_that_are_no_place(value):
    with pytest.raises(ValueError, match="A hint's x must be a number"):
        Hint(value, 1, RED)
