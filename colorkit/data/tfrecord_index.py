"""Where the colour pictures lie in the TFRecord files of a data set: found without TensorFlow.

A TFRecord file is a row of records: the length of the data (uint64), its checksum, the data, and
their checksum, of four bytes each. The data are a `tf.train.Example`, as `data.tfrecord_writer`
makes it, in the encoding of Protocol Buffers.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

_HEAD, _TAIL = 12, 4  # bytes around the data of a record
_HAS_LENGTH = 2  # wire type of Protocol Buffers


def find_record_pictures(path: Path) -> Iterator[tuple[str, int, int]]:
    """Finds the colour picture of each record; of the file only what lies between them is read.

    Args:
        path: Path of a TFRecord file.

    Yields:
        Tuple of its name, and its place and size in the file, in bytes.

    Raises:
        ValueError: If the file is not one of such a data set, or is cut short.
    """
    with open(path, "rb") as file:
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield from _find_in_records(data)
        except (IndexError, KeyError, ValueError, struct.error) as error:
            raise ValueError(
                f"{path}: expected records of `colorkit dataset build --format tfrecord`, up to "
                f"the file's end ({error}). Copy the data set again from its source."
            ) from error


def _find_in_records(data: mmap.mmap) -> Iterator[tuple[str, int, int]]:
    place = 0
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        start, stop = place + _HEAD, place + _HEAD + length
        place = stop + _TAIL
        if place > len(data):
            raise ValueError("it is cut short")
        features = _read_example(data, start, stop)
        name, (first, last) = features["name"], features["color"]
        yield data[slice(*name)].decode(), first, last - first


def _read_example(data: mmap.mmap, start: int, stop: int) -> dict[str, tuple[int, int]]:
    """Returns where the values of the features begin and end, by their names."""
    values = {}
    for features in _fields(data, start, stop):
        for feature in _fields(data, *features):
            key, value = _fields(data, *feature)
            (bytes_list,) = _fields(data, *value)
            (values[data[slice(*key)].decode()],) = _fields(data, *bytes_list)
    return values


def _fields(data: mmap.mmap, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yields where the fields of a message begin and end."""
    while start < stop:
        tag, start = _read_varint(data, start)
        if tag & 7 != _HAS_LENGTH:
            raise ValueError("a field is of another kind")
        length, start = _read_varint(data, start)
        if start + length > stop:
            raise ValueError("a field is longer than its message")
        yield start, start + length
        start += length


def _read_varint(data: mmap.mmap, place: int) -> tuple[int, int]:
    """Reads an integer of seven bits a byte. Returns it, and the place behind it."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
