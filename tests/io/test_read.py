"""Photographs read as other software reads them: JPEG, WebP, BMP, large ones and many at a time."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from drawn_files import (
    SIZES,
    assert_same,
    astronaut,
    complete_files,
    opencv_file,
    pillow_file,
    random_pixels,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorkit.io.read import decode_photo

SMALL = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("gray", [True, False])
def test_jpeg_is_what_opencv_reads(options, gray):
    pixels = astronaut()[..., 0] if gray else astronaut()
    data = pillow_file(pixels, "JPEG", quality=90, **options)
    photo = decode_photo(data, "a.jpg")
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    expected = expected if gray else expected[..., ::-1]
    assert photo.file_format == "JPEG"
    assert photo.pixels.shape == pixels.shape
    assert np.abs(photo.pixels.astype(int) - expected).max() <= 1


def test_cmyk_jpeg_without_profile():
    cmyk = Image.fromarray(astronaut()).convert("CMYK")
    photo = decode_photo(pillow_file(cmyk, "JPEG", quality=98, subsampling=0), "a.jpg")
    assert np.abs(photo.pixels.astype(int) - astronaut()).mean() < 3


def test_several_pictures_in_one_jpeg_give_the_first():
    first, second = Image.fromarray(astronaut()), Image.fromarray(255 - astronaut())
    data = pillow_file(first, "MPO", save_all=True, append_images=[second], quality=95)
    photo = decode_photo(data, "phone.jpg")
    assert np.abs(photo.pixels.astype(int) - astronaut()).mean() < 5


@SMALL
@given(SIZES, st.booleans())
def test_webp(size, has_alpha):
    pixels = random_pixels((*size, 4 if has_alpha else 3))
    photo = decode_photo(pillow_file(pixels, "WEBP", lossless=True, exact=True), "a.webp")
    assert_same(photo, pixels[..., :3], pixels[..., 3] if has_alpha else None)
    assert photo.file_format == "WEBP"


@SMALL
@given(SIZES, st.booleans())
def test_bmp(size, gray):
    pixels = random_pixels(size if gray else (*size, 3))
    photo = decode_photo(opencv_file(pixels, ".bmp"), "a.bmp")
    assert_same(photo, pixels)
    assert photo.file_format == "BMP"


def test_a_hundred_megapixels_are_read():
    data = pillow_file(Image.new("1", (12_500, 8_000), 1), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = decode_photo(data, "large.png")
    assert photo.pixels.shape == (8_000, 12_500)
    assert photo.pixels.min() == 255


def test_threads_give_what_one_thread_gives():
    files = list(complete_files().values()) * 4
    expected = [decode_photo(data, "a").pixels for data in files]
    with ThreadPoolExecutor(8) as pool:
        photos = list(pool.map(lambda data: decode_photo(data, "a"), files))
    for photo, pixels in zip(photos, expected, strict=True):
        np.testing.assert_array_equal(photo.pixels, pixels)


@pytest.mark.parametrize(
    "shape", [(3, 1_500_000), (2, 4_300_000), (5, 1_000_000, 3), (4_300_000, 1), (2300, 2000)]
)
def test_large_pictures_are_copied_in_bands(shape, monkeypatch):
    crop, bands = Image.Image.crop, []
    monkeypatch.setattr(
        Image.Image, "crop", lambda image, box: [bands.append(box), crop(image, box)][1]
    )
    pixels = np.resize(np.arange(251, dtype="uint8"), shape)
    assert_same(decode_photo(pillow_file(pixels, "PNG", compress_level=1), "a.png"), pixels)
    assert len(bands) == 2
