"""Reads photograph files as upright sRGB arrays with their metadata."""

import io
import itertools
import logging
from pathlib import Path

import cv2
import numpy as np
import tifffile
from PIL import (
    BmpImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from colorkit.io.exif import load_exif, load_tiff_exif, read_orientation, rewrite_exif
from colorkit.io.icc import convert_deep_pixels_to_srgb, convert_image_to_srgb
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.signatures import SIGNATURE_BYTES, find_kind
from colorkit.io.sixteen_bit import decode_deep_png, decode_deep_tiff, is_deep_png, is_deep_tiff

MAX_PIXELS = 400_000_000
"""Pictures with more pixels are refused: four times what the largest common cameras make."""

# The plugins themselves rather than `Image.open`: its pixel limit is a setting of the whole
# process, below 100 megapixels, and it would try fifty formats.
PLUGINS = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
# Pillow's modes and the ones they are read as.
MODES = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "La": "LA",
    "P": "RGB",
    "PA": "RGBA",
    "RGB": "RGB",
    "RGBX": "RGB",
    "RGBA": "RGBA",
    "RGBa": "RGBA",
    "YCbCr": "RGB",
    "CMYK": "CMYK",
}

_PIXELS_PER_BAND = 1 << 22
_PNG_DEPTH = 24  # place of a byte (PNG 1.2, 11.2.2)
_DNG_VERSION = 50706  # TIFF tags
_ICC_PROFILE = 34675
_ORIENTATION = 274

# tifffile's logs of damaged files are silenced; the PhotoError reports them.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def read_photo(path, *, max_pixels=MAX_PIXELS):
    """Reads one photograph.

    JPEG (gray, RGB, CMYK, progressive), PNG (1 to 16 bits, gray, palette, RGB, alpha), TIFF (1, 8
    and 16 bits, gray, palette, RGB, alpha, CMYK), WebP and BMP; the content decides, not the
    suffix. The EXIF orientation is applied. Pixels with another ICC profile than sRGB are
    converted to sRGB. 16-bit gray and RGB stay 16-bit; 16-bit CMYK becomes 8-bit.

    Args:
        path: Path of the file.
        max_pixels: Pictures with more pixels are refused before they are decoded.

    Returns:
        `Photo`.

    Raises:
        PhotoError: where the file is missing, no file, not readable, empty, of another kind,
            animated or of several pages, damaged, cut short or larger than `max_pixels`.

    Example:
        >>> photo = read_photo("grandmother.jpg")
        >>> photo.pixels.shape, photo.pixels.dtype
        ((2592, 3872), dtype('uint8'))
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
    return decode_photo(data, str(path), max_pixels=max_pixels)


def decode_photo(data, name, *, max_pixels=MAX_PIXELS):
    """Decodes one photograph from the bytes of its file.

    Safe to call from several threads at once.

    Args:
        data: The file as bytes; see `read_photo` for what it may hold.
        name: What to call it in errors.
        max_pixels: As in `read_photo`.

    Returns:
        `Photo`.

    Raises:
        PhotoError: as in `read_photo`.
    """
    kind = find_kind(data[:SIGNATURE_BYTES], name)
    try:
        if kind == "TIFF":
            return _decode_tiff(data, name, max_pixels)
        return _decode_with_pillow(data, name, kind, max_pixels)
    except PhotoError:
        raise
    except MemoryError:
        raise _not_enough_memory(name) from None
    except Exception as error:  # Decoders raise many kinds for damaged files.
        raise PhotoError(
            f"Cannot read {name}: the {kind} data is damaged, cut short or of a rare kind "
            f"({error}). Copy the file again from its source, or save it anew in a photo editor."
        ) from error


def _check_size(width, height, name, max_pixels):
    if width * height > max_pixels:
        raise PhotoError(
            f"Cannot read {name}: expected at most {max_pixels / 1_000_000:g} megapixels. "
            f"Received: {width} x {height} pixels. Shrink the picture first."
        )


def _several_pictures(name, what, one):
    return PhotoError(
        f"Cannot read {name}: expected one picture. Received: {what}. "
        f"Save the {one} to colour as a file of its own."
    )


def _not_enough_memory(name):
    return PhotoError(
        f"Cannot read {name}: it needs more memory than there is. Shrink the picture first."
    )


def _decode_tiff(data, name, max_pixels):
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages.first
        _check_size(page.imagewidth, page.imagelength, name, max_pixels)
        if page.is_reduced or _DNG_VERSION in page.tags or data[8:10] == b"CR":
            raise PhotoError(
                f"Cannot read {name}: expected a photograph. Received: a camera's raw file or a "
                "preview. Develop it to TIFF or JPEG first."
            )
        if any(not (p.is_reduced or p.is_mask) for p in itertools.islice(tiff.pages, 1, None)):
            raise _several_pictures(name, "several pages", "page")
        if not is_deep_tiff(page):
            return _decode_with_pillow(data, name, "TIFF", max_pixels)
        pixels, alpha = decode_deep_tiff(data, page)
        exif = load_tiff_exif(data, page.tags.valueof(_ORIENTATION, 1))
        return _make_deep_photo(pixels, alpha, page.tags.valueof(_ICC_PROFILE), exif, "TIFF")


def _decode_with_pillow(data, name, kind, max_pixels):
    image = PLUGINS[kind](io.BytesIO(data))
    _check_size(image.width, image.height, name, max_pixels)
    # A JPEG with several pictures (MPO) holds one photograph and its previews.
    if kind in ("PNG", "WEBP") and image.is_animated:
        raise _several_pictures(name, "an animation", "frame")
    icc_profile = image.info.get("icc_profile")
    if kind == "PNG" and is_deep_png(data):
        pixels, alpha = decode_deep_png(data)
        return _make_deep_photo(pixels, alpha, icc_profile, load_exif(image), kind)

    image.load()
    exif = load_exif(image)
    mode = MODES.get(image.mode)
    if mode is None:
        raise PhotoError(
            f"Cannot read {name}: expected gray, RGB or CMYK of at most 16 bits a channel. "
            f"Received: {image.mode!r} pixels (Pillow's name). Save it as 8- or 16-bit RGB first."
        )
    if kind == "PNG" and image.mode in ("1", "L"):
        _scale_transparent_level(image, data[_PNG_DEPTH])
    if image.has_transparency_data and not mode.endswith("A"):
        mode += "A"
    image = _convert(image, mode)
    alpha = None
    if mode.endswith("A"):
        alpha = _to_array(image.getchannel("A"))
        image = image.convert(mode[:-1])
    image, icc_profile = convert_image_to_srgb(image, icc_profile)
    return _make_photo(_to_array(image), alpha, icc_profile, exif, kind)


def _scale_transparent_level(image, depth):
    """Pillow scales levels of less than 8 bits, but hardly ever the one that is transparent."""
    level, largest = image.info.get("transparency"), (1 << depth) - 1
    if level is not None and level <= largest:
        image.info["transparency"] = level * 255 // largest


def _convert(image, mode):
    return image if image.mode == mode else image.convert(mode)


def _to_array(image):
    """Copies a Pillow image in bands, since Pillow makes two temporary copies."""
    rows = max(1, _PIXELS_PER_BAND // image.width)
    if image.height <= rows:
        return np.array(image)
    bands = len(image.getbands())
    shape = (image.height, image.width) if bands == 1 else (image.height, image.width, bands)
    pixels = np.empty(shape, np.uint8)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, image.width, bottom)))
    return pixels


def _make_deep_photo(pixels, alpha, icc_profile, exif, kind):
    pixels, icc_profile = convert_deep_pixels_to_srgb(pixels, icc_profile)
    return _make_photo(pixels, alpha, icc_profile, exif, kind)


def _make_photo(pixels, alpha, icc_profile, exif, kind):
    orientation = read_orientation(exif)
    pixels = _turn_upright(pixels, orientation)
    if alpha is not None:
        alpha = _turn_upright(alpha, orientation)
    height, width = pixels.shape[:2]
    return Photo(pixels, alpha, rewrite_exif(exif, width, height), icc_profile, kind)


def _turn_upright(pixels, orientation):
    if orientation == 2:
        return cv2.flip(pixels, 1)
    if orientation == 3:
        return cv2.rotate(pixels, cv2.ROTATE_180)
    if orientation == 4:
        return cv2.flip(pixels, 0)
    if orientation == 5:
        return cv2.transpose(pixels)
    if orientation == 6:
        return cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)
    if orientation == 7:
        return cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180)
    if orientation == 8:
        return cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
    return pixels
