"""The data set that needs no download."""

import importlib.util

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorkit.data import sample_crops
from colorkit.data.sample_crops import read_unseen_samples, write_sample_crops
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

SPLIT_SAMPLES = [each for split in sample_crops.SPLIT_SAMPLES.values() for each in split]


@pytest.fixture
def astronaut_alone(monkeypatch):
    samples = {"train": [("skimage", "data/astronaut.png")]}
    monkeypatch.setattr(sample_crops, "SPLIT_SAMPLES", samples)


def test_crops_are_squares_of_the_photograph(tmp_path, astronaut_alone):
    assert write_sample_crops(tmp_path, 4, min_side=300) == 4
    photo = skimage.data.astronaut()
    places = []
    views = np.lib.stride_tricks.sliding_window_view
    for number in range(4):
        crop = read_photo(tmp_path / "train" / f"astronaut_{number:02d}.png").pixels
        side = len(crop)
        assert crop.shape == (side, side, 3) and 300 <= side <= 512
        corner = views(photo[..., 0], (1, side))[:, :, 0]
        rows, columns = np.nonzero((corner == crop[0, :, 0]).all(-1))
        (place,) = [
            (row, column)
            for row, column in zip(rows, columns, strict=True)
            if np.array_equal(photo[row : row + side, column : column + side], crop)
        ]
        places.append(place)
    assert len(set(places)) == 4 and any(row != column for row, column in places)


def test_a_seed_fixes_the_crops(tmp_path, astronaut_alone):
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        write_sample_crops(tmp_path / folder, 1, seed=seed)
    a, b, c = ((tmp_path / folder / "train" / "astronaut_00.png").read_bytes() for folder in "abc")
    assert a == b != c


def test_scikit_learn_is_used_where_it_is_installed(tmp_path, monkeypatch):
    samples = {"train": [("notinstalled", "a.png"), ("pictures", "sub/b.png")]}
    monkeypatch.setattr(sample_crops, "SPLIT_SAMPLES", samples)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "__init__.py").write_text("raise ImportError('not imported')")
    write_photo(tmp_path / "pictures" / "sub" / "b.png", Photo(np.zeros((150, 150, 3), "uint8")))
    monkeypatch.syspath_prepend(tmp_path)
    assert write_sample_crops(tmp_path / "out", 2) == 2
    assert {path.name for path in (tmp_path / "out/train").iterdir()} == {"b_00.png", "b_01.png"}


def test_no_photograph_is_in_two_splits(tmp_path):
    assert len(SPLIT_SAMPLES) == len({*SPLIT_SAMPLES})
    per_photo = 2
    assert write_sample_crops(tmp_path, per_photo) in (4 * per_photo, 6 * per_photo)
    places = {}
    for path in tmp_path.glob("*/*.png"):
        places.setdefault(path.stem.rpartition("_")[0], set()).add(path.parent.name)
    assert all(len(splits) == 1 for splits in places.values())
    assert set().union(*places.values()) == {"train", "validation", "test"}
    assert not set(places) & set(read_unseen_samples())


def test_every_shipped_photograph_is_there_and_in_colour():
    for package, file in (*SPLIT_SAMPLES, *sample_crops.UNSEEN_SAMPLES):
        if package != "sklearn":
            (folder,) = importlib.util.find_spec(package).submodule_search_locations
            assert Image.open(f"{folder}/{file}").mode == "RGB"
    unseen = read_unseen_samples()
    np.testing.assert_array_equal(unseen["coffee"], skimage.data.coffee())
    assert set(unseen) == {"chelsea", "coffee"}


def test_crops_larger_than_a_photograph_are_refused(tmp_path, astronaut_alone):
    with pytest.raises(ValueError, match="at most 512, .* of astronaut. Received: 600"):
        write_sample_crops(tmp_path, min_side=600)
