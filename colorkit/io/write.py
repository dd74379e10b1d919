"""Writes photographs to files atomically."""

import contextlib
import errno
import io
import os
import zlib
from typing import IO, Any

import numpy as np
from PIL import Image

from colorkit.choices import JPEG_QUALITY
from colorkit.io.atomic_write import write_whole
from colorkit.io.format_limits import fit_to_format
from colorkit.io.icc import PROFILE_SPACES, read_profile_space
from colorkit.io.photo import Photo, PhotoError, Pixels, find_format
from colorkit.io.plugins import is_supported
from colorkit.io.sixteen_bit import encode_deep_png
from colorkit.io.tiff import write_tiff
from colorkit.io.write_metadata import (
    FittedMetadata,
    fit_metadata,
    make_png_chunks,
    make_save_options,
)
from colorkit.typing import StrPath

MAX_SIDE = {"JPEG": 65500, "WEBP": 16383, "AVIF": 65535}

# JPEG keeps colour at full resolution: its usual 4:2:0 halves it, which smears coloured edges.
# Lossy WebP has no choice but 4:2:0.
SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": JPEG_QUALITY, "subsampling": "4:4:4"},
    "PNG": {"compress_type": zlib.Z_RLE},  # as small as the default for photographs, faster
    "WEBP": {"quality": 95},
    "BMP": {},
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
    "JPEG2000": {},  # lossless
}
NO_PROFILE = ("BMP", "JPEG2000")  # as Pillow writes them

_PNG_HEADER_BYTES = 33  # signature and IHDR
_JPEG_END = b"\xff\xd9"


def write_photo(
    path: StrPath, photo: Photo, *, file_format: str | None = None, jpeg_quality: int = JPEG_QUALITY
) -> tuple[str, ...]:
    """Writes a photograph to a file atomically.

    The file is made under a temporary name beside `path` and renamed when it is complete and on the
    disk; missing folders are made. Bit depth, alpha and metadata are kept where the format can: 16
    bits in PNG and TIFF, alpha in all but JPEG and BMP, EXIF and ICC profile in all but BMP and
    JPEG 2000, other metadata as `fit_metadata` says. PNG, TIFF, BMP and JPEG 2000 are lossless;
    JPEG has full colour resolution (4:4:4), AVIF quality 90 and the same, WebP quality 95 and, as
    all lossy WebP, half colour resolution (4:2:0). An ICC profile that does not fit the pixels,
    such as a gray one for RGB, is left out.

    Args:
        path: Path of the file to make; an existing file is replaced.
        photo: `Photo`.
        file_format: `"JPEG"`, `"PNG"`, `"TIFF"`, `"WEBP"` or `"BMP"` where the suffix of `path`
            should not decide.
        jpeg_quality: Int in [1, 100], of JPEG.

    Returns:
        Tuple of names of the metadata that the format does not hold, such as `"IPTC"`.

    Raises:
        PhotoError: where the suffix names no known format, the format cannot hold a picture of
            this size, or the file cannot be written.
        ValueError: where the arrays do not match `Photo`.

    Warns:
        PhotoWarning: where 16 bits are rounded to 8 or transparency is composited on white.

    Example:
        >>> photo = colorkit.read_photo("grandmother.tif")
        >>> lost = write_photo("out/grandmother.jpg", photo)
    """
    data, lost = encode_result(photo, path, file_format=file_format, jpeg_quality=jpeg_quality)
    try:
        write_whole(path, data)
    except OSError as error:
        raise PhotoError(
            f"Cannot write {path}: {error.strerror or error}. "
            "Check the folder, its permissions and the free space."
        ) from error
    return lost


def encode_photo(photo: Photo, file_format: str, *, jpeg_quality: int = JPEG_QUALITY) -> bytes:
    """Encodes a photograph as `write_photo` writes it.

    Args:
        photo: `Photo`.
        file_format: Format of the file, see `find_format`.
        jpeg_quality: As in `write_photo`.

    Returns:
        The file as bytes.

    Raises:
        PhotoError, ValueError: as in `write_photo`.
    """
    name = "the photograph"
    return encode_result(photo, name, file_format=file_format, jpeg_quality=jpeg_quality)[0]


def encode_result(
    photo: Photo, name: StrPath, *, file_format: str | None = None, jpeg_quality: int = JPEG_QUALITY
) -> tuple[bytes, tuple[str, ...]]:
    """Encodes a photograph in memory: Pillow takes a short write to a file for a whole one.

    Args:
        photo: `Photo`.
        name: Name of its file, for errors and the format.
        file_format: As in `write_photo`.
        jpeg_quality: As in `write_photo`.

    Returns:
        The file as bytes, and a tuple of names of the metadata that it does not hold.

    Raises:
        PhotoError, ValueError: as in `write_photo`.
    """
    _check_arrays(photo)
    file_format = find_format(name, file_format)
    largest = MAX_SIDE.get(file_format)
    if largest and max(photo.height, photo.width) > largest:
        raise PhotoError(
            f"Cannot write {name}: expected at most {largest} pixels a side, the limit of "
            f"{file_format}. Received: {photo.width} x {photo.height} pixels. "
            "Write a PNG or TIFF instead."
        )
    if not is_supported(file_format):
        raise PhotoError(
            f"Cannot write {name}: the installed Pillow writes no {file_format}. Install a "
            "newer one with pip install --upgrade Pillow, or write a PNG instead."
        )
    pixels, alpha = fit_to_format(photo, file_format, name)
    fitted = fit_metadata(photo, file_format)
    try:
        options = SAVE_OPTIONS.get(file_format, {})
        if file_format == "JPEG":
            options = {**options, "quality": jpeg_quality}
        with _open_memory(file_format) as file:
            _encode_pixels(file, pixels, alpha, fitted, _find_profile(photo), file_format, options)
            file.seek(0)
            data = file.read()
        if file_format == "JPEG" and not data.endswith(_JPEG_END):
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    except OSError as error:
        reason = error.strerror or error
        raise PhotoError(f"Cannot write {name}: its encoder says: {reason}.") from error
    return data, fitted.lost


def _open_memory(file_format: str) -> IO[bytes]:
    """Opens an empty file in memory.

    Pillow encodes a JPEG without Python's global lock, beside other threads, only into a file that
    has a descriptor.
    """
    if file_format == "JPEG" and hasattr(os, "memfd_create"):
        with contextlib.suppress(OSError):  # not there in every sandbox
            return open(os.memfd_create("colorkit"), "w+b")
    return io.BytesIO()


def _check_arrays(photo: Photo) -> None:
    pixels, alpha = photo.pixels, photo.alpha
    if (
        pixels.dtype not in (np.uint8, np.uint16)
        or not (pixels.ndim == 2 or pixels.ndim == 3 and pixels.shape[2] == 3)
        or pixels.size == 0
    ):
        raise ValueError(
            "Expected pixels of shape (height, width) or (height, width, 3), uint8 or uint16. "
            f"Received: shape {pixels.shape}, {pixels.dtype}. Convert them first."
        )
    if alpha is not None and (alpha.shape != pixels.shape[:2] or alpha.dtype != pixels.dtype):
        raise ValueError(
            f"Expected alpha of shape {pixels.shape[:2]} and {pixels.dtype}, like the pixels. "
            f"Received: shape {alpha.shape}, {alpha.dtype}. Convert it first."
        )


def _find_profile(photo: Photo) -> bytes | None:
    mode = "L" if photo.is_gray else "RGB"
    profile = photo.icc_profile
    return profile if profile and read_profile_space(profile) == PROFILE_SPACES[mode] else None


def _encode_pixels(
    file: IO[bytes],
    pixels: Pixels,
    alpha: Pixels | None,
    fitted: FittedMetadata,
    icc_profile: bytes | None,
    file_format: str,
    options: dict[str, Any],
) -> None:
    if file_format == "TIFF":
        write_tiff(file, pixels, alpha, fitted.exif, icc_profile, fitted.metadata)
        return
    if pixels.dtype == np.uint16:
        data = encode_deep_png(pixels, alpha)
        file.write(data[:_PNG_HEADER_BYTES].data)
        file.write(make_png_chunks(fitted, icc_profile))
        file.write(data[_PNG_HEADER_BYTES:].data)
        return
    options = options | make_save_options(fitted, file_format)
    if file_format not in NO_PROFILE:
        options["icc_profile"] = icc_profile
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if alpha is not None:
        image.putalpha(Image.fromarray(np.ascontiguousarray(alpha)))
    image.save(file, file_format, **options)
