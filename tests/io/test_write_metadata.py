"""EXIF and ICC profiles in photographs that are written."""

import dataclasses

import numpy as np
import pytest
from drawn_files import (
    SRGB,
    SRGB_CURVE,
    gamma_curve,
    gray_profile,
    pillow_file,
    random_pixels,
    rgb_profile,
    some_photo,
)
from PIL import Image

from colorkit.io.photo import Photo
from colorkit.io.read import decode_photo, read_photo
from colorkit.io.write import write_photo

TEXT = "Königsberg, ©".encode()
SRGB_PROFILE = rgb_profile(SRGB, SRGB_CURVE)


def some_exif():
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x8298], exif[0x0112] = TEXT, "Leica", "A. Nother", 1
    exif[0x011A], exif[0x011B], exif[0x0128] = 300.0, 300.0, 2
    exif[0x8769] = {0x829A: 1 / 250, 0x9003: "1954:03:01 10:00:00", 0x927C: b"\0\1\2maker\0"}
    exif[0x8825] = {1: "N", 2: (50.0, 30.0, 0.0)}
    return exif.tobytes()


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.filterwarnings("ignore::colorkit.io.photo.PhotoWarning")
def test_exif_and_profile_are_carried_over(tmp_path, suffix, dtype):
    path = tmp_path / f"a.{suffix}"
    pixels = random_pixels((5, 7, 3), dtype)
    write_photo(path, Photo(pixels, exif=some_exif(), icc_profile=SRGB_PROFILE))
    with Image.open(path) as image:
        assert image.info["icc_profile"] == SRGB_PROFILE
        exif = image.getexif()
        assert (exif[0x010F], exif[0x8298], exif.get(0x0112, 1)) == ("Leica", "A. Nother", 1)
        assert exif[0x010E].encode("latin-1") == TEXT
        assert (exif[0x011A], exif[0x011B], exif[0x0128]) == (300, 300, 2)
        details = exif.get_ifd(0x8769)
        assert details[0x829A] == pytest.approx(1 / 250)
        assert details[0x9003] == "1954:03:01 10:00:00"
        assert details[0x927C] == b"\0\1\2maker\0"
        assert exif.get_ifd(0x8825) == {1: "N", 2: (50.0, 30.0, 0.0)}
    photo = read_photo(path)
    assert photo.icc_profile == SRGB_PROFILE
    write_photo(path, photo)
    assert read_photo(path).exif == photo.exif


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.filterwarnings("ignore::colorkit.io.photo.PhotoWarning")
def test_a_profile_that_does_not_fit_is_left_out(tmp_path, suffix, dtype, gray):
    path = tmp_path / f"a.{suffix}"
    profile = SRGB_PROFILE if gray else gray_profile(gamma_curve(2.2))
    pixels = random_pixels((5, 7) if gray else (5, 7, 3), dtype)
    write_photo(path, Photo(pixels, icc_profile=profile))
    with Image.open(path) as image:
        assert not image.info.get("icc_profile")


def test_a_gray_photograph_made_rgb_loses_its_gray_profile(tmp_path):
    profile = gray_profile(SRGB_CURVE)
    gray = decode_photo(pillow_file(random_pixels((5, 7)), "JPEG", icc_profile=profile), "a.jpg")
    assert gray.icc_profile == profile
    write_photo(tmp_path / "gray.jpg", gray)
    write_photo(
        tmp_path / "rgb.jpg", dataclasses.replace(gray, pixels=np.stack([gray.pixels] * 3, -1))
    )
    with Image.open(tmp_path / "gray.jpg") as image:
        assert image.info["icc_profile"] == profile
    with Image.open(tmp_path / "rgb.jpg") as image:
        assert "icc_profile" not in image.info


def test_exif_too_long_for_jpeg_is_left_out(tmp_path):
    exif = Image.Exif()
    exif[0x8769] = {0x927C: bytes(70_000)}
    write_photo(tmp_path / "a.jpg", some_photo(exif=exif.tobytes()))
    assert read_photo(tmp_path / "a.jpg").exif is None
    write_photo(tmp_path / "a.png", some_photo(exif=exif.tobytes()))
    assert read_photo(tmp_path / "a.png").exif is not None
