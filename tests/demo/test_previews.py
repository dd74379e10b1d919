"""The two pictures of the before/after slider."""

import numpy as np
import pytest
import skimage.color
import skimage.data

from colorkit.demo.previews import LARGEST_SIDE, mark_points, preview_pair
from colorkit.io.photo import Photo


def test_before_is_the_lightness_of_the_photograph():
    photo = Photo(skimage.data.astronaut())
    before, after = preview_pair(photo, photo)
    np.testing.assert_array_equal(after.pixels, photo.pixels)
    assert np.ptp(before.pixels, axis=-1).max() == 0
    lightness = [skimage.color.rgb2lab(each)[..., 0] for each in (before.pixels, photo.pixels)]
    np.testing.assert_allclose(*lightness, atol=0.6)


@pytest.mark.parametrize(
    "height, width, expected",
    [(3200, 1000, (1600, 500)), (100, 6400, (25, 1600)), (1, 5000, (1, 1600)), (90, 80, (90, 80))],
)
def test_previews_fit_a_screen(height, width, expected):
    assert LARGEST_SIDE == 1600
    pair = preview_pair(
        Photo(np.full((height, width), 70, "uint8")),
        Photo(np.full((height, width, 3), (90, 60, 40), "uint8")),
    )
    assert [each.pixels.shape for each in pair] == [(*expected, 3)] * 2
    assert (pair[0].pixels == 70).all()
    assert (pair[1].pixels == (90, 60, 40)).all()


def test_sixteen_bits_become_eight_and_transparency_white():
    alpha = np.full((6, 8), 65535, "uint16")
    alpha[:3] = 0
    gray = Photo(np.full((6, 8), 100 * 257, "uint16"), alpha)
    colored = Photo(np.full((6, 8, 3), 200 * 257, "uint16"), alpha)
    before, after = preview_pair(gray, colored)
    assert before.alpha is None and after.alpha is None
    assert (before.pixels[:3] == 255).all() and (before.pixels[3:] == 100).all()
    assert (after.pixels[:3] == 255).all() and (after.pixels[3:] == 200).all()


def test_points_are_marked_in_their_colours():
    picture = Photo(np.full((100, 200, 3), 90, "uint8"))
    marked = mark_points(picture, [(30, 60), (199, 0)], ["#ff8000", "#0000ff"]).pixels
    assert (marked[60, 30] == (255, 128, 0)).all() and (marked[0, 199] == (0, 0, 255)).all()
    assert (marked[60, 30:42] == 255).all(-1).any() and (marked[60, 30:42] == 0).all(-1).any()
    assert (marked[60, 50:150] == 90).all() and (picture.pixels == 90).all()
