import dataclasses
import os
import warnings

import cv2
import numpy as np
import pytest
import skimage.data
import tifffile
from drawn_files import (
    SRGB,
    SRGB_CURVE,
    gamma_curve,
    gray_profile,
    pillow_file,
    rgb_profile,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from colorkit.files import writing
from colorkit.files.photo import Photo, PhotoError, PhotoWarning, find_format
from colorkit.files.reading import decode_photo, read_photo
from colorkit.files.writing import write_photo

SIZES = st.one_of(
    st.tuples(st.integers(1, 9), st.integers(1, 9)), st.sampled_from([(1, 5000), (5000, 1)])
)
TEXT = "Königsberg, ©".encode()
SRGB_PROFILE = rgb_profile(SRGB, SRGB_CURVE)


def random_pixels(shape, dtype="uint8", seed=0):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


def some_photo(**changes):
    return dataclasses.replace(Photo(random_pixels((5, 7, 3))), **changes)


def some_exif():
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x8298], exif[0x0112] = TEXT, "Leica", "A. Nother", 1
    exif[0x011A], exif[0x011B], exif[0x0128] = 300.0, 300.0, 2
    exif[0x8769] = {0x829A: 1 / 250, 0x9003: "1954:03:01 10:00:00", 0x927C: b"\0\1\2maker\0"}
    exif[0x8825] = {1: "N", 2: (50.0, 30.0, 0.0)}
    return exif.tobytes()


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


def test_arrays_that_are_views_are_written_as_they_look(tmp_path):
    pixels, alpha = random_pixels((6, 8, 3)), random_pixels((6, 8))
    for name in ("a.png", "a.tif"):
        for dtype in ("uint8", "uint16"):
            photo = Photo(pixels[::-2, ::-1, ::-1].astype(dtype), alpha[::-2, ::-1].astype(dtype))
            photo = dataclasses.replace(photo, pixels=np.flip(photo.pixels, 1))
            write_photo(tmp_path / name, photo)
            np.testing.assert_array_equal(read_photo(tmp_path / name).pixels, photo.pixels)


# --- What a format cannot hold


@pytest.mark.parametrize("suffix", ["jpg", "webp", "bmp"])
def test_16_bits_are_rounded_with_a_warning(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    with pytest.warns(PhotoWarning) as caught:
        write_photo(path, Photo(ramp))
    assert [str(warning.message) for warning in caught] == [
        f"{path}: 16-bit values are rounded to 8 bits, since {find_format(path)} has no more. "
        "Write a PNG or TIFF to keep them."
    ]
    assert caught[0].filename == __file__
    expected = np.rint(ramp / 257)
    read = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert np.abs(read - expected).max() <= (0 if suffix == "bmp" else 4)


@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_transparency_is_laid_on_white_with_a_warning(tmp_path, gray, dtype):
    path = tmp_path / "a.bmp"
    pixels = random_pixels((9, 11) if gray else (9, 11, 3), dtype)
    alpha = random_pixels((9, 11), dtype, 1)
    with pytest.warns(PhotoWarning) as caught:
        write_photo(path, Photo(pixels, alpha))
    assert str(caught[0].message) == (
        f"{path}: transparency is laid on white, since BMP has none. "
        "Write a PNG, TIFF or WebP to keep it."
    )
    white = np.iinfo(dtype).max
    opacity = alpha / white if gray else (alpha / white)[..., None]
    expected = (pixels / white * opacity + 1 - opacity) * 255
    assert np.abs(read_photo(path).pixels - expected).max() <= 0.51


def test_bands_of_large_pictures_meet(tmp_path, monkeypatch):
    from colorkit.files import fitting

    monkeypatch.setattr(fitting, "_PIXELS_PER_BAND", 20)
    pixels = random_pixels((9, 7, 3), "uint16")
    with pytest.warns(PhotoWarning):
        write_photo(tmp_path / "a.bmp", Photo(pixels))
    np.testing.assert_array_equal(read_photo(tmp_path / "a.bmp").pixels, np.rint(pixels / 257))


@pytest.mark.parametrize(("suffix", "limit"), [("jpg", 65500), ("webp", 16383)])
def test_pictures_larger_than_their_format(tmp_path, suffix, limit):
    path = tmp_path / f"a.{suffix}"
    write_photo(path, Photo(np.zeros((1, limit), np.uint8)))
    path.unlink()
    with pytest.raises(PhotoError) as caught:
        write_photo(path, Photo(np.zeros((1, limit + 1), np.uint8)))
    assert str(caught.value) == (
        f"Cannot write {path}: expected at most {limit} pixels a side, the limit of "
        f"{find_format(path)}. Received: {limit + 1} x 1 pixels. Write a PNG or TIFF instead."
    )
    assert not list(tmp_path.iterdir())


# --- EXIF and ICC


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.filterwarnings("ignore::colorkit.files.photo.PhotoWarning")
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
@pytest.mark.filterwarnings("ignore::colorkit.files.photo.PhotoWarning")
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
        f"Cannot write {path}: expected one of the formats .jpg, .jpeg, .jpe, .jfif, .png, .tif, "
        f".tiff, .webp, .bmp. Received: {received}. Choose one of these suffixes."
    )
    assert not list(tmp_path.iterdir())


# --- Whole or not at all


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, error):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")

    def fail(file, *args):
        file.write(b"half a file")
        raise error

    monkeypatch.setattr(writing, "_encode", fail)
    expected = PhotoError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        write_photo(path, some_photo())
    if expected is PhotoError:
        assert str(caught.value) == (
            f"Cannot write {path}: No space left on device. "
            "Check the folder, its permissions and the free space."
        )
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_appears_only_when_it_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    encode = writing._encode

    def look(file, *args):
        encode(file, *args)
        assert not path.exists()
        (temporary,) = tmp_path.iterdir()
        assert temporary.name.startswith(".")

    monkeypatch.setattr(writing, "_encode", look)
    write_photo(path, some_photo())
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_file_is_replaced(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    photo = some_photo()
    write_photo(path, photo)
    np.testing.assert_array_equal(read_photo(path).pixels, photo.pixels)


def test_a_folder_in_the_place_of_the_file(tmp_path):
    path = tmp_path / "a.png"
    path.mkdir()
    with pytest.raises(PhotoError, match="Cannot write .*a.png: Is a directory. Check the folder"):
        write_photo(path, some_photo())
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(PhotoError, match="Cannot write .*a.png: .* Check the folder"):
        write_photo(tmp_path / "out" / "a.png", some_photo())


def test_missing_folders_are_made(tmp_path):
    write_photo(tmp_path / "new" / "er" / "a.png", some_photo())
    assert (tmp_path / "new" / "er" / "a.png").is_file()


@pytest.mark.skipif(os.name != "posix", reason="File modes are those of POSIX")
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_the_mode_of_the_file_follows_the_umask(tmp_path, suffix):
    before = os.umask(0o027)
    try:
        write_photo(tmp_path / f"a.{suffix}", some_photo())
    finally:
        os.umask(before)
    assert (tmp_path / f"a.{suffix}").stat().st_mode & 0o777 == 0o640


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
