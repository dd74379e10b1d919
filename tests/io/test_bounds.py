"""Small files that would take long to decode are refused before they are."""

import io
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from drawn_files import pillow_file, random_pixels, tiff_file
from PIL import Image

from colorkit.data.fast_decoding import decode_rgb
from colorkit.io import bounds
from colorkit.io.bounds import MAX_SCANS, count_scans
from colorkit.io.decode_tiff import count_pages
from colorkit.io.photo import PhotoError
from colorkit.io.png_repair import make_chunk
from colorkit.io.read import decode_photo


def jpeg_of_scans(times, size=64):
    """A progressive gray JPEG whose last scan stands there so many times."""
    data = pillow_file(np.full((size, size), 90, "uint8"), "JPEG", progressive=True)
    last = data[data.rfind(b"\xff\xc4", 0, data.rfind(b"\xff\xda")) : -2]
    return data[:-2] + last * (times - 1) + data[-2:]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_scans_are_counted(options):
    data = pillow_file(random_pixels((40, 50, 3)), "JPEG", **options)
    exif = b"Exif\0\0" + b"\xff\xda" * 500  # Text that looks like scans
    holding = pillow_file(random_pixels((40, 50, 3)), "JPEG", exif=exif, **options)
    scans = 10 if "progressive" in options else 1  # libjpeg's script for colour
    assert count_scans(data) == count_scans(holding) == scans
    assert count_scans(data + data) == scans


@pytest.mark.parametrize("decode", [decode_photo, lambda *each: decode_rgb(*each, 16)])
def test_a_jpeg_of_thousands_of_scans_is_refused_quickly(decode):
    data = jpeg_of_scans(16_000, size=1000)
    start = time.perf_counter()
    with pytest.raises(PhotoError, match="Cannot read scans.jpg: expected a JPEG of at most 100"):
        decode(data, "scans.jpg")
    assert time.perf_counter() - start < 1
    assert decode(jpeg_of_scans(MAX_SCANS - 10), "a.jpg") is not None


def test_a_picture_whose_metadata_look_like_scans_is_read():
    exif = b"Exif\0\0" + b"\xff\xda" * 500
    photo = decode_photo(pillow_file(random_pixels((8, 9, 3)), "JPEG", exif=exif), "a.jpg")
    assert photo.pixels.shape == (8, 9, 3)


def tiff_of_previews(count):
    """A TIFF of one page and so many directories that are marked as its previews."""
    data = bytearray(tiff_file(random_pixels((8, 8)), photometric="minisblack"))
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    link = first + 2 + 12 * entries
    preview = struct.pack("<HHHII", 1, 254, 4, 1, 1)
    for _ in range(count):
        struct.pack_into("<I", data, link, len(data))
        link = len(data) + len(preview)
        data += preview + bytes(4)
    return bytes(data)


def test_a_tiff_of_very_many_pages_is_refused(tmp_path, monkeypatch):
    assert bounds.MAX_PAGES == 10_000
    monkeypatch.setattr(bounds, "MAX_PAGES", 400)
    data = tiff_of_previews(2000)
    with pytest.raises(PhotoError, match="Cannot read a.tif: expected a TIFF of at most 400"):
        decode_photo(data, "a.tif")
    (tmp_path / "a.tif").write_bytes(data)
    assert count_pages(tmp_path / "a.tif") == 1
    assert decode_photo(tiff_of_previews(5), "a.tif").pixels.shape == (8, 8)


def test_pages_after_the_one_that_is_asked_for_are_not_looked_at(monkeypatch):
    buffer = io.BytesIO()
    pages = [Image.new("L", (8, 8), level) for level in range(6)]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    monkeypatch.setattr(bounds, "MAX_PAGES", 4)
    assert (decode_photo(buffer.getvalue(), "a.tif", page=3).pixels == 3).all()
    with pytest.raises(PhotoError, match="at most 4 pages"):
        decode_photo(buffer.getvalue(), "a.tif", page=4)


def test_frames_of_an_animation_are_not_counted():
    frames = [Image.new("L", (4, 4), level) for level in range(3)]
    data = pillow_file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    start = data.index(b"\x21\xf9")  # the first frame's block, repeated
    many = data[:-1] + data[start:-1] * 100_000 + data[-1:]
    begin = time.perf_counter()
    photo = decode_photo(many, "a.gif")
    assert time.perf_counter() - begin < 1
    assert photo.notes == ("only the first of several pictures is read",)


@pytest.fixture
def peak():
    """Function that returns the most bytes that Python's objects took so far."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def bomb(megabytes=192):
    """Zeros, deflated."""
    packer = zlib.compressobj()
    packed = [packer.compress(bytes(1 << 20)) for _ in range(megabytes)]
    return b"".join(packed) + packer.flush()


def deflated_tiff(content, bits):
    """A gray TIFF of 64 x 64 pixels in one strip (TIFF 6.0), whatever that holds."""
    entries = [
        (256, 64), (257, 64), (258, bits), (259, 8), (262, 1), (273, 8), (277, 1), (278, 64),
        (279, len(content)),
    ]  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    place = struct.pack("<I", 8 + len(content))
    return b"II*\0" + place + content + struct.pack("<H", len(entries)) + table + bytes(4)


@pytest.mark.parametrize("bits", [10, 16])
def test_a_tiff_that_inflates_to_many_times_its_pixels_is_refused(bits, peak):
    pixels = np.full(64 * 64 * bits // 16, 0x7777, "<u2").tobytes()
    assert decode_photo(deflated_tiff(zlib.compress(pixels), bits), "a.tif").pixels.shape == (
        64,
        64,
    )
    data = deflated_tiff(bomb(), bits)
    with pytest.raises(PhotoError, match=r"a\.tif: .* compressed data of many times their size"):
        decode_photo(data, "a.tif")
    assert peak() < 96 << 20


def test_a_profile_that_inflates_to_many_times_its_size_is_left_out(peak):
    data = pillow_file(np.full((40, 50), 90, "uint8"), "PNG")
    chunk = make_chunk(b"iCCP", b"name\0\0" + bomb())
    photo = decode_photo(data[:33] + chunk + data[33:], "a.png")
    assert photo.icc_profile is None and (photo.pixels == 90).all()
    assert photo.notes == ("a damaged part of the file that is no pixels is left out",)
    assert peak() < 16 << 20
