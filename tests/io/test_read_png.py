"""PNG of every kind, against files written by hand."""

import struct

import numpy as np
import pytest
from drawn_files import SIZES, assert_same, png_chunk, png_file, random_pixels
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.io.read import decode_photo

SMALL = settings(max_examples=25, deadline=None)


@SMALL
@given(SIZES, st.sampled_from([1, 2, 4, 8, 16]), st.integers(0, 99))
def test_gray_png_of_every_depth(size, depth, seed):
    codes = np.random.default_rng(seed).integers(0, 1 << depth, size)
    photo = decode_photo(png_file(codes, 0, depth), "a.png")
    dtype = np.uint16 if depth == 16 else np.uint8
    assert_same(photo, (codes * np.iinfo(dtype).max // ((1 << depth) - 1)).astype(dtype))
    assert photo.file_format == "PNG"


@SMALL
@given(SIZES, st.sampled_from([8, 16]), st.sampled_from([2, 4, 6]), st.integers(0, 99))
def test_color_and_alpha_png(size, depth, color_type, seed):
    dtype = f"uint{depth}"
    channels = {2: 3, 4: 2, 6: 4}[color_type]
    codes = random_pixels((*size, channels), dtype, seed)
    photo = decode_photo(png_file(codes, color_type, depth), "a.png")
    if color_type == 2:
        assert_same(photo, codes)
    else:
        pixels = codes[..., 0] if color_type == 4 else codes[..., :3]
        assert_same(photo, pixels, codes[..., -1])
    assert photo.pixels.flags.c_contiguous and photo.pixels.flags.writeable


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("transparent", [True, False])
def test_palette_png(depth, transparent):
    count = 1 << depth
    palette = random_pixels((count, 3))
    opacity = random_pixels(count, seed=1)
    codes = np.random.default_rng(2).integers(0, count, (7, 11))
    chunks = png_chunk(b"PLTE", palette.tobytes())
    if transparent:
        chunks += png_chunk(b"tRNS", opacity.tobytes())
    photo = decode_photo(png_file(codes, 3, depth, chunks), "a.png")
    assert_same(photo, palette[codes], opacity[codes] if transparent else None)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_gray_png_with_one_transparent_level(depth):
    codes = np.random.default_rng(0).integers(0, 1 << depth, (6, 5))
    codes[2:4] = codes[0, 0]
    chunk = png_chunk(b"tRNS", struct.pack(">H", codes[0, 0]))
    photo = decode_photo(png_file(codes, 0, depth, chunk), "a.png")
    dtype = np.uint16 if depth == 16 else np.uint8
    largest = np.iinfo(dtype).max
    expected = (codes * largest // ((1 << depth) - 1)).astype(dtype)
    assert_same(photo, expected, np.where(codes == codes[0, 0], 0, largest).astype(dtype))


@pytest.mark.parametrize("depth", [8, 16])
def test_rgb_png_with_one_transparent_color(depth):
    codes = random_pixels((6, 5, 3), f"uint{depth}")
    codes[3, 1:] = codes[0, 0]
    codes[4, 4, :2] = codes[0, 0, :2]
    chunk = png_chunk(b"tRNS", struct.pack(">3H", *codes[0, 0].tolist()))
    photo = decode_photo(png_file(codes, 2, depth, chunk), "a.png")
    hidden = (codes == codes[0, 0]).all(-1)
    assert_same(photo, codes, np.where(hidden, 0, np.iinfo(codes.dtype).max).astype(codes.dtype))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("color_type", [0, 2])
def test_gamma(depth, color_type):
    largest = (1 << depth) - 1
    codes = random_pixels((9, 13) if color_type == 0 else (9, 13, 3), f"uint{depth}")
    linear = codes / largest
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    gamma = png_chunk(b"gAMA", struct.pack(">I", 100_000))
    pixels = decode_photo(png_file(codes, color_type, depth, gamma), "a.png").pixels
    assert np.abs(pixels / largest - srgb).max() <= 0.5 / largest + 1e-9


@pytest.mark.parametrize(
    "chunks",
    [
        png_chunk(b"gAMA", struct.pack(">I", 45_455)),
        png_chunk(b"gAMA", struct.pack(">I", 0)),
        png_chunk(b"gAMA", struct.pack(">I", 4_000_000_000)),
        png_chunk(b"gAMA", struct.pack(">I", 100_000)) + png_chunk(b"cICP", b"\1\x0d\0\1"),
        png_chunk(b"gAMA", struct.pack(">I", 100_000)) + png_chunk(b"sRGB", b"\0"),
    ],
)
def test_gamma_that_changes_nothing(chunks):
    codes = random_pixels((9, 13))
    assert_same(decode_photo(png_file(codes, 0, 8, chunks), "a.png"), codes)


@pytest.mark.parametrize("depth", [8, 16])
def test_linear_light_that_its_code_points_state(depth):
    codes = random_pixels((9, 13), f"uint{depth}")
    by_gamma = png_chunk(b"gAMA", struct.pack(">I", 100_000))
    by_code = png_chunk(b"cICP", b"\1\x08\0\1")
    one, other = (
        decode_photo(png_file(codes, 0, depth, chunk), "a.png").pixels
        for chunk in (by_gamma, by_code)
    )
    np.testing.assert_array_equal(one, other)
