"""Photographs by number, from folders, tars and arrays, and their split."""

import tarfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorkit.photo import PhotoError
from colorkit.photo_source import ArraySource, PhotoSource, open_photos, split_photos


@pytest.fixture
def folder(tmp_path):
    """Four flat photographs, each of its own color, in a folder and in a tar beside them."""
    photos = tmp_path / "photos"
    (photos / "deep" / "er").mkdir(parents=True)
    for name, level in (("b.png", 10), ("deep/a.PNG", 20), ("deep/er/c.png", 30)):
        _save(photos / name, level)
    _save(tmp_path / "d.png", 40)
    with tarfile.open(photos / "shard.tar", "w") as shard:
        shard.add(tmp_path / "d.png", "inside/d.png")
    (photos / "notes.txt").write_text("not a photograph")
    _save(photos / ".hidden.png", 50)
    return photos


def test_folders_and_the_tars_in_them_are_read_in_order_of_name(folder):
    source = PhotoSource(folder)
    assert source.names == ("b.png", "deep/a.PNG", "deep/er/c.png", "inside/d.png")
    assert [int(source.read(number)[0, 0, 0]) for number in range(len(source))] == [10, 20, 30, 40]
    assert source.read(0).shape == (4, 6, 3) and source.read(0).dtype == np.uint8


def test_a_tar_by_itself(folder):
    source = open_photos(folder / "shard.tar")
    assert source.names == ("inside/d.png",) and source.read(0)[0, 0, 0] == 40


def test_gray_and_16_bit_photographs_become_8_bit_rgb(tmp_path):
    Image.fromarray(np.full((2, 2), 77, np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(np.full((2, 2), 77 * 257, np.uint16)).save(tmp_path / "b.png")
    source = PhotoSource(tmp_path)
    for number in (0, 1):
        np.testing.assert_array_equal(source.read(number), np.full((2, 2, 3), 77, np.uint8))


def test_a_bad_file_is_named(folder):
    (folder / "aa.jpg").write_bytes(b"not a jpeg")
    with pytest.raises(PhotoError, match=r"aa\.jpg"):
        PhotoSource(folder).read(0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path / "missing", "expected a folder or tar of photographs, found nothing"),
        (lambda path: path, "no photographs found. Looked for .jpg"),
        (lambda path: _text(path / "x.tar"), "expected a folder or an uncompressed .tar archive"),
    ],
)
def test_what_holds_no_photographs_is_an_error(tmp_path, make, message):
    with pytest.raises(PhotoError, match=message):
        open_photos(make(tmp_path))


@pytest.mark.parametrize("photos", [np.zeros((2, 4, 4), np.uint8), np.zeros((2, 4, 4, 3))])
def test_arrays_of_another_form_are_an_error(photos):
    with pytest.raises(ValueError, match="uint8 array of shape .number, height, width, 3"):
        open_photos(photos)


def test_arrays_are_sources():
    photos = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3), dtype=np.uint8)
    source = open_photos(photos)
    assert len(source) == 3 and (source.read(2) == photos[2]).all()
    assert isinstance(open_photos(source), ArraySource)


@given(st.integers(0, 200), st.integers(0, 10))
@settings(deadline=None)
def test_split_is_80_10_10_and_complete(number, seed):
    split = split_photos([f"{row}.jpg" for row in range(number)], seed)
    assert sorted(np.concatenate(list(split.values()))) == list(range(number))
    assert abs(len(split["train"]) - 0.8 * number) <= 1
    assert abs(len(split["test"]) - 0.1 * number) <= 1


def test_split_depends_on_names_and_seed_alone():
    names = [f"{row}.jpg" for row in range(50)]
    parts = {names[row] for row in split_photos(names)["test"]}
    backwards = names[::-1]
    assert parts == {backwards[row] for row in split_photos(backwards)["test"]}
    assert parts != {names[row] for row in split_photos(names, seed=1)["test"]}


def _save(path, level):
    Image.fromarray(np.full((4, 6, 3), level, np.uint8)).save(path)


def _text(path):
    path.write_text("not a tar")
    return path


def test_the_first_of_a_part_are_a_random_sample():
    test = split_photos([f"{row:04d}.jpg" for row in range(1000)])["test"]
    assert 250 < np.mean(test[:30]) < 750 and (np.diff(test) < 0).any()
