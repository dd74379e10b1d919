"""The directories of a TIFF file, by which one that is cut short can be told (TIFF 6.0, 2)."""

import mmap
import struct

from colorkit.io.bounds import MAX_PAGES

# Bytes of a value of each type; the last three are BigTIFF's.
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TYPE_BYTES |= {16: 8, 17: 8, 18: 8}


def find_directories(data: bytes | mmap.mmap) -> tuple[list[bool], bool]:
    """Follows the chain of directories, one for each page and preview.

    Args:
        data: The file as bytes or `mmap`, of TIFF or BigTIFF.

    Returns:
        List with a bool for each directory that is there, whether all its values are; and whether
        no directory is missing behind them.
    """
    order = "<" if data[:2] == b"II" else ">"
    is_big = 43 in data[2:4]
    number, count_form, head = ("Q", "Q", 8) if is_big else ("I", "H", 4)
    entry, inline = ("HHQ8s", 8) if is_big else ("HHI4s", 4)
    entry_bytes = struct.calcsize("<" + entry)
    number_bytes, count_bytes = struct.calcsize("<" + number), struct.calcsize("<" + count_form)
    (place,) = struct.unpack_from(order + number, data, head)
    found: list[bool] = []
    seen: set[int] = set()
    while place and place not in seen and len(found) <= MAX_PAGES:
        seen.add(place)
        if place + count_bytes > len(data):
            return found, False
        (count,) = struct.unpack_from(order + count_form, data, place)
        start, end = place + count_bytes, place + count_bytes + count * entry_bytes
        if end + number_bytes > len(data):
            return found, False
        entries = struct.iter_unpack(order + entry, data[start:end])
        found.append(all(_end(each, order + number, inline) <= len(data) for each in entries))
        (place,) = struct.unpack_from(order + number, data, end)
    return found, True


def _end(entry: tuple[int, int, int, bytes], number: str, inline: int) -> int:
    """Returns where the values of an entry end that do not lie in it."""
    _, kind, count, value = entry
    size = count * _TYPE_BYTES.get(kind, 0)
    if size <= inline:
        return 0
    (place,) = struct.unpack(number, value)
    return int(place) + size
