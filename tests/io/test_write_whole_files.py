"""Photographs are written whole or not at all, in the place they are meant for."""

import os

import numpy as np
import pytest
from drawn_files import some_photo
from PIL import Image

from colorkit.io.photo import PhotoError
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, error):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")

    def fail(image, file, *args, **options):
        file.write(b"half a file")
        raise error

    monkeypatch.setattr(Image.Image, "save", fail)
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
    save, seen = Image.Image.save, []

    def look(image, file, *args, **options):
        save(image, file, *args, **options)
        assert not path.exists()
        (temporary,) = tmp_path.iterdir()
        assert temporary.name.startswith(".")
        seen.append(temporary)

    monkeypatch.setattr(Image.Image, "save", look)
    write_photo(path, some_photo())
    assert len(seen) == 1 and list(tmp_path.iterdir()) == [path]


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
