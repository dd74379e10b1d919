"""EXIF of photographs that are read: the orientation is applied, the rest is kept."""

import io
import struct

import numpy as np
import pytest
from drawn_files import assert_same, pillow_file, png_chunk, png_file, random_pixels, tiff_file
from PIL import Image

from colorkit.io.read import decode_photo

ORIENTED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: np.swapaxes(p, 0, 1),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.swapaxes(p[::-1, ::-1], 0, 1),
    8: lambda p: np.rot90(p),
}


def oriented_exif(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Leica"
    return exif.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "deep PNG", "deep TIFF"])
def test_orientation_is_applied(orientation, kind):
    exif = oriented_exif(orientation)
    pixels = random_pixels((8, 24, 3), "uint16" if "deep" in kind else "uint8")
    if kind == "JPEG":
        pixels = np.kron(random_pixels((1, 3, 3)), np.ones((8, 8, 1), np.uint8))
        data = pillow_file(pixels, kind, quality=100, subsampling=0, exif=exif)
    elif kind == "deep PNG":
        data = png_file(pixels, 2, 16, png_chunk(b"eXIf", exif[6:]))
    elif kind == "deep TIFF":
        data = tiff_file(pixels, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    else:
        options = {"lossless": True} if kind == "WEBP" else {}
        data = pillow_file(pixels, kind, exif=exif, **options)
    photo = decode_photo(data, "a")
    expected = ORIENTED[orientation](pixels)
    assert photo.pixels.shape == expected.shape
    assert np.abs(photo.pixels.astype(int) - expected).max() <= (3 if kind == "JPEG" else 0)
    if kind != "deep TIFF":
        written = Image.Exif()
        written.load(photo.exif)
        assert written[0x0112] == 1
        assert written[0x010F] == "Leica"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_big_tiff_is_turned(orientation):
    pixels = random_pixels((3, 5), "uint16")
    tags = [(274, "H", 1, orientation, True)]
    data = tiff_file(pixels, photometric="minisblack", bigtiff=True, extratags=tags)
    assert_same(decode_photo(data, "a.tif"), ORIENTED[orientation](pixels))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_alpha_is_turned_with_the_pixels(orientation):
    pixels = random_pixels((3, 5, 4))
    photo = decode_photo(pillow_file(pixels, "PNG", exif=oriented_exif(orientation)), "a.png")
    expected = ORIENTED[orientation](pixels)
    assert_same(photo, expected[..., :3], expected[..., 3])


def test_exif_is_kept_with_the_new_dimensions_and_without_thumbnail():
    exif = Image.Exif()
    exif.endian = "<"
    exif[0x010F], exif[0x0110], exif[0x8298], exif[0x0112] = "Leica", "M3", "A. Nother", 6
    exif[0x8769] = {0x829A: 1 / 250, 0x9003: "1954:03:01 10:00:00", 0xA002: 24, 0xA003: 8}
    exif[0x8825] = {1: "N", 2: (50.0, 30.0, 0.0)}
    block = exif.tobytes()
    thumbnail = pillow_file(random_pixels((4, 4, 3)), "JPEG")
    block = add_thumbnail(block, thumbnail)
    pixels = random_pixels((8, 24, 3))
    data = pillow_file(pixels, "JPEG", exif=block)
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(-1)[0x0202] == len(thumbnail)

    photo = decode_photo(data, "a.jpg")
    written = Image.Exif()
    written.load(photo.exif)
    assert (written[0x010F], written[0x0110], written[0x8298]) == ("Leica", "M3", "A. Nother")
    details = written.get_ifd(0x8769)
    assert details[0x829A] == pytest.approx(1 / 250)
    assert details[0x9003] == "1954:03:01 10:00:00"
    assert (details[0xA002], details[0xA003]) == (8, 24)
    assert written.get_ifd(0x8825) == {1: "N", 2: (50.0, 30.0, 0.0)}
    assert written.get_ifd(-1) == {} and thumbnail not in photo.exif


def add_thumbnail(block, thumbnail):
    """Appends the directory of a JPEG thumbnail to a little-endian EXIF block."""
    tiff = block[6:]
    (count,) = struct.unpack_from("<H", tiff, 8)
    after = 10 + 12 * count
    assert struct.unpack_from("<I", tiff, after) == (0,)
    offset = len(tiff)
    entries = struct.pack("<HHII", 0x0201, 4, 1, offset + 30)
    entries += struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail))
    directory = struct.pack("<H", 2) + entries + struct.pack("<I", 0)
    tiff = tiff[:after] + struct.pack("<I", offset) + tiff[after + 4 :]
    return block[:6] + tiff + directory + thumbnail


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif\0\0nonsense"]
)
def test_a_damaged_exif_block_is_left_out(exif):
    pixels = random_pixels((3, 5, 3))
    chunk = png_chunk(b"eXIf", exif[6:])
    photo = decode_photo(png_file(pixels, 2, 8, chunk), "a.png")
    assert_same(photo, pixels)
    assert photo.exif is None


def test_no_exif():
    assert decode_photo(pillow_file(random_pixels((3, 5)), "PNG"), "a.png").exif is None
