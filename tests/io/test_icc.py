import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from drawn_files import (
    SRGB,
    SRGB_CURVE,
    cmyk_profile,
    gamma_curve,
    gray_profile,
    icc_profile,
    parametric_curve,
    pillow_file,
    rgb_profile,
    table_curve,
    tiff_file,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from colorkit.io.read import decode_photo

CURVES = {
    "gamma 1.8": (gamma_curve(1.8), lambda x: x**1.8),
    "linear": (b"curv" + bytes(8), lambda x: x),
    "table": (table_curve(np.linspace(0, 1, 4096) ** 2.2), lambda x: x**2.2),
    "power": (parametric_curve(0, 2.4), lambda x: x**2.4),
    "power with foot": (
        parametric_curve(1, 2.0, 1.1, -0.1),
        lambda x: np.where(x >= 0.1 / 1.1, np.clip(1.1 * x - 0.1, 0, None) ** 2, 0),
    ),
    "raised power": (
        parametric_curve(2, 2.0, 0.9, 0.0, 0.19),
        lambda x: (0.9 * x) ** 2 + 0.19,
    ),
    "sRGB": (
        SRGB_CURVE,
        lambda x: np.where(x >= 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92),
    ),
    "all seven numbers": (
        parametric_curve(4, 2.0, 0.9, 0.05, 0.5, 0.1, 0.09, 0.01),
        lambda x: np.where(x >= 0.1, (0.9 * x + 0.05) ** 2 + 0.09, 0.5 * x + 0.01),
    ),
}


def encode_srgb(linear):
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def littlecms(pixels, profile):
    """What LittleCMS makes of 8-bit pixels, relative colorimetric."""
    return np.asarray(
        ImageCms.profileToProfile(
            Image.fromarray(pixels),
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
        )
    )


def levels(dtype="uint8"):
    codes = np.linspace(0, np.iinfo(dtype).max, 9).astype(dtype)
    return np.stack(np.meshgrid(codes, codes, codes), -1).reshape(27, 27, 3)


def test_adobe_rgb_becomes_srgb():
    pixels = levels()
    photo = decode_photo(pillow_file(pixels, "PNG", icc_profile=rgb_profile()), "a.png")
    expected = littlecms(pixels, rgb_profile())
    assert np.abs(expected.astype(int) - pixels).max() > 20
    assert np.abs(photo.pixels.astype(int) - expected).max() <= 1
    assert photo.icc_profile is None


def test_alpha_is_untouched_by_profiles():
    pixels = np.dstack([levels(), levels()[..., :1]])
    photo = decode_photo(pillow_file(pixels, "PNG", icc_profile=rgb_profile()), "a.png")
    np.testing.assert_array_equal(photo.alpha, pixels[..., 3])
    expected = littlecms(pixels[..., :3].copy(), rgb_profile())
    assert np.abs(photo.pixels.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("bands", [False, True])
def test_16_bit_adobe_rgb_becomes_16_bit_srgb(bands):
    shown = np.tile(levels(), (1, 1500, 1)) if bands else levels()
    pixels = shown * np.uint16(257)
    data = tiff_file(pixels, photometric="rgb", iccprofile=rgb_profile())
    photo = decode_photo(data, "a.tif")
    assert photo.pixels.dtype == np.uint16
    assert photo.icc_profile is None
    expected = littlecms(shown, rgb_profile())
    assert np.abs(photo.pixels / 257 - expected).max() < 1.5


def test_16_bit_steps_survive_a_profile():
    pixels = np.zeros((1, 1000, 3), np.uint16)
    pixels[:] = np.arange(30000, 31000)[:, None]
    data = tiff_file(pixels, photometric="rgb", iccprofile=rgb_profile())
    assert len(np.unique(decode_photo(data, "a.tif").pixels[..., 1])) > 900


@pytest.mark.parametrize("name", [name for name in CURVES if name != "sRGB"])
def test_curves_of_gray_profiles(name):
    curve, to_linear = CURVES[name]
    profile = gray_profile(curve)
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = encode_srgb(np.clip(to_linear(codes / 65535), 0, 1)) * 65535
    data = tiff_file(codes, photometric="minisblack", iccprofile=profile)
    photo = decode_photo(data, "a.tif")
    assert photo.icc_profile is None
    assert np.abs(photo.pixels - expected).max() < 40  # 0.06 %: tables, 16-bit numbers in profiles


def test_8_bit_gray_profile():
    pixels = np.arange(256, dtype=np.uint8)[None]
    profile = gray_profile(gamma_curve(1.8))
    photo = decode_photo(pillow_file(pixels, "PNG", icc_profile=profile), "a.png")
    expected = encode_srgb((pixels / 255) ** (461 / 256)) * 255
    assert photo.pixels.shape == pixels.shape
    assert np.abs(photo.pixels - expected).max() <= 1.5
    assert photo.icc_profile is None


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("gray", [True, False])
def test_srgb_profiles_are_kept_and_change_nothing(dtype, gray):
    pixels = levels(dtype)[..., 0].copy() if gray else levels(dtype)
    profile = gray_profile(SRGB_CURVE) if gray else rgb_profile(SRGB, SRGB_CURVE)
    photometric = "minisblack" if gray else "rgb"
    photo = decode_photo(tiff_file(pixels, photometric=photometric, iccprofile=profile), "a.tif")
    np.testing.assert_array_equal(photo.pixels, pixels)
    assert photo.icc_profile == profile


def test_cmyk_goes_through_its_profile():
    inks = np.zeros((1, 4, 4), np.uint8)
    inks[0, 1, 0] = inks[0, 2, 3] = inks[0, 3, 1] = 255
    image = Image.fromarray(inks, "CMYK")
    data = pillow_file(image, "TIFF", icc_profile=cmyk_profile())
    photo = decode_photo(data, "a.tif")
    white, cyan, black, magenta = photo.pixels[0].astype(int)
    np.testing.assert_allclose(white, 255, atol=2)
    assert cyan[0] > 200 and cyan[1:].max() < 60  # this press prints red for cyan
    np.testing.assert_allclose(black, 0, atol=2)
    np.testing.assert_allclose(magenta, 255, atol=2)  # and nothing for magenta
    assert photo.icc_profile is None


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        b"short",
        b"\0" * 200,
        rgb_profile()[:150],
        gray_profile(gamma_curve(1.8)),
        cmyk_profile(),
    ],
    ids=["empty", "short", "zeros", "cut", "gray", "cmyk"],
)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_profiles_that_do_not_fit_are_left_out(profile, dtype):
    pixels = levels(dtype)
    photo = decode_photo(tiff_file(pixels, photometric="rgb", iccprofile=profile or None), "a.tif")
    np.testing.assert_array_equal(photo.pixels, pixels)
    assert photo.icc_profile is None


def test_16_bit_pixels_of_a_profile_without_curves_keep_it():
    grid = np.indices((2, 2, 2)).transpose(1, 2, 3, 0)[..., ::-1] * 200 + 20
    identity = np.arange(256, dtype=np.uint8).tobytes()
    lut = b"mft1\0\0\0\0\3\3\2\0" + unit_matrix()
    lut += identity * 3 + grid.astype(np.uint8).tobytes() + identity * 3
    profile = icc_profile(b"RGB ", {b"A2B0": lut, b"A2B1": lut}, pcs=b"Lab ")
    pixels = levels("uint16")
    photo = decode_photo(tiff_file(pixels, photometric="rgb", iccprofile=profile), "a.tif")
    np.testing.assert_array_equal(photo.pixels, pixels)
    assert photo.icc_profile == profile


def test_the_darkest_colour_of_a_profile_becomes_black():
    """Black point compensation by hand: of Y from that of L 20 to 1, a line to 0 and 1."""
    grid = np.full((2, 2, 2, 3), 128)
    grid[..., 0] = 51 + 204 * np.indices((2, 2, 2)).mean(axis=0)  # 8-bit L from 20 to 100
    identity = np.arange(256, dtype=np.uint8).tobytes()
    lut = b"mft1\0\0\0\0\3\3\2\0" + unit_matrix()
    lut += identity * 3 + grid.astype(np.uint8).tobytes() + identity * 3
    profile = icc_profile(b"RGB ", {b"A2B0": lut, b"A2B1": lut}, pcs=b"Lab ")
    codes = np.array([[0, 64, 128, 192, 255]], np.uint8)
    pixels = np.repeat(codes[..., None], 3, axis=-1)
    photo = decode_photo(pillow_file(pixels, "PNG", icc_profile=profile), "a.png")
    luminance = ((20 + 80 * (codes / 255) + 16) / 116) ** 3
    darkest = luminance[0, 0]
    expected = 255 * encode_srgb((luminance - darkest) / (1 - darkest))
    assert np.abs(photo.pixels - expected[..., None]).max() < 1.5


def unit_matrix():
    return np.eye(3, dtype=">i4").tobytes().replace(b"\0\0\0\1", b"\0\1\0\0")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_profiles_never_stop_a_photograph(changes):
    profile = bytearray(rgb_profile())
    for place, value in changes:
        profile[place % len(profile)] = value
    for dtype in ("uint8", "uint16"):
        data = tiff_file(levels(dtype), photometric="rgb", iccprofile=bytes(profile))
        assert decode_photo(data, "a.tif").pixels.shape == (27, 27, 3)


def test_threads_share_a_profile():
    profile = rgb_profile(curve=gamma_curve(2.0))
    pictures = [np.roll(levels(), i, axis=0) for i in range(32)]
    files = [pillow_file(pixels, "PNG", icc_profile=profile) for pixels in pictures]
    with ThreadPoolExecutor(8) as pool:
        photos = list(pool.map(lambda data: decode_photo(data, "a.png"), files))
    for photo, pixels in zip(photos, pictures, strict=True):
        assert np.abs(photo.pixels.astype(int) - littlecms(pixels, profile)).max() <= 1
