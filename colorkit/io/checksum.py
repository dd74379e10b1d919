"""The checksum of a file."""

import hashlib


def digest_file(path):
    """Returns the SHA-256 of a file as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        digest = hashlib.sha256()
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
