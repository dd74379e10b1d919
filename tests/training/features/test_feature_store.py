import hashlib
import json
import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.training.features.feature_store import FeatureStore

ROW = np.dtype([("rgb", "u1", (2, 2, 3)), ("features", "f2", (5,))])


def rows_of(number, seed=0):
    rows = np.empty(number, ROW)
    random = np.random.default_rng(seed)
    rows["rgb"] = random.integers(0, 256, rows["rgb"].shape)
    rows["features"] = random.normal(size=rows["features"].shape)
    return rows


def reopened(folder, keys, **settings_of_rows):
    store = FeatureStore(folder, settings_of_rows, ROW)
    store.open(keys)
    return store


@pytest.fixture
def shards(tmp_path):
    """Two shards, "abc" and "de", and their rows."""
    rows = rows_of(5)
    store = FeatureStore(tmp_path, {}, ROW)
    store.write(list("abc"), rows[:3])
    store.write(list("de"), rows[3:])
    return store, rows


def shard_of(store, key):
    """The data file and the index of a key, found as a person would."""
    index = next(
        path
        for path in store.folder.glob("*.json")
        if key in json.loads(path.read_text()).get("keys", ())
    )
    return index.with_suffix(".npy"), index


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from("abcde"), max_size=12))
def test_rows_come_back_by_key(tmp_path_factory, wanted):
    folder, rows = tmp_path_factory.mktemp("store"), rows_of(5)
    FeatureStore(folder, {}, ROW).write(list("abc"), rows[:3])
    store = reopened(folder, wanted)
    missing = [key for key in wanted if key not in store]
    assert set(missing) == set(wanted) & set("de")
    store.write(list("de"), rows[3:])
    store.open(wanted)
    expected = rows[["abcde".index(key) for key in wanted]] if wanted else rows[:0]
    np.testing.assert_array_equal(store.read(wanted), expected)


def test_rows_of_other_settings_are_not_seen(tmp_path):
    FeatureStore(tmp_path, {"size": 224}, ROW).write(["a"], rows_of(1))
    assert "a" in reopened(tmp_path, "a", size=224)
    assert "a" not in reopened(tmp_path, "a", size=256)


def test_the_settings_can_be_read(tmp_path):
    store = FeatureStore(tmp_path, {"backbone": "vgg16"}, ROW)
    store.write(["a"], rows_of(1))
    assert json.loads((store.folder / "settings.json").read_text()) == {"backbone": "vgg16"}


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-7])


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [flip_a_bit, truncate, empty, lambda path: path.unlink()])
def test_a_damaged_shard_is_left_out_and_written_again(shards, damage, tmp_path, caplog):
    store, rows = shards
    damage(shard_of(store, "b")[0])
    with caplog.at_level(logging.WARNING, "colorkit"):
        store = reopened(tmp_path, "abcde")
    assert "damaged" in caplog.text
    assert [key for key in "abcde" if key in store] == ["d", "e"]
    store.write(list("abc"), rows[:3])
    np.testing.assert_array_equal(reopened(tmp_path, "abcde").read("abcde"), rows)


@pytest.mark.parametrize("damage", [truncate, empty, lambda path: path.unlink()])
def test_a_damaged_index_leaves_its_shard_out(shards, damage, tmp_path):
    damage(shard_of(shards[0], "b")[1])
    assert [key for key in "abcde" if key in reopened(tmp_path, "abcde")] == ["d", "e"]


def test_an_index_with_exchanged_keys_leaves_its_shard_out(shards, tmp_path):
    index = shard_of(shards[0], "b")[1]
    held = json.loads(index.read_text())
    index.write_text(json.dumps({**held, "keys": held["keys"][::-1]}))
    assert "b" not in reopened(tmp_path, "abc")


def test_only_shards_that_are_asked_for_are_opened(shards, tmp_path, caplog):
    flip_a_bit(shard_of(shards[0], "b")[0])
    assert "d" in reopened(tmp_path, "d")
    assert not caplog.text


def test_shards_are_mapped_and_never_pickled(shards, tmp_path, monkeypatch):
    load, loaded = np.load, []

    def watch(*given, **options):
        loaded.append(load(*given, **options))
        return loaded[-1]

    monkeypatch.setattr(np, "load", watch)
    store = reopened(tmp_path, "abcde")
    assert len(loaded) == 2 and all(isinstance(shard, np.memmap) for shard in loaded)
    data, index = shard_of(store, "d")
    np.save(data, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    held = json.loads(index.read_text())
    held["sha256"] = hashlib.sha256(data.read_bytes()).hexdigest()
    index.write_text(json.dumps(held))
    assert "d" not in reopened(tmp_path, "de"), "a pickle with the right checksum"


def test_a_write_that_fails_leaves_nothing_behind(shards, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise KeyboardInterrupt

    store, _ = shards
    before = sorted(store.folder.iterdir())
    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(KeyboardInterrupt):
        store.write(["f"], rows_of(1))
    assert sorted(store.folder.iterdir()) == before
    assert "f" not in reopened(tmp_path, "f")


def test_a_full_disk_is_said_before_it_is(tmp_path, monkeypatch):
    usage = type("usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(OSError, match="Give a folder on a larger disk, or fewer views"):
        FeatureStore(tmp_path, {}, ROW).write(["a"], rows_of(1))
