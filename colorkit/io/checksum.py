"""The checksum of a file, and one of its ends that costs no reading of it all."""

import hashlib
import os

from colorkit.typing import StrPath


def digest_file(path: StrPath) -> str:
    """Returns the SHA-256 of a file as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        digest = hashlib.sha256()
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def fingerprint_file(
    path: StrPath, offset: int = 0, size: int | None = None, *, end_bytes: int = 4096
) -> str:
    """Returns the size of a file in bytes and the SHA-256 of its start and end, as text.

    Args:
        path: Path of the file.
        offset, size: Which part of the file, in bytes; all of it if left out.
        end_bytes: Bytes of the start, and of the end, that are hashed.

    Raises:
        OSError: If it cannot be read.
    """
    with open(path, "rb") as stream:
        if size is None:
            size = stream.seek(0, os.SEEK_END)
        stream.seek(offset)
        ends = stream.read(min(size, end_bytes))
        stream.seek(offset + max(0, size - end_bytes))
        ends += stream.read(min(size, end_bytes))
    return f"{size}:{hashlib.sha256(ends).hexdigest()}"
