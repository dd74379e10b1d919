"""The `Photo` class, its errors and its file formats."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorkit.choices import PHOTO_FORMATS
from colorkit.io.metadata import Metadata
from colorkit.typing import StrPath

FORMAT_OF_SUFFIX = {
    **{f".{name}": file_format for name, file_format in PHOTO_FORMATS.items()},
    ".jpe": "JPEG",
    ".jfif": "JPEG",
}
SUFFIX_OF_FORMAT = {
    file_format: suffix for suffix, file_format in reversed(FORMAT_OF_SUFFIX.items())
}
"""The usual suffix of each format in which photographs are written."""

_WRITTEN_INSTEAD = {"HEIF": "JPEG", "DPX": "TIFF"}


def find_result_format(kind: str) -> str:
    """Finds the format in which a photograph's result is written by default.

    Args:
        kind: Format of the photograph, as `colorkit.io.signatures.find_kind` tells it.

    Returns:
        `kind` where colorkit writes it, `"JPEG"` for HEIC, `"TIFF"` for DPX, otherwise `"PNG"`.
    """
    return kind if kind in SUFFIX_OF_FORMAT else _WRITTEN_INSTEAD.get(kind, "PNG")


END_MISSING, CUT_SHORT = "end missing", "cut short"
"""The values of `Photo.damage`."""


class PhotoError(ValueError):
    """A photograph that cannot be read or written.

    The message names the file, the reason and what to do.
    """


class MissingPackageError(ImportError, PhotoError):
    """A photograph of a format that a package reads which is not installed.

    `name` is the package's module, as in any `ImportError`.
    """


class PhotoWarning(UserWarning):
    """A loss of information when a photograph is written."""


Pixels: TypeAlias = NDArray[np.uint8 | np.uint16]
"""Samples of 8 or 16 bits, in the full range of their dtype."""


@dataclass(frozen=True, eq=False)
class Photo:
    """One upright photograph and its metadata.

    Args:
        pixels: uint8 or uint16 array, gray of shape `(height, width)` or RGB of
            shape `(height, width, 3)`, sRGB-encoded over the full range of its
            dtype (0..255 or 0..65535).
        alpha: Opacity of shape `(height, width)` and the dtype of `pixels`, not
            multiplied into them, or `None` where the photograph is opaque.
        exif: EXIF block as bytes starting with `b"Exif\\x00\\x00"`, its orientation
            1 and without a thumbnail, or `None`.
        icc_profile: ICC profile of `pixels` as bytes, or `None` for plain sRGB.
        metadata: `colorkit.io.metadata.Metadata`: resolution, XMP, IPTC, comment, text.
        notes: Tuple of sentences about what was lost or left out in reading.
        damage: `None` for a whole file, `END_MISSING` where nothing but the end marker is missing,
            `CUT_SHORT` where some of the pixels are.
        file_format: One of the values of `FORMAT_OF_SUFFIX`, such as `"JPEG"`: the file's
            format, in which its result is written by default.

    Example:
        >>> gray = Photo(np.zeros((2, 3), "uint8"))
        >>> gray.height, gray.width, gray.is_gray
        (2, 3, True)
        >>> import dataclasses
        >>> colored = dataclasses.replace(gray, pixels=np.zeros((2, 3, 3), "uint8"))
    """

    pixels: Pixels
    alpha: Pixels | None = None
    exif: bytes | None = None
    icc_profile: bytes | None = None
    file_format: str = "PNG"
    metadata: Metadata = Metadata()
    notes: tuple[str, ...] = ()
    damage: str | None = None

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return self.pixels.shape[1]

    @property
    def is_gray(self) -> bool:
        """Whether `pixels` holds one channel rather than three."""
        return self.pixels.ndim == 2


def find_format(path: StrPath, file_format: str | None = None) -> str:
    """Returns the format of a photograph's file, by name or else by its suffix.

    Args:
        path: Path of the file; its suffix counts in upper or lower case.
        file_format: Name (`"jpeg"`, `"JPEG"`) or suffix (`"jpg"`, `".tif"`) that
            outweighs the suffix of `path`, or `None`.

    Returns:
        One of the values of `FORMAT_OF_SUFFIX`.

    Raises:
        PhotoError: where the format or the suffix is none of these.

    Example:
        >>> find_format("holiday.JPG"), find_format("holiday.JPG", "tiff")
        ('JPEG', 'TIFF')
    """
    if file_format in SUFFIX_OF_FORMAT:
        return file_format
    asked = Path(path).suffix if file_format is None else "." + file_format.lstrip(".")
    try:
        return FORMAT_OF_SUFFIX[asked.lower()]
    except KeyError:
        received = f"Received: {asked!r}" if asked else "Received: a name without a suffix"
        if file_format is not None:
            received = f"Received: {file_format!r}"
        raise PhotoError(
            f"Cannot write {path}: expected one of the formats "
            f"{', '.join(FORMAT_OF_SUFFIX)}. {received}. Choose one of these suffixes."
        ) from None
