"""What a run writes down about itself."""

import json
import re

import keras
import numpy as np
import pytest

import colorkit
from colorkit.data.source import open_photos
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.training.recipes.recipes import get_recipe
from colorkit.training.run_record import describe_run, describe_start, hash_photos


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    for name in ("a", "b"):
        write_photo(tmp_path / f"{name}.png", Photo(random.integers(0, 256, (64, 64, 3), "uint8")))
    return tmp_path


def hash_of(folder):
    return hash_photos(open_photos(folder))


def test_the_hash_changes_with_names_sizes_and_both_ends_of_the_contents(folder):
    first = hash_of(folder)
    assert re.fullmatch("[0-9a-f]{64}", first) and hash_of(folder) == first
    path = folder / "a.png"
    whole = path.read_bytes()
    assert len(whole) > 2 * 4096
    found = {first}
    for change in (
        lambda: path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:]),
        lambda: path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1])),
        lambda: path.write_bytes(whole + b"x"),
        lambda: (path.write_bytes(whole), path.rename(folder / "c.png")),
        lambda: (folder / "c.png").unlink(),
    ):
        change()
        assert hash_of(folder) not in found
        found.add(hash_of(folder))


def test_the_hash_does_not_depend_on_where_the_photographs_are(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "copy"
    first = hash_of(folder)
    folder.rename(other)
    assert hash_of(other) == first


def test_the_hash_of_an_array():
    photos = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), "uint8")
    first = hash_of(photos)
    changed = photos.copy()
    changed[1, 4, 4, 0] ^= 1
    assert hash_of(photos.copy()) == first != hash_of(changed)


def test_the_plan_holds_all_that_fixes_the_result(folder):
    plan = describe_run(get_recipe("vgg16", epochs=3), 7, open_photos(folder), "float32")
    assert plan == json.loads(json.dumps(plan))
    assert (plan["seed"], plan["precision"], plan["recipe"]["epochs"]) == (7, "float32", 3)
    assert plan["recipe"]["augmentation"]["cutout_size"] == 40
    assert plan["photographs"] == {"number": 2, "sha256": hash_of(folder)}


def test_a_start_names_versions_and_hardware():
    start = json.loads(json.dumps(describe_start(12, xla=False)))
    assert (start["first_step"], start["xla"]) == (12, False)
    versions = start["versions"]
    assert versions["colorkit"] == colorkit.__version__
    assert versions["backend"] == keras.backend.backend()
    assert versions["numpy"] == np.__version__
    assert re.fullmatch(r"3\.\d+\.\d+.*", versions["python"])
    assert {"cpu", "cores", "memory_gib", "gpus"} <= set(start["hardware"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", start["time"])
