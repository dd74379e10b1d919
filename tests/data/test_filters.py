"""Which photographs are fit to train on."""

import io

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
from drawn_files import pillow_file
from drawn_photos import draw_photo
from PIL import Image

from colorkit.data.filters import (
    GRAY,
    TOO_SMALL,
    UNREADABLE,
    Dropped,
    check_photo,
    decode_rgb,
    make_thumbnail,
    measure_color,
)

SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


def to_gray(rgb):
    return np.repeat(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=-1)


def through_jpeg(rgb, quality):
    data = pillow_file(np.clip(rgb, 0, 255).astype(np.uint8), "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(data)))


def stamped(gray):
    """With digits of 2 % of the area in orange."""
    stamped = gray.copy()
    height, width = gray.shape[:2]
    for digit in range(8):
        left = width // 2 + digit * width // 20
        stamped[-height // 10 : -height // 30, left : left + width // 26] = (255, 120, 0)
    return stamped


TONES = {
    "gray": lambda rgb: to_gray(rgb),
    "gray as JPEG": lambda rgb: through_jpeg(to_gray(rgb), 50),
    "sepia": lambda rgb: through_jpeg(to_gray(rgb) @ SEPIA.T, 75),
    "cream paper": lambda rgb: through_jpeg(to_gray(rgb) * [1.0, 0.92, 0.75], 75),
    "blue tone": lambda rgb: to_gray(rgb) * [0.7, 0.85, 1.0],
    "a tenth of the colour": lambda rgb: 0.9 * to_gray(rgb) + 0.1 * rgb,
    "a date stamp": lambda rgb: stamped(to_gray(rgb)),
}


@pytest.mark.parametrize("photo", ["astronaut", "chelsea", "coffee", "rocket"])
@pytest.mark.parametrize("tone", TONES)
def test_gray_and_toned_photographs_are_dropped(photo, tone):
    rgb = np.clip(TONES[tone](getattr(skimage.data, photo)()), 0, 255).astype(np.uint8)
    with pytest.raises(Dropped) as dropped:
        check_photo(rgb, make_thumbnail(rgb), 256)
    assert dropped.value.args[0] == GRAY and "its colours spread by" in dropped.value.args[1]


@pytest.mark.parametrize("photo", ["astronaut", "chelsea", "coffee", "rocket", "retina"])
def test_colour_photographs_are_kept(photo):
    rgb = getattr(skimage.data, photo)()
    check_photo(rgb, make_thumbnail(rgb), 256)


def underexposed(rgb, share):
    """As it would be with a share of the light."""
    linear = skimage.color.rgb2xyz(rgb) * share
    return np.rint(255 * np.clip(skimage.color.xyz2rgb(linear), 0, 1)).astype(np.uint8)


@pytest.mark.parametrize("share", [0.1, 0.05, 0.02, 0.01])
@pytest.mark.parametrize("photo", ["astronaut", "chelsea", "coffee", "rocket", "retina"])
def test_dark_colour_photographs_are_kept_and_gray_ones_dropped(photo, share):
    rgb = underexposed(getattr(skimage.data, photo)(), share)
    check_photo(rgb, make_thumbnail(rgb), 256)
    for gray in (to_gray(rgb), through_jpeg(to_gray(rgb), 50), through_jpeg(to_gray(rgb), 90)):
        with pytest.raises(Dropped):
            check_photo(gray, make_thumbnail(gray), 256)


def test_one_strong_colour_on_white_is_kept_and_a_weak_one_dropped():
    rgb = np.full((64, 64, 3), 240, np.uint8)
    rgb[16:48, 16:48] = [0, 170, 190]
    check_photo(rgb, rgb, 64)
    rgb[16:48, 16:48] = [150, 170, 172]
    with pytest.raises(Dropped):
        check_photo(rgb, rgb, 64)


def test_spread_of_two_colours_of_one_lightness_is_half_their_distance():
    from skimage.color import lab2rgb

    rgb = np.array([lab2rgb([[60.0, 30.0, 20.0]]), lab2rgb([[60.0, -30.0, 20.0]])])
    rgb = np.rint(255 * rgb).astype(np.uint8).reshape(1, 2, 3)
    assert measure_color(rgb) == pytest.approx((30, np.hypot(30, 20)), abs=0.5)


@pytest.mark.parametrize("photo", ["astronaut", "rocket", "retina"])
def test_spread_and_chroma_are_the_percentiles_of_distances(photo):
    """Of OpenCV's Lab, with NumPy's median of each class of lightness by itself."""
    rgb = make_thumbnail(getattr(skimage.data, photo)())
    lab = cv2.cvtColor(rgb.astype("float32") / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    classes = (lab[:, 0] * 16 / 100).astype(int)
    distances = [
        np.linalg.norm(ab - np.median(ab, axis=0), axis=1)
        for ab in (lab[classes == each, 1:] for each in np.unique(classes))
    ]
    expected = [np.concatenate(distances), np.linalg.norm(lab[:, 1:], axis=1)]
    assert measure_color(rgb) == pytest.approx(np.percentile(expected, 90, axis=1))


def test_the_shorter_side_decides():
    rgb = draw_photo(0, 60, 300)
    check_photo(rgb, make_thumbnail(rgb), 60)
    with pytest.raises(Dropped) as dropped:
        check_photo(rgb, make_thumbnail(rgb), 61)
    assert dropped.value.args == (TOO_SMALL, "300 x 60; at least 61 a side are taken")


@pytest.mark.parametrize("data", [b"", b"no picture", pillow_file(draw_photo(0), "JPEG")[:300]])
def test_what_cannot_be_read_is_dropped(data):
    with pytest.raises(Dropped) as dropped:
        decode_rgb(data, "x.jpg")
    assert dropped.value.args[0] == UNREADABLE and "x.jpg" in dropped.value.args[1]


def test_every_kind_of_pixels_becomes_8_bit_rgb():
    gray = np.full((2, 3), 77, np.uint8)
    deep = np.full((2, 3), 77 * 257 + 100, np.uint16)
    clear = np.zeros((2, 3, 4), np.uint8)
    for pixels, level in ((gray, 77), (deep, 77), (clear, 255)):
        rgb = decode_rgb(pillow_file(pixels, "PNG"), "x.png")
        np.testing.assert_array_equal(rgb, np.full((2, 3, 3), level, np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (3000, 2), (63, 64), (480, 640)])
def test_thumbnails_of_any_shape(shape):
    thumbnail = make_thumbnail(np.zeros((*shape, 3), np.uint8))
    assert min(thumbnail.shape[:2]) == min(64, *shape)
    assert thumbnail.shape[0] / thumbnail.shape[1] == pytest.approx(shape[0] / shape[1], rel=0.02)


def test_a_file_that_lacks_its_end_marker_alone_is_kept():
    data = pillow_file(skimage.data.astronaut()[:64, :64], "JPEG")
    whole = decode_rgb(data, "a.jpg")
    np.testing.assert_array_equal(decode_rgb(data[:-1], "a.jpg"), whole)
    with pytest.raises(Dropped, match="cut short"):
        decode_rgb(data[:-300], "a.jpg")
