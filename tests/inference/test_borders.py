"""The border of a scan, against photographs without one."""

import numpy as np
import pytest
import skimage.data
from exported_models import small_model
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.inference.borders import find_content
from colorkit.inference.colorizer import Colorizer
from colorkit.inference.lightness import lightness_of

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "camera", "moon")


def gray(name):
    picture = lightness_of(getattr(skimage.data, name)())
    return np.uint8(picture * 2.55)


def framed(photo, widths, value):
    top, bottom, left, right = widths
    return np.pad(photo, ((top, bottom), (left, right)), constant_values=value)


widths = st.tuples(*[st.integers(4, 40)] * 4)


@settings(max_examples=40, deadline=None)
@given(widths, widths, st.sampled_from([(0, 240), (240, 5), (10, 10), (250, 235)]), st.booleans())
def test_the_photograph_is_found_within_paper_and_black(outer, inner, values, is_grainy):
    photo = gray("chelsea")
    scan = framed(framed(photo, inner, values[1]), outer, values[0])
    top, left = outer[0] + inner[0], outer[2] + inner[2]
    within = np.s_[top : top + photo.shape[0], left : left + photo.shape[1]]
    if is_grainy:
        grain = np.random.default_rng(sum(outer)).normal(0, 3, scan.shape)
        scan = np.uint8(np.clip(scan + grain, 0, 255))
    rows, columns = find_content(lightness_of(scan))
    assert (rows.start, rows.stop) == (within[0].start, within[0].stop)
    assert (columns.start, columns.stop) == (within[1].start, within[1].stop)


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photograph_is_its_own_content(name):
    photo = gray(name)
    assert find_content(lightness_of(photo)) == (slice(0, len(photo)), slice(0, photo.shape[1]))


@pytest.mark.parametrize("bare", range(4))
def test_what_lies_on_three_sides_is_no_border(bare):
    sides = [20] * 4
    sides[bare] = 0
    scan = framed(gray("chelsea"), sides, 0)
    assert find_content(lightness_of(scan)) == (slice(0, len(scan)), slice(0, scan.shape[1]))


@pytest.mark.parametrize("value", [0, 20, 128, 230, 255])
@pytest.mark.parametrize("size", [(1, 1), (2, 300), (64, 48)])
def test_a_blank_picture_is_its_own_content(size, value):
    blank = np.full(size, value, "uint8")
    assert find_content(lightness_of(blank)) == (slice(0, size[0]), slice(0, size[1]))


def test_a_small_photograph_on_a_large_page_is_no_bordered_photograph():
    page = framed(gray("chelsea"), [400] * 4, 250)
    assert find_content(lightness_of(page)) == (slice(0, len(page)), slice(0, page.shape[1]))


def test_the_photograph_is_coloured_as_without_its_border_which_stays_gray():
    colorizer = Colorizer(small_model(), precision="float32")
    photo = gray("coffee")
    scan = framed(framed(photo, (12, 9, 15, 10), 238), (7, 8, 9, 10), 12)
    colored = colorizer.colorize(scan)
    within = np.s_[19 : 19 + photo.shape[0], 24 : 24 + photo.shape[1]]
    np.testing.assert_array_equal(colored[within], colorizer.colorize(photo))
    colored[within] = 0
    assert np.ptp(colored.astype(int), axis=-1).max() <= 1


def test_a_border_can_be_left_unsought():
    colorizer = Colorizer(small_model(), precision="float32")
    scan = framed(gray("coffee"), [30] * 4, 238)
    prepared = colorizer.prepare(scan, find_border=False)
    assert prepared.content == (slice(0, scan.shape[0]), slice(0, scan.shape[1]))


@pytest.mark.slow
def test_hints_are_given_within_the_border(shipped_colorizer):
    """The same hint, at its place in the photograph and at that in the scan."""
    photo = gray("coffee")
    scan = framed(photo, [30] * 4, 238)
    inside = shipped_colorizer.colorize(scan, [(230, 130, "#2040c0")])[30:-30, 30:-30]
    np.testing.assert_array_equal(
        inside, shipped_colorizer.colorize(photo, [(200, 100, "#2040c0")])
    )


@pytest.mark.slow
def test_a_hint_on_the_border_has_it_coloured(shipped_colorizer):
    scan = framed(gray("coffee"), [30] * 4, 238)
    red, green, blue = shipped_colorizer.colorize(scan, [(300, 8, "#2040c0")])[8, 300].astype(int)
    assert blue > red + 5
