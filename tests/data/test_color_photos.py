import tarfile

import cv2
import numpy as np
import pytest
from drawn_photos import draw_photo, save_photo

from colorkit.data.build import build_dataset
from colorkit.data.color_photos import ColorPhotos, open_color_photos
from colorkit.data.split import split_source
from colorkit.io.photo import PhotoError


def as_gray(photo):
    return np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=-1)


@pytest.fixture
def folder(tmp_path):
    """Twenty photographs; of four of them smaller, recoded or mirrored twins; two gray ones."""
    folder = tmp_path / "photos"
    for number in range(20):
        save_photo(folder / f"{number:02d}.png", draw_photo(number, 96, 128))
    for number in range(3):
        twin = cv2.resize(draw_photo(number, 96, 128), (96, 72), interpolation=cv2.INTER_AREA)
        save_photo(folder / "small" / f"{number}.jpg", twin, quality=85)
    save_photo(folder / "mirrored.png", draw_photo(3, 96, 128)[:, ::-1])
    save_photo(folder / "gray.png", as_gray(draw_photo(30)))
    save_photo(folder / "sepia.png", np.uint8(as_gray(draw_photo(31)) * [1.0, 0.8, 0.6]))
    return folder


def test_gray_ones_are_left_out_and_twins_known(folder):
    photos = open_color_photos(folder)
    assert isinstance(photos, ColorPhotos) and photos.gray == ("gray.png", "sepia.png")
    assert len(photos) == len(photos.names) == 24
    alike = {}
    for name, group in zip(photos.names, photos.groups, strict=True):
        alike.setdefault(int(group), set()).add(name)
    twins = [{f"{n:02d}.png", f"small/{n}.jpg"} for n in range(3)] + [{"03.png", "mirrored.png"}]
    assert sorted(map(sorted, (each for each in alike.values() if len(each) > 1))) == sorted(
        map(sorted, twins)
    )
    index = photos.names.index("05.png")
    np.testing.assert_array_equal(photos.read(index), draw_photo(5, 96, 128))
    assert photos.notes() == [
        "Photographs left out as gray or toned: 2.",
        "Photographs that show the same picture as another: 8, of 4 pictures; a split has those of "
        "one picture in one part.",
    ]


@pytest.mark.parametrize("seed", range(5))
def test_twins_come_into_one_part(folder, seed):
    photos = open_color_photos(folder)
    split = split_source(photos, seed)
    assert sorted(np.concatenate(list(split.values()))) == list(range(24))
    part_of = {photos.names[index]: part for part, rows in split.items() for index in rows}
    for number in range(3):
        assert part_of[f"{number:02d}.png"] == part_of[f"small/{number}.jpg"]
    assert part_of["03.png"] == part_of["mirrored.png"]


def test_a_folder_without_either_has_no_notes(tmp_path):
    for number in range(4):
        save_photo(tmp_path / f"{number}.png", draw_photo(number))
    assert open_color_photos(tmp_path).notes() == []


def test_gray_halves_of_pairs_are_counted(tmp_path):
    for number in range(4):
        save_photo(tmp_path / "pairs" / "color" / f"{number}.jpg", draw_photo(number))
        save_photo(tmp_path / "pairs" / "gray" / f"{number}.jpg", as_gray(draw_photo(number)))
    photos = open_color_photos(tmp_path)
    assert photos.names == tuple(f"pairs/color/{number}.jpg" for number in range(4))
    assert photos.notes() == ["Of pairs the colour pictures are taken; gray ones: 4."]


def test_photographs_in_a_tar(folder, tmp_path):
    with tarfile.open(tmp_path / "photos.tar", "w") as archive:
        archive.add(folder, ".")
    photos = open_color_photos(tmp_path / "photos.tar")
    assert len(photos) == 24 and len(photos.gray) == 2


def test_only_gray_ones_are_an_error(tmp_path):
    for number in range(3):
        save_photo(tmp_path / f"{number}.png", as_gray(draw_photo(number)))
    with pytest.raises(PhotoError, match="photographs in colour. Received: 3, all of them gray"):
        open_color_photos(tmp_path)


def test_what_is_unreadable_stays(folder):
    (folder / "broken.jpg").write_bytes(b"no picture")
    photos = open_color_photos(folder)
    assert "broken.jpg" in photos.names and len(photos) == 25
    with pytest.raises(PhotoError, match=r"broken\.jpg"):
        photos.read(photos.names.index("broken.jpg"))


def test_arrays_and_built_data_sets_are_taken_as_they_are(folder, tmp_path):
    gray = np.stack([as_gray(draw_photo(number)) for number in range(3)])
    assert len(open_color_photos(gray)) == 3
    build_dataset(folder, tmp_path / "set", size=32, split=(60, 20, 20))
    source = open_color_photos(tmp_path / "set")
    assert source.parts is not None and len(source) == 20
    assert open_color_photos(tmp_path / "set" / "train").is_built
