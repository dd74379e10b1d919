"""Photographs written, read back by other software: pixels, formats, what is refused."""

import dataclasses
import os
import warnings

import cv2
import numpy as np
import pytest
import skimage.data
import tifffile
from drawn_files import SIZES, random_pixels, some_photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

# --- Pixels, read back by other software


@settings(max_examples=40, deadline=None)
@given(
    SIZES,
    st.sampled_from(["uint8", "uint16"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([".png", ".tif"]),
)
def test_png_and_tiff_lose_nothing(tmp_path_factory, size, dtype, gray, has_alpha, suffix):
    path = tmp_path_factory.mktemp("written") / ("a" + suffix)
    pixels = random_pixels(size if gray else (*size, 3), dtype)
    alpha = random_pixels(size, dtype, 1) if has_alpha else None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_photo(path, Photo(pixels, alpha))

    photo = read_photo(path)
    assert photo.pixels.dtype == pixels.dtype
    deep_gray_alpha_png = suffix == ".png" and gray and has_alpha and dtype == "uint16"
    expected = np.stack([pixels] * 3, -1) if deep_gray_alpha_png else pixels
    np.testing.assert_array_equal(photo.pixels, expected)
    if has_alpha:
        np.testing.assert_array_equal(photo.alpha, alpha)

    if suffix == ".tif":
        read = tifffile.imread(path)
        expected = np.dstack([pixels, alpha]) if has_alpha else pixels
        np.testing.assert_array_equal(read, expected)
    if not (gray and has_alpha):
        read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        read = read if gray else read[..., [2, 1, 0, 3] if has_alpha else [2, 1, 0]]
        # OpenCV multiplies 8-bit TIFF by its alpha.
        if not (has_alpha and suffix == ".tif" and dtype == "uint8"):
            expected = np.dstack([pixels, alpha]) if has_alpha else pixels
            np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("gray", [True, False])
def test_bmp_loses_nothing(tmp_path, gray):
    pixels = random_pixels((5, 7) if gray else (5, 7, 3))
    write_photo(tmp_path / "a.bmp", Photo(pixels))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.bmp")), pixels)


def test_jpeg_keeps_color_at_full_resolution(tmp_path):
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = [200, 60, 60]
    stripes[:, 1::2] = [60, 60, 200]
    write_photo(tmp_path / "a.jpg", Photo(stripes))
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.format == "JPEG"
        assert JpegImagePlugin.get_sampling(image) == 0
        assert np.abs(np.asarray(image).astype(int) - stripes).max() < 16


def test_jpeg_of_a_photograph_is_close(tmp_path):
    pixels = skimage.data.astronaut()
    write_photo(tmp_path / "a.jpg", Photo(pixels))
    read = cv2.imread(str(tmp_path / "a.jpg"))[..., ::-1]
    assert cv2.PSNR(np.ascontiguousarray(read), pixels) > 40
    assert os.path.getsize(tmp_path / "a.jpg") < pixels.nbytes / 4


def test_gray_jpeg_has_one_channel(tmp_path):
    write_photo(tmp_path / "a.jpg", Photo(skimage.data.camera()))
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.mode == "L"


def test_webp(tmp_path):
    pixels = skimage.data.astronaut()
    alpha = np.full(pixels.shape[:2], 7, np.uint8)
    write_photo(tmp_path / "a.webp", Photo(pixels, alpha))
    with Image.open(tmp_path / "a.webp") as image:
        read = np.asarray(image)
    np.testing.assert_array_equal(read[..., 3], alpha)
    write_photo(tmp_path / "b.webp", Photo(pixels))
    with Image.open(tmp_path / "b.webp") as image:
        assert cv2.PSNR(np.asarray(image), pixels) > 34


def test_jpeg_2000_loses_nothing(tmp_path):
    pixels, alpha = random_pixels((60, 70, 3)), random_pixels((60, 70))
    write_photo(tmp_path / "a.jp2", Photo(pixels, alpha))
    photo = read_photo(tmp_path / "a.jp2")
    np.testing.assert_array_equal(photo.pixels, pixels)
    np.testing.assert_array_equal(photo.alpha, alpha)


def test_avif_of_a_photograph_is_close(tmp_path):
    pixels = skimage.data.astronaut()
    alpha = np.full(pixels.shape[:2], 7, np.uint8)
    write_photo(tmp_path / "a.avif", Photo(pixels, alpha))
    photo = read_photo(tmp_path / "a.avif")
    assert cv2.PSNR(photo.pixels, pixels) > 38
    assert np.abs(photo.alpha.astype(int) - 7).max() <= 1


def test_a_format_that_the_installed_pillow_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr("PIL.features.check", lambda feature: False)
    with pytest.raises(PhotoError, match="installed Pillow writes no AVIF. Install a newer one"):
        write_photo(tmp_path / "a.avif", some_photo())


def test_arrays_that_are_views_are_written_as_they_look(tmp_path):
    pixels, alpha = random_pixels((6, 8, 3)), random_pixels((6, 8))
    for name in ("a.png", "a.tif"):
        for dtype in ("uint8", "uint16"):
            photo = Photo(pixels[::-2, ::-1, ::-1].astype(dtype), alpha[::-2, ::-1].astype(dtype))
            photo = dataclasses.replace(photo, pixels=np.flip(photo.pixels, 1))
            write_photo(tmp_path / name, photo)
            np.testing.assert_array_equal(read_photo(tmp_path / name).pixels, photo.pixels)


# --- Names and formats


@pytest.mark.parametrize(
    ("name", "asked", "format_name"),
    [
        ("a.JPG", None, "JPEG"),
        ("a.jpeg", None, "JPEG"),
        ("a.Png", None, "PNG"),
        ("a.TIFF", None, "TIFF"),
        ("a.webp", None, "WEBP"),
        ("a.bmp", None, "BMP"),
        ("a.avif", None, "AVIF"),
        ("a.JP2", None, "JPEG2000"),
        ("a.jpg", "png", "PNG"),
        ("no suffix", "JPEG", "JPEG"),
        ("a.b", ".tif", "TIFF"),
    ],
)
def test_the_format_follows_from_the_suffix_unless_it_is_given(tmp_path, name, asked, format_name):
    write_photo(tmp_path / name, some_photo(), file_format=asked)
    with Image.open(tmp_path / name) as image:
        assert image.format == format_name


@pytest.mark.parametrize(
    ("name", "asked", "received"),
    [
        ("a.gif", None, "'.gif'"),
        ("a.HEIC", None, "'.HEIC'"),
        ("a", None, "a name without a suffix"),
        ("a.png", "psd", "'psd'"),
    ],
)
def test_unknown_formats(tmp_path, name, asked, received):
    path = tmp_path / name
    with pytest.raises(PhotoError) as caught:
        write_photo(path, some_photo(), file_format=asked)
    assert str(caught.value) == (
        f"Cannot write {path}: expected one of the formats .jpg, .jpeg, .png, .tif, .tiff, .webp, "
        f".bmp, .avif, .jp2, .jpe, .jfif. Received: {received}. Choose one of these suffixes."
    )
    assert not list(tmp_path.iterdir())


# --- Arrays that are no photograph


@pytest.mark.parametrize(
    ("pixels", "received"),
    [
        (np.zeros((5, 7, 3), np.float32), "shape (5, 7, 3), float32"),
        (np.zeros((5, 7, 1), np.uint8), "shape (5, 7, 1), uint8"),
        (np.zeros((5, 7, 4), np.uint8), "shape (5, 7, 4), uint8"),
        (np.zeros((2, 5, 7, 3), np.uint8), "shape (2, 5, 7, 3), uint8"),
        (np.zeros((0, 7), np.uint8), "shape (0, 7), uint8"),
    ],
)
def test_pixels_that_are_no_photograph(tmp_path, pixels, received):
    with pytest.raises(ValueError) as caught:
        write_photo(tmp_path / "a.png", Photo(pixels))
    assert str(caught.value) == (
        "Expected pixels of shape (height, width) or (height, width, 3), uint8 or uint16. "
        f"Received: {received}. Convert them first."
    )


@pytest.mark.parametrize("alpha", [np.zeros((5, 6), np.uint8), np.zeros((5, 7), np.uint16)])
def test_alpha_that_does_not_fit(tmp_path, alpha):
    with pytest.raises(ValueError) as caught:
        write_photo(tmp_path / "a.png", some_photo(alpha=alpha))
    assert str(caught.value) == (
        "Expected alpha of shape (5, 7) and uint8, like the pixels. "
        f"Received: shape {alpha.shape}, {alpha.dtype}. Convert it first."
    )
