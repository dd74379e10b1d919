"""Video files: detection, errors, and the import of PyAV."""

from pathlib import Path
from types import ModuleType
from typing import Any

from colorkit.io.photo import FORMAT_OF_SUFFIX
from colorkit.typing import StrPath

VIDEO_SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".mkv", ".avi", ".webm", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts",
    ".vob", ".wmv", ".asf", ".flv", ".ogv", ".3gp", ".mxf", ".dv",
)  # fmt: skip
"""Suffixes of the videos that a folder is searched for."""

_START_BYTES = 16
_SIGNATURES = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\0\0\x01\xba",  # MPEG program stream
    b"0&\xb2u\x8ef\xcf\x11",  # ASF
    b"FLV\x01",  # Flash
    b"OggS",
)
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def is_video(path: StrPath) -> bool:
    """Returns whether a file is a video: by its suffix, or if unknown by its first bytes.

    Args:
        path: Path of the file.

    Returns:
        Bool.
    """
    suffix = Path(path).suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return True
    if suffix in FORMAT_OF_SUFFIX:
        return False
    try:
        with open(path, "rb") as file:
            start = file.read(_START_BYTES)
    except OSError:
        return False
    if start[4:8] == b"ftyp":
        return start[8:12] not in _PICTURE_BRANDS
    return start.startswith(_SIGNATURES) or (start[:4], start[8:]) == (b"RIFF", b"AVI LIST")


class VideoError(ValueError):
    """A video that cannot be read or written.

    The message names the file, the reason and what to do.
    """


class VideoWarning(UserWarning):
    """A loss of information when a video is written."""


def load_av() -> ModuleType:
    """Imports PyAV.

    Returns:
        The module `av`.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise ImportError(
            "Videos are read and written by PyAV; install it with pip install av.",
            name="av",
        ) from error
    return av


def open_media(path: StrPath, mode: str = "r", **options: Any) -> Any:
    """Opens a file with FFmpeg.

    Its name is never taken for an address, as FFmpeg would take one with a colon.

    Args:
        path: Path of the file.
        mode: `"r"` or `"w"`.
        **options: As `av.open` takes them.

    Returns:
        `av.container.InputContainer` or `OutputContainer`.

    Raises:
        VideoError: If it cannot be read.
        OSError: If it cannot be written.
    """
    av = load_av()
    if mode == "r" and int(av.__version__.split(".")[0]) < 19:  # which has no such option
        options.setdefault("metadata_errors", "replace")
    try:
        return av.open(f"file:{path}", mode, **options)
    except av.error.FFmpegError as error:
        if mode != "r":
            raise
        raise VideoError(
            f"Cannot read {path}: {error.strerror}. Expected a whole video file; copy it again "
            "from its source."
        ) from error
