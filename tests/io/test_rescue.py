"""Photographs cut short, and PNG files with damaged chunks, against the whole ones."""

import io
import struct
import zlib

import cv2
import numpy as np
import PIL
import pytest
import skimage.data
import tifffile
from drawn_files import (
    assert_same,
    complete_files,
    icc_profile,
    opencv_file,
    pillow_file,
    png_chunk,
    png_file,
    random_pixels,
    tiff_file,
)
from PIL import Image, features

from colorkit.io.decode_tiff import count_pages
from colorkit.io.photo import CUT_SHORT, END_MISSING, PhotoError, PhotoWarning
from colorkit.io.read import decode_photo, read_photo

PHOTO = np.ascontiguousarray(skimage.data.astronaut()[:128, :160])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100}])
@pytest.mark.parametrize("pixels", [PHOTO, PHOTO[..., 1]], ids=["color", "gray"])
def test_a_jpeg_that_lacks_its_end_marker_is_whole(options, pixels):
    data = pillow_file(pixels, "JPEG", **options)
    whole = decode_photo(data, "a").pixels
    for missing in (1, 2):
        photo = decode_photo(data[:-missing], "a")
        assert_same(photo, whole)
        assert photo.damage in (None, END_MISSING)


@pytest.mark.parametrize("missing", [8, 100, 800, 3000])
def test_a_jpeg_is_read_as_far_as_it_goes(missing):
    data = pillow_file(PHOTO, "JPEG", quality=95)
    photo = decode_photo(data[:-missing], "a")
    assert photo.damage == CUT_SHORT and photo.pixels.shape == PHOTO.shape
    rows = int(128 * (1 - missing / len(data))) // 16 * 16 - 32
    whole = decode_photo(data, "a").pixels
    np.testing.assert_array_equal(photo.pixels[:rows], whole[:rows])


@pytest.mark.parametrize("cmyk", [True, False])
def test_a_jpeg_filled_up_with_zeros(cmyk):
    image = Image.fromarray(PHOTO).convert("CMYK" if cmyk else "RGB")
    data = pillow_file(image, "JPEG")
    photo = decode_photo(data[:-900] + bytes(900), "a")
    assert photo.pixels.shape == PHOTO.shape


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("PNG", lambda data: data[:-12]),
        ("PNG", lambda data: data[:-300]),
        ("deep PNG", lambda data: data[:-12]),
        ("deep PNG", lambda data: data[:-300]),
        ("TIFF", lambda data: data[:-300]),
        ("deep TIFF", lambda data: data[:-300]),
        ("zlib deep TIFF", lambda data: data[:-300]),
        ("BMP", lambda data: data[:-300]),
    ],
)
def test_other_formats_are_read_as_far_as_they_go(kind, changes):
    data = complete_files()[kind]
    whole = decode_photo(data, "a").pixels
    photo = decode_photo(changes(data), "a")
    assert photo.pixels.shape == whole.shape and photo.pixels.dtype == whole.dtype
    same = (photo.pixels == whole).reshape(40, -1).all(1)
    end_only = len(data) - len(changes(data)) == 12
    assert same.sum() >= (40 if end_only else 30)
    assert end_only or photo.damage == CUT_SHORT


@pytest.mark.parametrize("kind", ["GIF", "PPM", "PCX", "SGI", "TGA"])
def test_rarer_formats_are_read_as_far_as_they_go(kind):
    data = pillow_file(PHOTO[..., 0], kind)
    whole = decode_photo(data, "a").pixels
    photo = decode_photo(data[: len(data) * 3 // 4], "a")
    assert photo.damage == CUT_SHORT and photo.pixels.shape == whole.shape
    assert (photo.pixels == whole).mean() > 0.6
    with pytest.raises(PhotoError, match=f"the {kind} data is damaged, cut short or"):
        decode_photo(data[: len(data) * 3 // 4], "a", strict=True)


CODED = {
    "WEBP": {},
    "lossless WEBP": {"lossless": True},
    "AVIF": {},
    "JPEG2000": {},
    "bare JPEG2000": {"no_jp2": True},
    "tiled JPEG2000": {"tile_size": (64, 64)},
}


@pytest.mark.parametrize("kind", CODED)
def test_coded_pictures_are_read_as_far_as_they_go(kind):
    file_format = kind.split()[-1]
    if not features.check({"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}[file_format]):
        pytest.skip(f"the installed Pillow has no {file_format}")
    if file_format == "AVIF" and int(PIL.__version__.split(".")[0]) < 12:
        pytest.skip("older Pillows refuse an AVIF that is cut")
    data = pillow_file(PHOTO, file_format, **CODED[kind])
    whole = decode_photo(data, "a").pixels.astype(int)
    cut = data[: len(data) * 3 // 4]
    photo = decode_photo(cut, "a")
    assert photo.damage == CUT_SHORT and photo.pixels.shape == whole.shape
    assert np.abs(photo.pixels - whole)[:64].mean() < 8
    assert "the file is cut short; it is read as far as it goes" in photo.notes
    with pytest.raises(PhotoError, match=f"the {file_format} data is damaged, cut short or"):
        decode_photo(cut, "a", strict=True)


def test_heic_is_read_as_far_as_it_goes():
    pillow_heif = pytest.importorskip("pillow_heif")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(PHOTO)).save(buffer, quality=90)
    data = buffer.getvalue()
    whole = decode_photo(data, "a").pixels.astype(int)
    photo = decode_photo(data[: len(data) * 3 // 4], "a")
    assert photo.damage == CUT_SHORT
    assert np.abs(photo.pixels - whole)[:64].mean() < 4


@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_2000_that_lacks_its_end_marker_is_whole(missing):
    data = pillow_file(PHOTO, "JPEG2000")
    photo = decode_photo(data[:-missing], "a")
    assert photo.damage == END_MISSING
    assert_same(photo, PHOTO)


def test_a_webp_that_lacks_what_follows_its_picture_is_whole():
    data = pillow_file(PHOTO, "WEBP", xmp=b"x" * 500)
    photo = decode_photo(data[:-300], "a")
    assert photo.damage == END_MISSING
    assert_same(photo, decode_photo(data, "a").pixels)


@pytest.mark.parametrize("missing", [1, 4, 12])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_png_that_lacks_its_end_marker_is_told(depth, missing):
    pixels = random_pixels((9, 13), f"uint{depth}")
    data = png_file(pixels, 0, depth)[:-missing]
    photo = decode_photo(data, "a")
    assert_same(photo, pixels)
    assert photo.damage == END_MISSING
    with pytest.raises(PhotoError, match="damaged"):
        decode_photo(data, "a", strict=True)


def test_a_progressive_jpeg_whose_end_became_zeros_is_cut_short():
    data = pillow_file(PHOTO, "JPEG", progressive=True)
    filled = data[: len(data) // 2].ljust(len(data), b"\0")
    assert decode_photo(filled, "a").damage == CUT_SHORT


@pytest.mark.parametrize("big", [False, True])
def test_pages_that_are_missing_are_told(tmp_path, big):
    pixels = random_pixels((40, 30))
    with tifffile.TiffWriter(tmp_path / "a.tif", bigtiff=big) as tiff:
        for _ in range(3):
            tiff.write(pixels, metadata=None, contiguous=False)
    data = (tmp_path / "a.tif").read_bytes()
    cut = data[: -pixels.size - 100]  # A page's directory precedes its pixels.
    (tmp_path / "a.tif").write_bytes(cut)
    assert count_pages(tmp_path / "a.tif") == 2
    assert decode_photo(cut, "a", page=0).damage is None
    photo = decode_photo(cut, "a", page=1)
    assert photo.damage == CUT_SHORT and "the file is cut short" in photo.notes[0]
    assert_same(photo, pixels)
    with pytest.raises(PhotoError, match="what follows page 2 is missing"):
        decode_photo(cut, "a", page=1, strict=True)


def test_a_tiff_without_its_directory_is_refused_in_words():
    data = pillow_file(PHOTO, "TIFF", compression="tiff_lzw")
    with pytest.raises(PhotoError, match="the directory of its pages, near its end, is missing"):
        decode_photo(data[:-300], "a")


def test_strips_of_a_compressed_tiff():
    pixels = random_pixels((64, 50))
    data = tiff_file(pixels, photometric="minisblack", compression="zlib", rowsperstrip=8)
    photo = decode_photo(data[:-500], "a.tif")
    np.testing.assert_array_equal(photo.pixels[:48], pixels[:48])
    assert photo.pixels.shape == pixels.shape and photo.pixels[56:].max() == 0


def test_an_interlaced_png():
    data = interlaced(PHOTO[:40, :51, 0])
    assert_same(decode_photo(data, "a"), PHOTO[:40, :51, 0])
    photo = decode_photo(data[: len(data) // 2], "a")
    assert photo.damage == CUT_SHORT
    np.testing.assert_array_equal(photo.pixels[::8, ::8], PHOTO[:40:8, :51:8, 0])


def interlaced(pixels):
    """Interlaced gray PNG (PNG 1.2, 2.6)."""
    places = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = b""
    for left, top, step_x, step_y in (*places, (0, 1, 1, 2)):
        part = pixels[top::step_y, left::step_x]
        rows += b"".join(b"\0" + row.tobytes() for row in part)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 0, 0, 0, 1)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


BROKEN = {
    "checksum": png_chunk(b"tEXt", b"Title\0cat")[:-1] + b"\0",
    "profile of an unknown compression": png_chunk(b"iCCP", b"a\0\x01" + zlib.compress(b"x" * 200)),
    "profile that cannot be unpacked": png_chunk(b"iCCP", b"a\0\0nonsense"),
    "checksum of a profile": png_chunk(b"iCCP", b"a\0\0" + zlib.compress(icc_profile(b"GRAY", {})))[
        :-4
    ]
    + b"abcd",
    "text": png_chunk(b"zTXt", b"Title\0\x07abc"),
    "gamma of one byte": png_chunk(b"gAMA", b"\0"),
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("broken", BROKEN)
def test_a_damaged_chunk_beside_the_pixels_is_left_out(broken, depth, strict):
    pixels = random_pixels((9, 13), f"uint{depth}")
    chunks = BROKEN[broken] + png_chunk(b"tRNS", struct.pack(">H", int(pixels[0, 0])))
    data = png_file(pixels, 0, depth, chunks)
    photo = decode_photo(data, "a.png", strict=strict)
    np.testing.assert_array_equal(photo.pixels, pixels)
    assert photo.alpha[0, 0] == 0 and photo.damage is None


def test_pixels_that_are_corrupt_in_the_middle():
    data = bytearray(opencv_file(PHOTO, ".png", cv2.IMWRITE_PNG_COMPRESSION, 1))
    data[len(data) // 2 : len(data) // 2 + 50] = bytes(50)
    photo = decode_photo(bytes(data), "a")
    assert photo.damage == CUT_SHORT
    np.testing.assert_array_equal(photo.pixels[:40], PHOTO[:40])


def test_a_bomb_is_not_rebuilt():
    data = png_file(np.zeros((300, 300), int), 0, 8)[:-40]
    with pytest.raises(PhotoError):
        decode_photo(data, "a", max_pixels=1000)


def test_it_is_said(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(pillow_file(PHOTO, "JPEG")[:-99])
    with pytest.warns(PhotoWarning, match="a.jpg: the file is cut short; it is read as far as it"):
        read_photo(path)
