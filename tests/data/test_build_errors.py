"""Data sets that cannot be built, and pictures that they are built without."""

import io
import itertools
import os
import zipfile

import pytest
from drawn_dataset import DROPPED, draw_photos, rows_of
from drawn_photos import draw_photo, save_photo
from PIL import Image

from colorkit.data import build_pair
from colorkit.data.build import build_dataset
from colorkit.io.photo import PhotoError

pytestmark = pytest.mark.usefixtures("quick_histogram")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return draw_photos(tmp_path_factory.mktemp("photos"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "`size` must be a whole number above 0. Received: 0"),
        ({"min_side": -1}, "`min_side` must be a whole number above 0"),
        ({"fit": "stretch"}, "`fit` must be one of crop, squash, pad. Received: 'stretch'"),
        ({"output_format": "zip"}, "`output_format` must be one of folder, tfrecord"),
        ({"split": "folder"}, "`split` must be one of folders. Received: 'folder'"),
        ({"split": (80, 10)}, "three percentages.*Received: 80/10"),
        ({"split": (80, 10, 5)}, "that make 100. Received: 80/10/5"),
        ({"split": (120, -10, -10)}, "three percentages"),
    ],
)
def test_wrong_settings_are_an_error(settings, message, photos, tmp_path):
    with pytest.raises(ValueError, match=message):
        build_dataset(photos, tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_is_an_error(photos, tmp_path):
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(ValueError, match="new or empty folder.*which holds thesis.doc"):
        build_dataset(photos, tmp_path, size=32)
    assert os.listdir(tmp_path) == ["thesis.doc"]


def test_the_source_itself_is_an_error(photos):
    with pytest.raises(ValueError, match="Expected another folder for the data set"):
        build_dataset(photos, photos, size=32)


def test_a_folder_within_the_source_is_not_searched(photos, tmp_path):
    folder = tmp_path / "photos"
    save_photo(folder / "a.png", draw_photo(0))
    save_photo(folder / "b.png", draw_photo(1))
    assert build_dataset(folder, folder / "out", size=32).photos == 2
    assert build_dataset(folder, folder / "out", size=32).was_built


def test_a_source_without_photographs_is_an_error(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(PhotoError, match="Expected photographs: files that end in .jpg"):
        build_dataset(tmp_path / "photos", tmp_path / "out")
    with pytest.raises(PhotoError, match="missing, which does not exist"):
        build_dataset(tmp_path / "missing", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_source_of_which_nothing_is_kept_is_listed(tmp_path):
    save_photo(tmp_path / "photos" / "a.png", draw_photo(0))
    report = build_dataset(tmp_path / "photos", tmp_path / "out", size=1000)
    assert sum(report.kept.values()) == 0 and report.dropped["too small"] == 1
    assert len(rows_of(tmp_path / "out")) == 1


def test_an_odd_picture_is_dropped_and_the_others_built(photos, tmp_path, monkeypatch):
    real = build_pair.hash_picture
    numbers = itertools.count()

    def fail_once(thumbnail):
        if next(numbers) == 3:
            raise ArithmeticError("odd")
        return real(thumbnail)

    monkeypatch.setattr(build_pair, "hash_picture", fail_once)
    report = build_dataset(photos, tmp_path / "out", size=32, workers=1)
    assert report.dropped["unreadable"] == DROPPED["unreadable"] + 1
    assert "ArithmeticError('odd')" in {row["detail"] for row in rows_of(tmp_path / "out")}


def test_zip_members_that_cannot_be_read_are_dropped(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(draw_photo(0)).save(buffer, "PNG")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("bad.png", buffer.getvalue())
        archive.writestr("good.png", buffer.getvalue())
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[200] ^= 255
    (tmp_path / "x.zip").write_bytes(data)
    report = build_dataset(tmp_path / "x.zip", tmp_path / "out", size=32)
    assert report.dropped["unreadable"] == 1 and report.kept["train"] == 1
    assert "Bad CRC-32 for file 'bad.png'" in rows_of(tmp_path / "out")[0]["detail"]
