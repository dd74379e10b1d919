import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorkit.evaluation.protocols import PROTOCOLS, find_protocol, prepare_photo


def test_native_leaves_the_photograph():
    photo = skimage.data.chelsea()
    assert prepare_photo(photo, PROTOCOLS["native"]) is photo


def test_resize256_is_ddcolor_s():
    photo = skimage.data.chelsea()
    # Its data set resizes float pixels; 8 bits may differ by the rounding.
    expected = cv2.resize(np.float32(photo), (256, 256))
    found = prepare_photo(photo, PROTOCOLS["resize256"])
    assert found.shape == (256, 256, 3) and found.dtype == np.uint8
    assert np.abs(found - expected).max() <= 1
    smooth = Image.fromarray(photo).resize((256, 256), Image.Resampling.BILINEAR)
    assert np.abs(np.float32(smooth) - expected).mean() > 0.5, "no antialiasing"


@pytest.mark.parametrize(
    ("shape", "corner"),
    [((300, 452), (0, 76)), ((452, 300), (76, 0)), ((303, 300), (2, 0)), ((100, 90), (5, 0))],
)
def test_crop256_is_the_central_square_shrunk_by_pillow(shape, corner):
    photo = skimage.data.astronaut()[: shape[0], : shape[1]]
    box = (corner[1], corner[0], corner[1] + min(shape), corner[0] + min(shape))
    square = Image.fromarray(photo).crop(box)
    expected = square.resize((256, 256), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(prepare_photo(photo, PROTOCOLS["crop256"]), expected)


@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from(["resize256", "crop256"]))
@settings(max_examples=20, deadline=None)
def test_any_size_becomes_256(height, width, name):
    flat = np.full((height, width, 3), (10, 200, 90), "uint8")
    found = prepare_photo(flat, PROTOCOLS[name])
    assert found.shape == (256, 256, 3)
    assert (found == (10, 200, 90)).all()


def test_pictures_of_256_stay():
    photo = skimage.data.astronaut()[:256, :256]
    for name in PROTOCOLS:
        np.testing.assert_array_equal(prepare_photo(photo, PROTOCOLS[name]), photo)


def test_unknown_name():
    with pytest.raises(ValueError, match="native, resize256, crop256. Received: 'val50k'"):
        find_protocol("val50k")
