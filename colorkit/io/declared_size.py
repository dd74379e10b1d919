"""How long the files of some formats say that they are, which tells whether they are cut short."""

_SOC_SIZ, _SOT = b"\xff\x4f\xff\x51", 0xFF90  # ISO/IEC 15444-1, A.2: codestream's start, tile-part


def declared_size(data: bytes, kind: str) -> int | None:
    """Finds how long a file says that it is.

    Args:
        data: The file as bytes, its end perhaps missing.
        kind: `"WEBP"`, `"AVIF"`, `"HEIF"` or `"JPEG2000"`.

    Returns:
        Number of bytes; `None` where it does not say.
    """
    if kind == "WEBP":
        return 8 + int.from_bytes(data[4:8], "little")
    return _end_of_codestream(data) if kind == "JPEG2000" else _end_of_boxes(data)


def has_whole_picture(data: bytes) -> bool:
    """Tells whether the picture of a WebP file is all there, whatever lacks behind it."""
    place = 12
    while place + 8 <= len(data):
        end = place + 8 + int.from_bytes(data[place + 4 : place + 8], "little")
        if data[place : place + 4] in (b"VP8 ", b"VP8L"):
            return end <= len(data)
        place = end + end % 2
    return False


def _end_of_boxes(data: bytes) -> int | None:
    """Follows the boxes at the top (ISO/IEC 14496-12, 4.2)."""
    place = 0
    while place + 16 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        if size < 8:  # 0: up to the end of the file
            return None
        place += size
    return place


def _end_of_codestream(data: bytes) -> int | None:
    """Follows the tile-parts (ISO/IEC 15444-1, A.4.2), after which an end marker comes."""
    place = data.find(_SOC_SIZ) + 2
    while 2 <= place <= len(data) - 10:
        marker = int.from_bytes(data[place : place + 2], "big")
        if marker == _SOT:
            size = int.from_bytes(data[place + 6 : place + 10], "big")
        else:
            size = 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if size < 4 or marker < 0xFF00:
            return None
        place += size
        if marker == _SOT and place >= len(data) - 2:
            return place + 2
    return None
