"""Photographs cached in memory and in folders."""

import errno
import types

import numpy as np
import pytest
from PIL import Image

from colorkit.data import cache as cache_module
from colorkit.data.cache import CachedSource, PhotoFiles, cache_if_it_fits, cache_photos
from colorkit.data.source import PhotoSource
from colorkit.data.stream import PhotoStream


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    for number in range(3):
        pixels = random.integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return tmp_path


class CountingSource(PhotoSource):
    """Counts how often photographs are decoded."""

    count = 0

    def read(self, number, shorter_side=None):
        self.count += 1
        return super().read(number, shorter_side)


@pytest.fixture(params=["memory", "folder"])
def cache(request, tmp_path_factory):
    return "memory" if request.param == "memory" else tmp_path_factory.mktemp("cache")


def test_no_cache_is_the_source_itself(folder):
    source = PhotoSource(folder)
    assert cache_photos(source, 20, None) is source


def test_photographs_are_decoded_once(folder, cache):
    source = CountingSource(folder)
    cached = cache_photos(source, 40, cache)
    for _ in range(3):
        for number in range(3):
            np.testing.assert_array_equal(cached.read(number, 40), PhotoSource(folder).read(number))
    assert source.count == 3 and len(cached) == 3 and cached.names == source.names


def test_photographs_are_kept_shrunk(folder, cache):
    cached = cache_photos(PhotoSource(folder), 20, cache)
    assert [cached.read(0, 20).shape for _ in range(2)] == [(20, 30, 3)] * 2


def test_what_is_larger_than_kept_is_read_from_the_source(folder, cache):
    cached = cache_photos(PhotoSource(folder), 20, cache)
    cached.read(0, 20)
    assert cached.read(0).shape == cached.read(0, 21).shape == (40, 60, 3)


def test_a_stream_draws_from_its_cache(folder, cache):
    """Crops stay random; where nothing is shrunk, they are those of the stream without cache."""
    source = CountingSource(folder)
    stream, plain = PhotoStream(source, 30, cache=cache), PhotoStream(PhotoSource(folder), 30)
    crops = [stream.crop(position) for position in range(12)]
    for position, crop in enumerate(crops):
        np.testing.assert_array_equal(crop, plain.crop(position))
    assert source.count == 3 and len({crop.tobytes() for crop in crops}) == 12


def test_a_later_run_finds_the_folder_filled(folder, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    first = cache_photos(PhotoSource(folder), 20, cache)
    expected = [np.array(first.read(number, 20)) for number in range(3)]
    source = CountingSource(folder)
    second = cache_photos(source, 20, cache)
    np.testing.assert_array_equal([second.read(number, 20) for number in range(3)], expected)
    assert source.count == 0


@pytest.mark.parametrize("damage", [b"", b"not an array", None])
def test_a_damaged_file_is_made_again(folder, tmp_path_factory, damage):
    cache = tmp_path_factory.mktemp("cache")
    expected = np.array(cache_photos(PhotoSource(folder), 20, cache).read(0, 20))
    file = next(cache.rglob("00000000.npy"))
    file.write_bytes(file.read_bytes()[:-100] if damage is None else damage)
    np.testing.assert_array_equal(
        cache_photos(PhotoSource(folder), 20, cache).read(0, 20), expected
    )
    assert file.stat().st_size == 128 + expected.nbytes


def test_a_cache_of_other_photographs_is_refused(folder, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    cache_photos(PhotoSource(folder), 20, cache).read(0, 20)
    Image.fromarray(np.zeros((50, 50, 3), np.uint8)).save(folder / "1.png")
    with pytest.raises(ValueError, match="cache of other photographs .* or delete this one"):
        cache_photos(PhotoSource(folder), 20, cache)
    cache_photos(PhotoSource(folder), 30, cache)


def test_a_cache_is_used_where_the_disk_has_room_for_it(folder, tmp_path_factory, monkeypatch):
    """Three photographs of 20 x 30 pixels take 5,400 bytes; 80 % of what is free may be filled."""
    disk = types.SimpleNamespace(free=5400 / 0.8)
    monkeypatch.setattr(cache_module.shutil, "disk_usage", lambda path: disk)
    cache = tmp_path_factory.mktemp("cache") / "new" / "folder"
    source, note = cache_if_it_fits(PhotoSource(folder), 20, cache, number=3)
    assert isinstance(source, CachedSource) and note.startswith("Decoded photographs are kept in ")
    assert not cache.exists()
    assert isinstance(cache_if_it_fits(PhotoSource(folder), 20, cache, number=4)[0], PhotoSource)
    source.read(0, 20)
    disk.free = 3600 / 0.8  # what the two others take
    assert isinstance(cache_if_it_fits(PhotoSource(folder), 20, cache, number=3)[0], CachedSource)
    disk.free -= 10
    source, note = cache_if_it_fits(PhotoSource(folder), 20, cache, number=3)
    assert isinstance(source, PhotoSource) and "not kept" in note


def test_a_disk_that_is_full_ends_no_reading(folder, tmp_path_factory, monkeypatch, caplog):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    cached = cache_photos(PhotoSource(folder), 40, tmp_path_factory.mktemp("cache"))
    monkeypatch.setattr(PhotoFiles, "__setitem__", full)
    for number in range(3):
        np.testing.assert_array_equal(cached.read(number, 40), PhotoSource(folder).read(number))
    assert len(caplog.records) == 1 and "No space left on device" in caplog.text
