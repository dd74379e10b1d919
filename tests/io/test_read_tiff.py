"""TIFF of every kind, against files written by tifffile, OpenCV and Pillow."""

import io
import struct

import cv2
import numpy as np
import pytest
import tifffile
from drawn_files import (
    SIZES,
    assert_same,
    astronaut,
    opencv_file,
    pillow_file,
    random_pixels,
    rgb_profile,
    tiff_file,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorkit.io.decode_tiff import count_pages
from colorkit.io.photo import PhotoError
from colorkit.io.read import decode_photo, read_photo

SMALL = settings(max_examples=25, deadline=None)


@SMALL
@given(
    SIZES,
    st.sampled_from(["uint8", "uint16"]),
    st.sampled_from(["gray", "gray alpha", "rgb", "rgb alpha"]),
    st.sampled_from([None, "zlib"]),
    st.sampled_from([{"byteorder": "<"}, {"byteorder": ">"}, {"byteorder": "<", "bigtiff": True}]),
)
def test_tiff(size, dtype, kind, compression, layout):
    channels = {"gray": 0, "gray alpha": 2, "rgb": 3, "rgb alpha": 4}[kind]
    pixels = random_pixels((*size, channels) if channels else size, dtype)
    data = tiff_file(
        pixels,
        photometric="rgb" if "rgb" in kind else "minisblack",
        planarconfig="contig",
        extrasamples=["unassalpha"] if "alpha" in kind else None,
        compression=compression,
        **layout,
    )
    photo = decode_photo(data, "a.tif")
    assert photo.file_format == "TIFF"
    if "alpha" in kind:
        assert_same(
            photo,
            pixels[..., :-1].squeeze(-1) if channels == 2 else pixels[..., :3],
            pixels[..., -1],
        )
    else:
        assert_same(photo, pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_with_a_plane_for_each_color(dtype):
    pixels = random_pixels((9, 13, 3), dtype)
    planes = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    data = tiff_file(planes, photometric="rgb", planarconfig="separate")
    assert_same(decode_photo(data, "a.tif"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiled_tiff(dtype):
    pixels = random_pixels((37, 50, 3), dtype)
    assert_same(decode_photo(tiff_file(pixels, photometric="rgb", tile=(16, 16)), "a.tif"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_whose_zero_is_white(dtype):
    pixels = random_pixels((9, 13), dtype)
    data = tiff_file(pixels, photometric="miniswhite")
    assert_same(decode_photo(data, "a.tif"), np.iinfo(dtype).max - pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("shape", [(9, 13), (9, 13, 3)])
def test_lzw_tiff(dtype, shape):
    pixels = random_pixels(shape, dtype)
    lzw = opencv_file(pixels, ".tif", cv2.IMWRITE_TIFF_COMPRESSION, 5)
    assert_same(decode_photo(lzw, "a.tif"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_multiplied_by_its_alpha(dtype):
    largest = np.iinfo(dtype).max
    pixels, alpha = random_pixels((9, 13, 3), dtype), random_pixels((9, 13), dtype, 1)
    alpha = np.maximum(alpha, largest // 2).astype(dtype)
    multiplied = np.rint(pixels * (alpha[..., None] / largest)).astype(dtype)
    data = tiff_file(np.dstack([multiplied, alpha]), photometric="rgb", extrasamples=["assocalpha"])
    photo = decode_photo(data, "a.tif")
    np.testing.assert_array_equal(photo.alpha, alpha)
    assert np.abs(photo.pixels.astype(int) - pixels).max() <= 2


def test_transparent_pixels_multiplied_by_their_alpha_are_black():
    data = tiff_file(np.zeros((2, 2, 4), "uint16"), photometric="rgb", extrasamples=["assocalpha"])
    assert_same(
        decode_photo(data, "a.tif"), np.zeros((2, 2, 3), "uint16"), np.zeros((2, 2), "uint16")
    )


def test_cmyk_tiff():
    pixels = astronaut()
    data = pillow_file(Image.fromarray(pixels).convert("CMYK"), "TIFF", compression="tiff_lzw")
    assert np.abs(decode_photo(data, "a.tif").pixels.astype(int) - pixels).max() <= 1


def test_black_and_white_tiff():
    white = random_pixels((9, 13)) > 127
    data = pillow_file(Image.fromarray(white), "TIFF", compression="group4")
    assert_same(decode_photo(data, "fax.tif"), np.where(white, 255, 0).astype("uint8"))


def test_a_thumbnail_after_the_photograph_is_no_second_page(tmp_path):
    pixels = random_pixels((9, 13, 3))
    import tifffile

    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(pixels, photometric="rgb")
        tiff.write(pixels[::4, ::4], photometric="rgb", subfiletype=1)
    assert_same(read_photo(tmp_path / "a.tif"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("channels", [2, 3])
def test_channels_that_no_one_knows_are_left_out(dtype, compression, channels):
    pixels = random_pixels((9, 13, channels), dtype)
    data = tiff_file(
        pixels,
        photometric="minisblack",
        planarconfig="contig",
        extrasamples=[0] * (channels - 1),
        compression=compression,
    )
    assert_same(decode_photo(data, "a.tif"), pixels[..., 0])


def packed_tiff(codes, bits, **options):
    """A TIFF of the samples `(height, width, channels)`, `bits` each, without gaps."""
    channels = codes.shape[-1]
    each = (codes[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    packed = np.packbits(each.reshape(len(codes), -1).astype(np.uint8), axis=1).tobytes()
    empty = np.zeros(codes.shape, "uint8").squeeze()
    shape = tiff_file(empty, rowsperstrip=len(codes), **options)
    with tifffile.TiffFile(io.BytesIO(shape)) as tiff:
        tags = {tag.name: tag for tag in tiff.pages.first.tags}
        data, start = bytearray(shape), tiff.pages.first.dataoffsets[0]
    bits_tag = tags["BitsPerSample"]
    struct.pack_into(f"<{channels}H", data, bits_tag.valueoffset, *[bits] * channels)
    count = tags["StripByteCounts"]
    struct.pack_into("<H" if int(count.dtype) == 3 else "<I", data, count.valueoffset, len(packed))
    return bytes(data[:start]) + packed


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("channels", [1, 3])
def test_samples_of_odd_numbers_of_bits(bits, channels):
    codes = np.random.default_rng(0).integers(0, 1 << bits, (9, 13, channels))
    photo = decode_photo(packed_tiff(codes, bits), "a.tif")
    expected = codes.squeeze() * 65535 / ((1 << bits) - 1)
    assert photo.pixels.dtype == np.uint16
    assert np.abs(photo.pixels - expected).max() <= 1


def test_samples_of_few_bits_with_a_profile_stay_what_they_are():
    codes = np.random.default_rng(0).integers(0, 1 << 5, (9, 13, 3))
    photo = decode_photo(packed_tiff(codes, 5, iccprofile=rgb_profile()), "a.tif")
    assert photo.pixels.dtype == np.uint8
    assert np.abs(photo.pixels - codes * 255 / 31).max() <= 1


def test_a_compression_that_no_one_knows_is_named():
    data = bytearray(
        tiff_file(
            np.zeros((9, 13, 2), "uint16"),
            photometric="minisblack",
            planarconfig="contig",
            extrasamples=["unassalpha"],
        )
    )
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as tiff:
        place = tiff.pages.first.tags["Compression"].valueoffset
    struct.pack_into("<H", data, place, 12345)
    with pytest.raises(PhotoError, match="compression 12345"):
        decode_photo(bytes(data), "a.tif")


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("compression", [None, "lzw"])
def test_pages(dtype, compression, tmp_path):
    pages = random_pixels((3, 9, 13), dtype)
    path = tmp_path / "scan.tif"
    if compression:
        cv2.imwritemulti(str(path), list(pages), [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    else:
        path.write_bytes(tiff_file(pages, photometric="minisblack"))
    assert count_pages(path) == 3
    for number, page in enumerate(pages):
        assert_same(read_photo(path, page=number), page)
    path.write_bytes(b"no picture")
    assert count_pages(path) == 1


def test_a_deep_page_is_decoded_without_the_others(tmp_path, monkeypatch):
    path = tmp_path / "scan.tif"
    pages = list(random_pixels((5, 9, 13), "uint16"))
    cv2.imwritemulti(str(path), pages, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    decode, counts = cv2.imdecodemulti, []

    def counted(*args, **options):
        found = decode(*args, **options)
        counts.append(len(found[1]))
        return found

    monkeypatch.setattr(cv2, "imdecodemulti", counted)
    for number in (1, 4):
        assert_same(read_photo(path, page=number), pages[number])
    assert counts == [1, 1]


def test_ycbcr_without_compression():
    pixels = astronaut()
    data = pillow_file(Image.fromarray(pixels).convert("YCbCr"), "TIFF")
    photo = decode_photo(data, "a.tif")
    assert np.abs(photo.pixels.astype(int) - pixels).max() <= 3


def test_twelve_bits_that_begin_with_the_lowest():
    pixels = random_pixels((5, 8), "uint16") >> 4
    bits = ((pixels[..., None] >> np.arange(11, -1, -1)) & 1).astype(np.uint8)
    strip = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    tags = [
        (256, 8),
        (257, 5),
        (258, 12),
        (259, 1),
        (262, 1),
        (266, 2),
        (273, 8),
        (279, len(strip)),
    ]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    data = b"II*\0" + struct.pack("<I", 8 + len(strip)) + strip
    data += struct.pack("<H", len(tags)) + directory + bytes(4)
    expected = np.rint(pixels * (65535 / 4095)).astype(np.uint16)
    assert_same(decode_photo(data, "a.tif"), expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"photometric": "icclab"}, "3 channels of 8 bits, of the kind ICCLAB"),
        ({"photometric": "separated", "extrasamples": ["unassalpha"]}, "5 channels of 8 bits"),
    ],
)
def test_a_layout_that_is_not_read_is_named(options, words):
    shape = (9, 13, 5 if "extrasamples" in options else 3)
    with pytest.raises(PhotoError, match=words):
        decode_photo(tiff_file(random_pixels(shape), planarconfig="contig", **options), "a.tif")
