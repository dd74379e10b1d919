import numpy as np
import pytest
from drawn_photos import draw_photo, save_photo

from colorkit.data.build import build_dataset
from colorkit.data.source import open_photos
from colorkit.data.training_photos import open_training_photos


@pytest.fixture
def folder(tmp_path):
    """Four photographs, and a gray one."""
    for number in range(4):
        save_photo(tmp_path / "further" / f"{number}.png", draw_photo(100 + number))
    save_photo(tmp_path / "further" / "gray.png", np.full((48, 64, 3), 90, "uint8"))
    return tmp_path / "further"


def test_further_photographs_add_to_training_alone(folder):
    photos = np.stack([np.full((4, 4, 3), level, "uint8") for level in range(40)])
    alone, split, notes = open_training_photos(photos, seed=3)
    assert notes == []
    joined, larger, notes = open_training_photos(photos, folder, seed=3)
    assert notes == ["Of the further ones: Photographs left out as gray or toned: 1."]
    assert len(alone) == 40 and len(joined) == 44
    assert joined.names[:40] == alone.names and joined.names[40] == "further/0.png"
    for part in ("validation", "test"):
        np.testing.assert_array_equal(larger[part], split[part])
    assert sorted(larger["train"]) == sorted([*split["train"], *range(40, 44)])
    assert set(larger["train"][:20]) & set(range(40, 44)), "not shuffled"
    assert joined.read(39)[0, 0, 0] == 39
    np.testing.assert_array_equal(joined.read(42), draw_photo(102))
    further = open_photos(folder)
    assert joined.digest(41) == further.digest(1)
    assert joined.fingerprint(43) == further.fingerprint(3)
    assert joined.fingerprint(5) == alone.fingerprint(5)


@pytest.mark.parametrize("is_built", [False, True])
def test_further_twins_of_what_is_held_out_are_left_out(folder, tmp_path, is_built):
    photos = tmp_path / "photos"
    for number in range(20):
        save_photo(photos / f"{number}.png", draw_photo(number))
    if is_built:
        build_dataset(photos, tmp_path / "set", size=32, split=(80, 10, 10))
        photos = tmp_path / "set"
    source, split, _ = open_training_photos(photos)
    held_out = [source.read(index) for part in ("validation", "test") for index in split[part]]
    trained = source.read(split["train"][0])
    for number, photo in enumerate([*held_out, trained]):
        save_photo(folder / f"twin_{number}.jpg", photo[:, ::-1], quality=90)
    joined, larger, notes = open_training_photos(photos, folder)
    added = {joined.names[index] for index in larger["train"] if index >= len(source)}
    assert added == {*(f"further/{number}.png" for number in range(4)), "further/twin_4.jpg"}
    assert sorted(np.concatenate(list(larger.values()))) == list(range(len(joined)))
    assert notes[-1] == (
        "Further photographs left out since validation or test has the same picture: 4."
    )
