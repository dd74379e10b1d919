"""Pictures found in a TFRecord file that is written here by hand; TensorFlow's own: test_source."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorkit.data.tfrecord_index import find_record_pictures

PICTURE = bytes(range(40))


def field(data, number=1):
    return bytes([number << 3 | 2, len(data)]) + data


def feature(key, value):
    return field(field(key) + field(field(field(value)), 2))


EXAMPLE = field(feature(b"color", PICTURE) + feature(b"name", b"a.png"))
FILE = 2 * (struct.pack("<QI", len(EXAMPLE), 0) + EXAMPLE + bytes(4))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("records") / "train.tfrecord"


def test_each_picture_is_found_by_its_place(path):
    path.write_bytes(FILE)
    found = list(find_record_pictures(path))
    assert [name for name, _, _ in found] == ["a.png", "a.png"]
    assert all(FILE[place : place + size] == PICTURE for _, place, size in found)


@pytest.mark.parametrize("size", [0, 1, 11, len(FILE) - 1])
def test_a_file_cut_short_is_an_error_that_names_it(path, size):
    path.write_bytes(FILE[:size])
    with pytest.raises(ValueError, match=r"train\.tfrecord: expected records of .*Copy the data"):
        list(find_record_pictures(path))


@given(st.lists(st.tuples(st.integers(0, len(FILE) - 1), st.integers(0, 255)), min_size=1))
def test_whatever_bytes_change_no_picture_lies_outside(path, changes):
    damaged = bytearray(FILE)
    for place, byte in changes:
        damaged[place] = byte
    path.write_bytes(damaged)
    try:
        found = list(find_record_pictures(path))
    except ValueError as error:
        assert str(path) in str(error)
    else:
        assert all(size >= 0 and place + size <= len(FILE) for _, place, size in found)
