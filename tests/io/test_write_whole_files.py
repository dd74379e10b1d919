"""Photographs are written whole or not at all, in the place they are meant for."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from drawn_files import some_photo
from PIL import Image

from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import read_photo
from colorkit.io.write import encode_photo, write_photo


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, error):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")

    def fail(descriptor):
        raise error

    monkeypatch.setattr(os, "fsync", fail)  # Many disks tell only then that they are full.
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


def test_the_file_appears_only_when_it_is_whole_and_on_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    seen = []

    def look(descriptor):
        assert not path.exists()
        (temporary,) = tmp_path.iterdir()
        assert temporary.name.startswith(".")
        Image.open(temporary).load()
        seen.append(temporary)

    monkeypatch.setattr(os, "fsync", look)
    write_photo(path, some_photo())
    assert len(seen) == 1 and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("torn", [lambda data: data[:-1], lambda data: data[:-1] + b"x"])
def test_what_the_disk_does_not_hold_is_no_result(tmp_path, monkeypatch, torn):
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: write(path, torn(data)))
    with pytest.raises(PhotoError, match="a.jpg: the disk does not hold what was written to it"):
        write_photo(tmp_path / "a.jpg", some_photo())
    assert list(tmp_path.iterdir()) == []


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


def test_a_jpeg_is_encoded_in_memory_that_has_a_descriptor(tmp_path, monkeypatch):
    """Into such a file Pillow encodes without Python's global lock; its bytes are the same."""
    if not hasattr(os, "memfd_create"):
        pytest.skip("only Linux has such files")
    photo = Photo(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8))
    save, files = Image.Image.save, []

    def watch(image, file, *arguments, **options):
        file.fileno()  # raises where there is none
        save(image, file, *arguments, **options)
        files.append(io.BytesIO())
        save(image, files[-1], *arguments, **options)

    monkeypatch.setattr(Image.Image, "save", watch)
    encoded = encode_photo(photo, "JPEG")
    monkeypatch.setattr(os, "memfd_create", fail_by(OSError(38, "Function not implemented")))
    monkeypatch.setattr(Image.Image, "save", save)
    assert encoded == files[0].getvalue() == encode_photo(photo, "JPEG")


@pytest.mark.parametrize("missing", [1, 100_000])
def test_a_jpeg_that_memory_does_not_hold_whole_is_no_result(missing):
    full_disk = pytest.importorskip("full_disk", reason="limits of files are those of Unix")
    photo = Photo(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8))
    room = len(encode_photo(photo, "JPEG")) - missing
    with full_disk.room_for(room), pytest.raises(PhotoError, match="its encoder says: .*large"):
        encode_photo(photo, "JPEG")


def fail_by(error):
    def fail(*arguments):
        raise error

    return fail
