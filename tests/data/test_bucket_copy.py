"""Photographs in an object store, imitated in memory by fsspec, are copied to this machine."""

import time

import numpy as np
import pytest
from drawn_photos import draw_photo, save_photo

from colorkit.data.bucket_copy import copy_here
from colorkit.data.source import open_photos
from colorkit.io.photo import PhotoError
from colorkit.io.temporary_names import name_temporary

upath = pytest.importorskip("upath", reason="universal-pathlib reads addresses")


@pytest.fixture
def bucket(tmp_path):
    """A bucket of two photographs, and the folder that has the same."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for number, name in enumerate(("a.png", "deep/b.png")):
        save_photo(folder / name, draw_photo(number))
    place = upath.UPath("memory://bucket/photos")
    place.fs.put(f"{folder}/", place.path, recursive=True)
    yield place, folder
    place.fs.rm("/bucket", recursive=True)


def test_photographs_at_an_address_are_those_of_a_folder(bucket, tmp_path, monkeypatch):
    place, folder = bucket
    monkeypatch.setenv("COLORKIT_CACHE", str(tmp_path / "cache"))
    source, expected = open_photos("memory://bucket/photos"), open_photos(folder)
    assert source.names == expected.names == ("a.png", "deep/b.png")
    for index in range(2):
        np.testing.assert_array_equal(source.read(index), expected.read(index))
    assert open_photos("memory://bucket/photos/").names == source.names


def test_only_what_is_new_or_changed_is_copied(bucket, tmp_path, monkeypatch):
    place, folder = bucket
    copied, get_file = [], type(place.fs).get_file

    def watch(store, path, *rest, **options):
        copied.append(path)
        return get_file(store, path, *rest, **options)

    monkeypatch.setattr(type(place.fs), "get_file", watch)
    copy = copy_here("memory://bucket/photos", tmp_path)
    assert sorted(copied) == ["/bucket/photos/a.png", "/bucket/photos/deep/b.png"]
    assert copy_here("memory://bucket/photos", tmp_path) == copy and len(copied) == 2
    time.sleep(1.1)  # times of change are compared in seconds
    place.fs.pipe_file("/bucket/photos/a.png", (folder / "deep/b.png").read_bytes())
    copy_here("memory://bucket/photos", tmp_path)
    assert copied[2:] == ["/bucket/photos/a.png"]
    assert (copy / "a.png").read_bytes() == (folder / "deep/b.png").read_bytes()


def test_what_the_bucket_no_longer_has_leaves_the_copy(bucket, tmp_path):
    place, _ = bucket
    copy = copy_here("memory://bucket/photos", tmp_path)
    being_written = name_temporary(copy / "c.png")
    being_written.touch()
    place.fs.rm_file("/bucket/photos/a.png")
    assert copy_here("memory://bucket/photos", tmp_path) == copy
    assert {file for file in copy.rglob("*") if file.is_file()} == {
        copy / "deep/b.png",
        being_written,
    }


def test_names_that_lead_out_of_the_copy_are_not_followed(bucket, tmp_path):
    place, _ = bucket
    place.fs.pipe_file("/bucket/photos/deep/../../../out.png", b"")
    with pytest.raises(PhotoError, match="out.png leads out of the folder"):
        copy_here("memory://bucket/photos", tmp_path / "cache")
    assert not list(tmp_path.rglob("out.png"))


def test_errors_of_a_store_name_the_address(bucket, tmp_path, monkeypatch):
    class NoCredentialsError(Exception):
        """As botocore's, which is no OSError."""

    def fail(*_, **__):
        raise NoCredentialsError("Unable to locate credentials")

    monkeypatch.setattr(type(bucket[0].fs), "find", fail)
    with pytest.raises(PhotoError, match="memory://bucket/photos: .*locate credentials.* rights"):
        copy_here("memory://bucket/photos", tmp_path)


def test_one_file_is_copied_too(bucket, tmp_path):
    place, folder = bucket
    copy = copy_here("memory://bucket/photos/deep/b.png", tmp_path)
    assert copy.name == "b.png" and copy.read_bytes() == (folder / "deep/b.png").read_bytes()


def test_an_address_without_photographs_is_an_error(bucket, tmp_path):
    with pytest.raises(PhotoError, match="memory://bucket/none: .*found nothing"):
        copy_here("memory://bucket/none", tmp_path)
    with pytest.raises(ValueError, match="Cannot reach nowhere://bucket"):
        copy_here("nowhere://bucket", tmp_path)
