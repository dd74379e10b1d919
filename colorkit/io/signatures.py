"""Detects file formats by their first bytes."""

import importlib.util
import itertools
import re
from pathlib import PurePath

from colorkit.io.open_binary import open_binary
from colorkit.io.photo import FORMAT_OF_SUFFIX, MissingPackageError, PhotoError
from colorkit.typing import StrPath

SIGNATURE_BYTES = 64
"""How much of a file `find_kind` needs."""

SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"\0\0\0\x0cjP  \r\n\x87\n": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
    b"8BPS": "PSD",
    **{b"\x01\xda" + bytes(each): "SGI" for each in itertools.product((0, 1), (1, 2))},
    **{b"\n\x05\x01" + bytes([bits]): "PCX" for bits in (1, 2, 4, 8)},
    b"qoif": "QOI",
    b"\x59\xa6\x6a\x95": "SUN",
    b"SDPX": "DPX",
    b"XPDS": "DPX",
}
_PPM = re.compile(rb"P[1-6](\s+#|\s+\d+\s)")  # Netpbm: magic, and a comment or the width
SUFFIXES_READ = (
    *FORMAT_OF_SUFFIX,
    *(".gif", ".psd", ".mpo", ".heic", ".heif", ".hif", ".j2k", ".jpx", ".dpx"),
    *(".pgm", ".ppm", ".pbm", ".pnm", ".pcx", ".sgi", ".qoi", ".tga", ".ras"),
)
"""What the names of photographs end in. A file of such a name in a folder is taken for one."""

FOREIGN_SIGNATURES = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"%!PS": "a PostScript document",
    b"FUJIFILMCCD-RAW": "a camera's raw file",
    b"IIU\0": "a camera's raw file",
    b"IIRO": "a camera's raw file",
    b"\xff\x0a": "a JPEG XL picture",
    b"\0\0\0\x0cJXL ": "a JPEG XL picture",
}
RAW_SUFFIXES = (
    ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".sr2", ".srf", ".orf", ".rw2", ".raf",
    ".pef", ".srw", ".3fr", ".fff", ".iiq", ".erf", ".kdc", ".dcr", ".mrw", ".mos", ".x3f", ".rwl",
)  # fmt: skip

# ISO/IEC 14496-12, 4.3: brands of the file type box. The first two say only that pictures follow.
_HEIF_BRANDS = (b"mif1", b"msf1", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_AVIF_BRANDS = (b"avif", b"avis")
# Formats that a package reads which may lack: what they are, its module, its name, the extra of
# colorkit that brings it, and what to use instead.
_EXTRAS = {
    "HEIF": ("HEIC photographs", "pillow_heif", "pillow-heif", "heic", "JPEG"),
    "DPX": ("DPX frames", "OpenImageIO", "OpenImageIO", "dpx", "TIFF"),
}
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # sizes in bytes of the header's versions


def find_kind(start: bytes, name: StrPath) -> str:
    """Detects the format of a photograph from the start of its file.

    Args:
        start: The first `SIGNATURE_BYTES` bytes of the file.
        name: What to call it in errors.

    Returns:
        One of the values of `SIGNATURES`, or `"WEBP"`, `"AVIF"`, `"HEIF"`, `"PPM"` or `"TGA"`.

    Raises:
        PhotoError: where the file is empty or of another kind.
        MissingPackageError: where a package that reads it is not installed.
    """
    if not start:
        raise PhotoError(f"Cannot read {name}: the file is empty. Copy it again from its source.")
    kind = _kind_of(start)
    if kind is None:
        raise PhotoError(
            f"Cannot read {name}: expected a photograph, such as a JPEG, PNG, TIFF, WebP or BMP. "
            f"Received: {_describe(start)}. Save it as one of these first."
        )
    if kind in _EXTRAS:
        what, module, package, extra, other = _EXTRAS[kind]
        if importlib.util.find_spec(module) is None:
            raise MissingPackageError(
                f"Cannot read {name}: {what} are read by {package}, which is not installed. "
                f"Install it with pip install {package} (the extra `{extra}`), or save them as "
                f"{other} first.",
                name=module,
            )
    return kind


def describe_other_kind(path: StrPath) -> str | None:
    """Says what a file is that is no photograph.

    Args:
        path: Path of a file.

    Returns:
        `None` where its name ends as a photograph's does or its first bytes are a photograph's;
        otherwise words such as `"a PDF document"` or `"a .txt file"`.

    Raises:
        OSError: where its name does not tell and it cannot be read.
    """
    suffix = PurePath(str(path)).suffix.lower()
    if suffix in SUFFIXES_READ:
        return None
    if suffix in RAW_SUFFIXES:
        return "a camera's raw file"
    with open_binary(path) as file:
        start = file.read(SIGNATURE_BYTES)
    kind = _kind_of(start)
    # Two bytes alone may begin a text.
    is_likely = kind != "BMP" or int.from_bytes(start[14:18], "little") in _BMP_HEADERS
    if kind not in (None, "TGA") and is_likely:
        return None
    if not start:
        return "an empty file"
    return _describe(start, f"a {suffix} file" if suffix else "a file of another kind")


def _kind_of(start: bytes) -> str | None:
    for signature, kind in SIGNATURES.items():
        if start.startswith(signature):
            return kind
    if _PPM.match(start):
        return "PPM"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[4:8] == b"ftyp":
        size = int.from_bytes(start[:4], "big")
        brands = [start[8:12], *(start[n : n + 4] for n in range(16, min(size, len(start)), 4))]
        if any(brand in _AVIF_BRANDS for brand in brands):
            return "AVIF"
        if brands[0] in _HEIF_BRANDS:
            return "HEIF"
    return "TGA" if _is_targa(start) else None


def _is_targa(start: bytes) -> bool:
    """Tells whether a header is Targa's, which has no signature (Truevision TGA 2.0, table 1)."""
    if len(start) < 18 or start[1] > 1 or start[2] not in (1, 2, 3, 9, 10, 11):
        return False
    width, height = (int.from_bytes(start[n : n + 2], "little") for n in (12, 14))
    return width > 0 and height > 0 and start[16] in (8, 15, 16, 24, 32)


def _describe(start: bytes, otherwise: str = "a file of another kind") -> str:
    for signature, description in FOREIGN_SIGNATURES.items():
        if start.startswith(signature):
            return description
    if start[4:8] == b"ftyp":
        return "a camera's raw file" if start[8:12] == b"crx " else "a video or sound file"
    return otherwise
