"""Reads photograph files as upright sRGB arrays with their metadata."""

import contextlib
import dataclasses
import warnings
from pathlib import Path

import numpy as np

from colorkit.io.decode import decode_with_pillow
from colorkit.io.decode_dpx import decode_dpx
from colorkit.io.decode_tiff import decode_tiff
from colorkit.io.photo import CUT_SHORT, END_MISSING, Photo, PhotoError, PhotoWarning
from colorkit.io.rescue import rescue
from colorkit.io.signatures import SIGNATURE_BYTES, find_kind
from colorkit.typing import StrPath

MAX_PIXELS = 400_000_000
"""Pictures with more pixels are refused: four times what the largest common cameras make."""

MAX_FILE_BYTES = 1 << 32
"""Larger files are refused: a TIFF is no larger, and of other formats none of `MAX_PIXELS` is."""

_DAMAGE_NOTES = {
    END_MISSING: "the end marker is missing; all pixels are there",
    CUT_SHORT: "the file is cut short; it is read as far as it goes",
    None: "a damaged part of the file that is no pixels is left out",
}


def read_photo(
    path: StrPath, *, page: int | None = None, strict: bool = False, max_pixels: int = MAX_PIXELS
) -> Photo:
    """Reads one photograph.

    JPEG (gray, RGB, CMYK, progressive), PNG (1 to 16 bits, gray, palette, RGB, alpha), TIFF (1 to
    16 bits, gray, palette, RGB, alpha, CMYK, Lab), WebP, BMP, AVIF, JPEG 2000, GIF, flattened PSD,
    PPM, PCX, SGI, Sun, Targa, QOI, HEIC where pillow-heif is installed, and DPX where OpenImageIO
    is; the content decides,
    not the suffix. Of animations the first picture is read. The EXIF orientation is applied.
    Pixels are converted to sRGB where an ICC profile or a PNG's gamma says that they are something
    else. 16-bit gray and RGB stay 16-bit (of JPEG 2000 only gray); 16-bit CMYK becomes 8-bit.

    Args:
        path: Path of the file.
        page: Number of the page of a TIFF, from 0; `None` for the only one.
        strict: Whether a photograph cut short or otherwise damaged is refused where it can be read
            as far as it goes: all formats but QOI and DPX.
        max_pixels: Pictures with more pixels are refused before they are decoded.

    Returns:
        `Photo`.

    Raises:
        PhotoError: where the file is missing, no file, not readable, empty, of another kind,
            of several pages, damaged or larger than `max_pixels`.

    Warns:
        PhotoWarning: for each of the photograph's `notes`: what was left out or is missing.

    Example:
        >>> photo = read_photo("grandmother.jpg")
        >>> photo.pixels.shape, photo.pixels.dtype
        ((96, 128), dtype('uint8'))
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise PhotoError(
                f"Cannot read {path}: expected a photograph. Received: a folder. "
                "Name the files in it, or list them with `find_photos`."
            )
        if path.exists() and not path.is_file():
            raise PhotoError(
                f"Cannot read {path}: expected a photograph. Received: a device, pipe or socket. "
                "Save the photograph to a file first."
            )
        _check_bytes(path.stat().st_size, path)
        with open(path, "rb") as file:
            find_kind(file.read(SIGNATURE_BYTES), path)
            file.seek(0)
            data = file.read()
    except FileNotFoundError:
        raise PhotoError(f"Cannot read {path}: there is no such file. Check the path.") from None
    except PermissionError:
        raise PhotoError(
            f"Cannot read {path}: permission denied. Make the file readable (chmod u+r) first."
        ) from None
    except MemoryError:
        raise _not_enough_memory(path) from None
    except OSError as error:
        reason = error.strerror or error
        raise PhotoError(f"Cannot read {path}: {reason}. Check the disk and the path.") from error
    photo = decode_photo(data, str(path), page=page, strict=strict, max_pixels=max_pixels)
    for note in photo.notes:
        warnings.warn(f"{path}: {note}", PhotoWarning, stacklevel=2)
    return photo


def decode_photo(
    data: bytes,
    name: str,
    *,
    page: int | None = None,
    strict: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> Photo:
    """Decodes one photograph from the bytes of its file.

    Safe to call from several threads at once.

    Args:
        data: The file as bytes; see `read_photo` for what it may hold.
        name: What to call it in errors.
        page: As in `read_photo`.
        strict: As in `read_photo`.
        max_pixels: As in `read_photo`.

    Returns:
        `Photo`.

    Raises:
        PhotoError: as in `read_photo`.
    """
    _check_bytes(len(data), name)
    kind = find_kind(data[:SIGNATURE_BYTES], name)
    try:
        return _decode(data, name, kind, max_pixels, page)
    except PhotoError:
        raise
    except MemoryError:
        raise _not_enough_memory(name) from None
    except Exception as error:  # Decoders raise many kinds for damaged files.
        photo = _rescue(data, name, kind, max_pixels, page, strict)
        if photo is not None:
            return photo
        raise PhotoError(
            f"Cannot read {name}: the {kind} data is damaged, cut short or of a rare kind "
            f"({error}). Copy the file again from its source, or save it anew in a photo editor."
        ) from error


def _check_bytes(count: int, name: StrPath) -> None:
    if count > MAX_FILE_BYTES:
        raise PhotoError(
            f"Cannot read {name}: expected at most {MAX_FILE_BYTES >> 30} GB, the limit of TIFF. "
            f"Received: {count / (1 << 30):.0f} GB or more. Is it a photograph?"
        )


def _decode(
    data: bytes, name: str, kind: str, max_pixels: int, page: int | None, tolerant: bool = False
) -> Photo:
    if kind == "TIFF":
        return decode_tiff(data, name, max_pixels, page, tolerant)
    if kind == "DPX":
        return decode_dpx(data, name, max_pixels)
    if page:
        raise PhotoError(f"Cannot read {name}: expected a TIFF of several pages. Received: {kind}.")
    return decode_with_pillow(data, name, kind, max_pixels, tolerant=tolerant)


def _rescue(
    data: bytes, name: str, kind: str, max_pixels: int, page: int | None, strict: bool
) -> Photo | None:
    """Decodes a damaged photograph as far as it goes; `None` where nothing of it can be read."""
    try:
        for completed, damage, height in rescue(data, kind, max_pixels):
            if strict and damage is not None:
                return None
            with contextlib.suppress(Exception):
                photo = _decode(completed, name, kind, max_pixels, page, tolerant=True)
                if height is not None:
                    photo = _pad(photo, height)
                notes = (*photo.notes, _DAMAGE_NOTES[damage])
                return dataclasses.replace(photo, notes=notes, damage=damage)
    except Exception:  # As above
        return None
    return None


def _pad(photo: Photo, height: int) -> Photo:
    """Adds black rows below. A photograph that was turned upright is left as it is."""
    missing = height - photo.height
    if missing <= 0 or photo.width == height:
        return photo
    sides = ((0, missing), (0, 0))
    alpha = None if photo.alpha is None else np.pad(photo.alpha, sides)
    pixels = np.pad(photo.pixels, (*sides, (0, 0))[: photo.pixels.ndim])
    return dataclasses.replace(photo, pixels=pixels, alpha=alpha)


def _not_enough_memory(name: StrPath) -> PhotoError:
    return PhotoError(
        f"Cannot read {name}: it needs more memory than there is. Shrink the picture first."
    )
