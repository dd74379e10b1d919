"""Photographs by index, from folders, tars and arrays."""

import os
import tarfile

import numpy as np
import pytest
from drawn_photos import draw_photo, save_photo
from PIL import Image
from refusing_disk import refuse_to_list

from colorkit.data.build import build_dataset
from colorkit.data.color_photos import open_color_photos
from colorkit.data.manifest import read_manifest
from colorkit.data.source import ArraySource, PhotoSource, open_photos
from colorkit.data.split import split_photos, split_source
from colorkit.io.photo import PhotoError


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


def _save(path, level):
    Image.fromarray(np.full((4, 6, 3), level, np.uint8)).save(path)


def _text(path):
    path.write_text("not a tar")
    return path


@pytest.fixture(scope="module")
def data_set(tmp_path_factory):
    """Twenty pairs, and the photographs that they were made of."""
    folder = tmp_path_factory.mktemp("data")
    for number in range(20):
        save_photo(folder / "photos" / f"{number}.png", draw_photo(number))
    build_dataset(folder / "photos", folder / "set", size=32, split=(60, 25, 15))
    return folder


def test_a_data_set_gives_its_colour_pictures_and_keeps_its_split(data_set):
    source = open_photos(data_set / "set")
    assert len(source) == 20 and list(source.names) == sorted(source.names)
    split = split_source(source, seed=7)
    assert {part: len(rows) for part, rows in split.items()} == {
        "train": 12,
        "validation": 5,
        "test": 3,
    }
    rows = {row["file"]: row for row in read_manifest(data_set / "set")}
    for part, positions in split.items():
        for position in positions:
            file = source.names[position].removeprefix(f"{part}/color/")
            assert rows[file]["split"] == part
            photo = source.read(position)
            assert photo.shape == (32, 32, 3) and np.ptp(photo, axis=-1).max() > 20


def test_a_seed_changes_the_order_within_the_parts_of_a_data_set(data_set):
    first, again, other = (split_source(open_photos(data_set / "set"), seed) for seed in (0, 0, 1))
    assert (first["train"] == again["train"]).all() and (first["train"] != other["train"]).any()
    assert set(first["train"]) == set(other["train"])


def test_a_split_of_a_data_set_is_a_source_by_itself(data_set):
    source = open_photos(data_set / "set" / "train")
    assert len(source) == 12 and all(name.startswith("color/") for name in source.names)
    assert sum(map(len, split_source(source).values())) == 12
    assert len(split_source(source)["train"]) == 10, "80 %: it has no split of its own"
    assert source.read(0).shape == (32, 32, 3)


def test_folders_of_a_data_set_that_is_not_whole_are_plain_folders(data_set, tmp_path):
    save_photo(tmp_path / "train" / "gray" / "a.png", draw_photo(0)[..., 0])
    save_photo(tmp_path / "train" / "color" / "a.png", draw_photo(0))
    source = open_photos(tmp_path / "train")
    assert source.names == ("color/a.png",), "a pair"
    assert (source.gray_halves, source.is_built, source.parts) == (1, False, None)


def test_sources_without_a_split_are_split_by_name(data_set):
    photos = np.zeros((10, 4, 4, 3), np.uint8)
    for source in (open_photos(photos), open_photos(data_set / "photos")):
        expected = split_photos(source.names, 3)
        assert all((rows == expected[part]).all() for part, rows in split_source(source, 3).items())


def test_tfrecord_data_sets_are_those_in_folders(data_set, tmp_path, monkeypatch):
    tfrecord_writer = pytest.importorskip("colorkit.data.tfrecord_writer")
    pytest.importorskip("tensorflow")
    monkeypatch.setattr(tfrecord_writer, "PAIRS_PER_SHARD", 5)
    out = tmp_path / "records"
    options = {"size": 32, "split": (60, 25, 15), "workers": 1}
    build_dataset(data_set / "photos", out, output_format="tfrecord", **options)
    assert len(list(out.glob("train-*.tfrecord"))) == 3
    source, expected = open_photos(out), open_photos(data_set / "set")
    assert source.names == expected.names
    assert (source.parts, source.is_built) == (expected.parts, True)
    for index in range(len(source)):
        assert source.digest(index) == expected.digest(index)
        np.testing.assert_array_equal(source.read(index), expected.read(index))

    shard = out / "train-00001-of-00003.tfrecord"
    whole = shard.read_bytes()
    for damaged, reason in (
        (whole[:-1], "up to the file's end .it is cut short"),
        (whole[:1000] + b"x" + whole[1000:], "expected records"),
        (b"\0" * 100, "expected records"),
        (b"", "expected records"),
    ):
        shard.write_bytes(damaged)
        with pytest.raises(PhotoError, match=f"00001-of-00003.*{reason}"):
            open_photos(out)
    shard.unlink()
    with pytest.raises(PhotoError, match="the 20 pictures of its manifest, and train/color/"):
        open_photos(out)


def test_what_cannot_be_read_in_a_folder_is_told_and_ends_nothing(tmp_path, monkeypatch):
    for name in ("a.jpg", "locked/b.jpg", "@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", ".Trash-0/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        save_photo(tmp_path / name, draw_photo(0))
    with tarfile.open(tmp_path / "more.tar", "w") as archive:
        archive.add(tmp_path / "a.jpg", "d.jpg")
        archive.add(tmp_path / "a.jpg", "e.jpg")
    whole = (tmp_path / "more.tar").read_bytes()
    size = (tmp_path / "a.jpg").stat().st_size
    (tmp_path / "more.tar").write_bytes(whole[: 512 + -(-size // 512) * 512 + 100])
    refuse_to_list(monkeypatch, tmp_path / "locked")
    source = PhotoSource(tmp_path)
    assert source.names == ("a.jpg", "d.jpg")
    assert source.unread["locked"] == "cannot be listed (Permission denied)"
    assert source.unread["more.tar"].startswith("the archive is damaged (")
    (note,) = [note for note in open_color_photos(tmp_path).notes() if "cannot be read" in note]
    assert "or not to their end: 2, the first" in note


def test_names_that_are_no_text_are_escaped(tmp_path):
    save_photo(tmp_path / "a.jpg", draw_photo(0))
    (tmp_path / "a.jpg").rename(tmp_path / os.fsdecode(b"caf\xe9.jpg"))
    source = PhotoSource(tmp_path)
    assert source.names == ("caf\\udce9.jpg",)
    assert source.read(0).shape == draw_photo(0).shape
    assert split_source(source)["train"].size + split_source(source)["test"].size == 1
