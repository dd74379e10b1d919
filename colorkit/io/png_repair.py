"""PNG files that lack their end, or have a damaged ancillary chunk, rebuilt from what is whole."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_CHUNK_BYTES = 12  # of a chunk without content

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of each colour type (PNG 1.2, 11.2.2)
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_KEPT = (b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"pHYs", b"iCCP", b"eXIf", b"tEXt", b"zTXt", b"iTXt")
_LARGEST_PROFILE = 1 << 20  # bytes, as Pillow reads them
_NEEDED = (b"tRNS", b"gAMA", b"sRGB")  # without these, the pixels mean something else
_LENGTHS = {b"gAMA": 4, b"sRGB": 1, b"cHRM": 32, b"pHYs": 9}  # in bytes


def repair_png(data: bytes, max_pixels: int) -> tuple[list[bytes], float, bool]:
    """Rebuilds a damaged PNG.

    Args:
        data: The file as bytes.
        max_pixels: Pictures with more pixels are not rebuilt.

    Returns:
        List of candidates, the one with most metadata first, empty where nothing can be rebuilt:
        whole PNG files as bytes, with zeros (black) in place of missing pixels. And the share of
        the pixels' bytes that were there, in [0, 1], and whether the file had its end marker.
    """
    chunks = list(_read_chunks(data))
    header = next((content for kind, content, _ in chunks if kind == b"IHDR"), b"")
    if len(header) != 13:
        return [], 0.0, False
    width, height, depth, color_type, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if color_type not in _CHANNELS or not 0 < width * height <= max_pixels:
        return [], 0.0, False
    size = _count_bytes(width, height, depth * _CHANNELS[color_type], bool(interlaced))
    pixels = _inflate(b"".join(content for kind, content, _ in chunks if kind == b"IDAT"), size)
    if not interlaced:
        pixels = _cut_unknown_filters(pixels, size // height)
    if not pixels:
        return [], 0.0, False
    body = zlib.compress(pixels.ljust(size, b"\0"), 1)
    palette = [(kind, content) for kind, content, _ in chunks if kind == b"PLTE"]
    whole = [(kind, content) for kind, content, is_whole in chunks if is_whole]
    candidates = []
    for kept in (_KEPT, _NEEDED):
        others = [each for each in whole if each[0] in kept and _is_sound(*each)]
        before = [each for each in others if each[0] != b"tRNS"]
        after = [each for each in others if each[0] == b"tRNS"]
        order = [(b"IHDR", header), *before, *palette, *after, (b"IDAT", body), (b"IEND", b"")]
        candidates.append(SIGNATURE + b"".join(make_chunk(*each) for each in order))
    return candidates, len(pixels) / size, has_end(data)


def has_end(data: bytes) -> bool:
    """Tells whether the end marker of a PNG is there."""
    place = len(SIGNATURE)
    while place + _CHUNK_BYTES <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"IEND":
            return True
        place += _CHUNK_BYTES + length
    return False


def make_chunk(kind: bytes, content: bytes) -> bytes:
    """Makes a chunk of a PNG file: bytes of its length, kind, content and checksum."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _read_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Yields the kind and content of each chunk, cut short or not, and whether it is undamaged."""
    place = len(SIGNATURE)
    while place + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind = data[place + 4 : place + 8]
        content = data[place + 8 : place + 8 + length]
        checksum = data[place + 8 + length : place + 12 + length]
        yield kind, content, checksum == struct.pack(">I", zlib.crc32(kind + content))
        if kind == b"IEND":
            return
        place += 12 + length


def _is_sound(kind: bytes, content: bytes) -> bool:
    if kind != b"iCCP":
        return len(content) == _LENGTHS.get(kind, len(content))
    _, _, rest = content.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(rest[1:], _LARGEST_PROFILE)
    except zlib.error:
        return False
    return rest[:1] == b"\0" and bool(profile) and unpacker.eof


def _count_bytes(width: int, height: int, bits: int, interlaced: bool) -> int:
    """Counts the bytes of all rows, each with its filter (PNG 1.2, 2.3 and 2.6)."""
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, step_x, step_y in passes:
        columns, rows = -(-(width - left) // step_x), -(-(height - top) // step_y)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _cut_unknown_filters(pixels: bytes, row_bytes: int) -> bytes:
    """Keeps the rows above the first that damaged data gave an unknown filter (PNG 1.2, 6.1)."""
    wrong = [start for start in range(0, len(pixels), row_bytes) if pixels[start] > 4]
    return pixels[: wrong[0]] if wrong else pixels


def _inflate(data: bytes, size: int) -> bytes:
    """Unpacks as much as can be, at most `size` bytes."""
    unpacker, parts, total = zlib.decompressobj(), [], 0
    for start in range(0, len(data), 1 << 12):
        try:
            part = unpacker.decompress(data[start : start + (1 << 12)], size - total)
            while part:
                parts.append(part)
                total += len(part)
                if total >= size or not unpacker.unconsumed_tail:
                    break
                part = unpacker.decompress(unpacker.unconsumed_tail, size - total)
        except zlib.error:
            break
        if total >= size:
            break
    return b"".join(parts)
