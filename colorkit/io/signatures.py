"""Detects file formats by their first bytes."""

from colorkit.io.photo import PhotoError

SIGNATURE_BYTES = 16
"""Number of bytes that `find_kind` needs."""

SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
}
FOREIGN_SIGNATURES = {
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 picture",
    b"8BPS": "a Photoshop document",
    b"PK\x03\x04": "a ZIP archive",
}


def find_kind(start, name):
    """Detects the format of a photograph from the start of its file.

    Args:
        start: The first `SIGNATURE_BYTES` bytes of the file.
        name: What to call it in errors.

    Returns:
        `"JPEG"`, `"PNG"`, `"TIFF"`, `"WEBP"` or `"BMP"`.

    Raises:
        PhotoError: where the file is empty or of another kind.
    """
    if not start:
        raise PhotoError(f"Cannot read {name}: the file is empty. Copy it again from its source.")
    for signature, kind in SIGNATURES.items():
        if start.startswith(signature):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    received = "a HEIC, AVIF or video file" if start[4:8] == b"ftyp" else "a file of another kind"
    for signature, description in FOREIGN_SIGNATURES.items():
        if start.startswith(signature):
            received = description
    raise PhotoError(
        f"Cannot read {name}: expected a JPEG, PNG, TIFF, WebP or BMP photograph. "
        f"Received: {received}. Save it as one of these first."
    )
