import numpy as np
import pytest
from drawn_photos import draw_photo, save_photo

from colorkit.data import survey
from colorkit.data.filters import make_thumbnail
from colorkit.data.near_duplicates import hash_picture
from colorkit.data.source import PhotoSource
from colorkit.data.survey import survey_photos
from colorkit.data.survey_cache import FILE_NAME


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / FILE_NAME


@pytest.fixture
def photos(tmp_path):
    """In order of name: colour, gray, sepia, broken, colour."""
    folder = tmp_path / "photos"
    gray = draw_photo(1)[..., :1]
    save_photo(folder / "a.png", draw_photo(0))
    save_photo(folder / "b.jpg", np.repeat(gray, 3, axis=-1), quality=90)
    save_photo(folder / "c.png", np.uint8(gray * [1.0, 0.8, 0.6]))
    (folder / "d.png").write_bytes(b"no picture")
    save_photo(folder / "e.png", draw_photo(2))
    return PhotoSource(folder)


@pytest.fixture
def looked_at(monkeypatch):
    """Indices of the photographs that are decoded."""
    seen, read = [], PhotoSource.read

    def watch(self, index, shorter_side):
        seen.append(index)
        return read(self, index, shorter_side)

    monkeypatch.setattr(PhotoSource, "read", watch)
    return seen


def test_gray_toned_and_unreadable_photographs_are_told(photos):
    found = survey_photos(photos)
    assert found.is_gray.tolist() == [False, True, True, False, False]
    assert found.is_readable.tolist() == [True, True, True, False, True]
    hashes = hash_picture(make_thumbnail(photos.read(4)))
    assert (found.hashes[4], found.mirrored[4]) == hashes and found.hashes.dtype == np.uint64


def test_nothing_is_decoded_twice(photos, looked_at):
    first = survey_photos(photos)
    assert sorted(looked_at) == [0, 1, 2, 3, 4]
    looked_at.clear()
    again = survey_photos(photos)
    assert looked_at == [3], "the broken one alone, which may be mended"
    for name in ("is_gray", "is_readable", "hashes", "mirrored"):
        np.testing.assert_array_equal(getattr(again, name), getattr(first, name))


def test_a_file_that_has_changed_is_looked_at_anew(photos, looked_at, tmp_path):
    survey_photos(photos)
    looked_at.clear()
    save_photo(tmp_path / "photos" / "b.jpg", draw_photo(5))
    assert not survey_photos(photos).is_gray[1] and looked_at[0] == 1


def test_it_ends_where_there_are_enough_in_colour(photos, looked_at, monkeypatch):
    monkeypatch.setattr(survey, "PHOTOS_PER_WRITE", 1)
    assert len(survey_photos(photos, colored=1).is_gray) == 1
    assert len(survey_photos(photos, colored=2).is_gray) == 5
    assert len(survey_photos(photos, colored=9).is_gray) == 5


def test_progress_is_told(photos):
    told = []
    survey_photos(photos, on_progress=lambda *each: told.append(each))
    assert told == [(5, 5)]


@pytest.mark.parametrize("trouble", ["damaged", "a folder", "nowhere"])
def test_a_cache_that_cannot_be_used_is_done_without(
    photos, looked_at, cache, trouble, monkeypatch, caplog
):
    if trouble == "nowhere":
        (cache.parents[1] / "file").write_bytes(b"")
        monkeypatch.setenv("COLORKIT_CACHE", str(cache.parents[1] / "file" / "cache"))
    else:
        cache.parent.mkdir()
    if trouble == "damaged":
        cache.write_bytes(b"no database at all" * 100)
    if trouble == "a folder":
        cache.mkdir()
    for _ in range(2):
        assert survey_photos(photos).is_gray.tolist() == [False, True, True, False, False]
    assert len(looked_at) == 10
    assert "cannot be used, so that every photograph is looked at anew" in caplog.text
    assert "COLORKIT_CACHE" in caplog.text and len(caplog.records) == 2
