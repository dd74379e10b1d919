"""Photographs that cannot be read: what is said of each."""

import io
import os
import struct
import warnings

import numpy as np
import pytest
import tifffile
from drawn_files import (
    complete_files,
    pillow_file,
    png_chunk,
    random_pixels,
    tiff_file,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.io.photo import PhotoError
from colorkit.io.read import MAX_FILE_BYTES, decode_photo, read_photo


def message(path):
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    return str(caught.value)


def test_missing_file(tmp_path):
    path = tmp_path / "a.jpg"
    assert message(path) == f"Cannot read {path}: there is no such file. Check the path."


def test_empty_file(tmp_path):
    path = tmp_path / "a.jpg"
    path.touch()
    expected = f"Cannot read {path}: the file is empty. Copy it again from its source."
    assert message(path) == expected


def test_folder(tmp_path):
    assert message(tmp_path) == (
        f"Cannot read {tmp_path}: expected a photograph. Received: a folder. "
        "Name the files in it, or list them with `find_photos`."
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="No pipes on this system")
def test_pipe(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    assert "Received: a device, pipe or socket." in message(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("start", "received"),
    [
        (b"Dear diary,", "a file of another kind"),
        (b"\0", "a file of another kind"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video or sound file"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "a file of another kind"),
    ],
)
def test_another_kind_of_file(tmp_path, start, received):
    path = tmp_path / "a.jpg"
    path.write_bytes(start)
    assert message(path) == (
        f"Cannot read {path}: expected a photograph, such as a JPEG, PNG, TIFF, WebP or "
        f"BMP. Received: {received}. Save it as one of these first."
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            PermissionError(13, "Permission denied"),
            "permission denied. Make the file readable (chmod u+r) first.",
        ),
        (OSError(5, "Input/output error"), "Input/output error. Check the disk and the path."),
        (MemoryError(), "it needs more memory than there is. Shrink the picture first."),
    ],
)
def test_errors_of_the_system(tmp_path, monkeypatch, error, expected):
    path = tmp_path / "a.png"
    path.write_bytes(pillow_file(random_pixels((3, 5)), "PNG"))

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("builtins.open", fail)
    assert message(path) == f"Cannot read {path}: {expected}"


def test_memory_runs_out_while_decoding(monkeypatch):
    def fail(*args, **options):
        raise MemoryError

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile", fail)
    with pytest.raises(PhotoError, match="^Cannot read a.png: it needs more memory than there is"):
        decode_photo(pillow_file(random_pixels((3, 5)), "PNG"), "a.png")


@pytest.mark.parametrize("kind", complete_files())
@pytest.mark.parametrize("part", [0.999, 0.9, 0.5, 0.1, 0.01])
def test_a_file_cut_short_is_refused_where_asked(kind, part):
    data = complete_files()[kind]
    decode_photo(data, "a")
    cut = data[: max(20, min(len(data) - 40, int(len(data) * part)))]
    with pytest.raises(PhotoError) as caught:
        decode_photo(cut, "holiday.jpg", strict=True)
    start = (
        f"Cannot read holiday.jpg: the {kind.split()[-1].upper()} data is damaged, cut short or "
    )
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(
        "Copy the file again from its source, or save it anew in a photo editor."
    )


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(complete_files())),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=9),
)
def test_damage_gives_a_photo_or_a_photo_error(kind, changes):
    data = bytearray(complete_files()[kind])
    for place, value in changes:
        data[int(place**4 * (len(data) - 1))] = value  # mostly the header
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            photo = decode_photo(bytes(data), "a")
    except PhotoError:
        return
    assert photo.pixels.dtype in (np.uint8, np.uint16)


def test_several_pages():
    pixels = random_pixels((3, 5, 7))
    data = tiff_file(pixels, photometric="minisblack")
    with pytest.raises(PhotoError) as caught:
        decode_photo(data, "scan.tif")
    assert str(caught.value) == (
        "Cannot read scan.tif: expected one picture. Received: 3 pages. "
        "Choose one of them (`page`, --page)."
    )
    with pytest.raises(PhotoError, match="expected a page from 1 to 3. Received: 4."):
        decode_photo(data, "scan.tif", page=3)
    with pytest.raises(PhotoError, match="expected a TIFF of several pages. Received: PNG."):
        decode_photo(pillow_file(pixels[0], "PNG"), "a.png", page=1)


def test_camera_raw():
    data = tiff_file(random_pixels((5, 7, 3)), photometric="rgb", subfiletype=1)
    with pytest.raises(PhotoError) as caught:
        decode_photo(data, "a.nef")
    assert str(caught.value) == (
        "Cannot read a.nef: expected a photograph. Received: a camera's raw file or a preview. "
        "Develop it to TIFF or JPEG first."
    )


@pytest.mark.parametrize(
    ("dtype", "received"),
    [
        ("float32", "32-bit floating-point"),
        ("float16", "16-bit floating-point"),
        ("uint32", "32-bit whole"),
        ("int16", "16-bit signed whole"),
    ],
)
def test_numbers_no_photograph_has(dtype, received):
    with pytest.raises(PhotoError, match=f"channel, in whole numbers. Received: {received} num"):
        decode_photo(tiff_file(np.zeros((5, 7), dtype), photometric="minisblack"), "a.tif")


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG", "WEBP"])
def test_more_pixels_than_allowed(kind, tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(pillow_file(random_pixels((25, 20)), kind))
    with pytest.raises(PhotoError) as caught:
        read_photo(path, max_pixels=499)
    assert str(caught.value) == (
        f"Cannot read {path}: expected at most 0.000499 megapixels. Received: 20 x 25 pixels. "
        "Shrink the picture first."
    )
    assert read_photo(path, max_pixels=500).width == 20


def test_a_bomb_is_refused_before_it_is_unpacked():
    data = bytearray(pillow_file(random_pixels((5, 5)), "PNG"))
    data[16:24] = struct.pack(">II", 2_000_000_000, 2_000_000_000)
    data[29:33] = png_chunk(b"IHDR", bytes(data[16:29]))[-4:]
    with pytest.raises(PhotoError, match="expected at most 400 megapixels. Received: 2000000000 x"):
        decode_photo(bytes(data), "bomb.png")


def test_errors_of_photos_are_value_errors():
    assert issubclass(PhotoError, ValueError)


def test_no_pixels():
    data = bytearray(tiff_file(random_pixels((5, 7, 3)), photometric="rgb"))
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as tiff:
        place = tiff.pages.first.tags["ImageWidth"].valueoffset
    data[place : place + 2] = bytes(2)
    with pytest.raises(PhotoError, match="Cannot read a.tif: "):
        decode_photo(bytes(data), "a.tif")


def test_a_file_that_is_larger_than_any_photograph_is_not_read(tmp_path):
    path = tmp_path / "disk.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    os.truncate(path, MAX_FILE_BYTES + 1)  # without taking room
    with pytest.raises(PhotoError, match=r"disk\.jpg: expected at most 4 GB, .* 4 GB or more"):
        read_photo(path)
