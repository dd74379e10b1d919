"""Pixels and metadata of photographs that Pillow decodes."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from colorkit.io.bounds import check_scans
from colorkit.io.exif import load_exif, read_orientation, rewrite_exif
from colorkit.io.icc import convert_deep_pixels_to_srgb, convert_image_to_srgb
from colorkit.io.metadata import Metadata, read_metadata, turn_metadata
from colorkit.io.photo import Photo, PhotoError, Pixels, find_result_format
from colorkit.io.plugins import open_image
from colorkit.io.png_gamma import apply_gamma
from colorkit.io.png_repair import has_end
from colorkit.io.sixteen_bit import decode_deep_png, is_deep_png

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
    "LAB": "RGB",
}

DEEP_MODES = ("I;16", "I;16L", "I;16B", "I")
NOTHING = Metadata()
_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
_ANIMATED = ("PNG", "WEBP", "GIF", "AVIF")
_BITS = 258  # TIFF tag
_PIXELS_PER_BAND = 1 << 22
_PNG_DEPTH = 24  # place of a byte (PNG 1.2, 11.2.2)


def decode_with_pillow(
    data: bytes, name: str, kind: str, max_pixels: int, page: int = 0, tolerant: bool = False
) -> Photo:
    """Decodes a whole photograph.

    Args:
        data: The file as bytes.
        name: What to call it in errors.
        kind: Its format, a key of `colorkit.io.plugins.PLUGINS`.
        max_pixels: Pictures with more pixels are refused before they are decoded.
        page: Number of the picture in a TIFF, from 0.
        tolerant: Whether rows that are missing stay black rather than being an error.

    Returns:
        `Photo`.

    Raises:
        PhotoError: where it has too many pixels, or pixels that no photograph has.
        Exception: of many kinds, where the file is damaged.
    """
    opened = open_image(data, kind, name)
    image: Image.Image = opened
    if page:
        image.seek(page)
    check_size(image.width, image.height, name, max_pixels)
    if kind == "PNG" and not has_end(data):
        raise ValueError("its end marker is missing")
    if kind == "JPEG":
        check_scans(data, name)
    # A JPEG with several pictures (MPO) holds one photograph and its previews.
    is_animated = kind in _ANIMATED and getattr(image, "is_animated", False)
    notes = ("only the first of several pictures is read",) if is_animated else ()
    icc_profile = image.info.get("icc_profile")
    if kind == "PNG" and is_deep_png(data):
        deep, deep_alpha = decode_deep_png(data)
        deep = apply_gamma(deep, image.info, data)
        metadata = _read_png_metadata(image, data)
        exif = load_exif(image)
        return make_deep_photo(deep, deep_alpha, icc_profile, exif, kind, notes, metadata)

    try:
        image.load()
    except OSError:
        if not tolerant or getattr(image, "_im", None) is None:
            raise
        opened.tile = []  # Pillow keeps the rows that it has decoded.
    exif = load_exif(image)
    metadata = read_metadata(image)
    if image.mode in DEEP_MODES:
        deep = _read_deep_gray(image)
        return make_deep_photo(deep, None, icc_profile, exif, kind, notes, metadata)
    mode = MODES.get(image.mode)
    if mode is None:
        raise PhotoError(
            f"Cannot read {name}: expected gray, RGB or CMYK of at most 16 bits a channel. "
            f"Received: {image.mode!r} pixels (Pillow's name). Save it as 8- or 16-bit RGB first."
        )
    if image.mode == "LAB":
        image = _convert_lab(image)
    if kind == "PNG" and image.mode in ("1", "L"):
        _scale_transparent_level(image, data[_PNG_DEPTH])
    if image.has_transparency_data and not mode.endswith("A"):
        mode += "A"
    info = image.info
    image = _convert(image, mode)
    alpha = None
    if mode.endswith("A"):
        alpha = _to_array(image.getchannel("A"))
        image = image.convert(mode[:-1])
    image, icc_profile = convert_image_to_srgb(image, icc_profile)
    pixels = _to_array(image)
    if kind == "PNG":
        pixels = apply_gamma(pixels, info, data)
    return make_photo(pixels, alpha, icc_profile, exif, kind, notes, metadata)


def _read_png_metadata(image: Image.Image, data: bytes) -> Metadata:
    """Reads the metadata of a PNG, which is decoded for it only where there may be text."""
    return read_metadata(image, text=any(kind in data for kind in _TEXT_CHUNKS))


def _read_deep_gray(image: Image.Image) -> NDArray[np.uint16]:
    """Reads gray of more than 8 bits as uint16, scaled to the full range."""
    pixels = np.asarray(image).astype(np.uint16)
    bits = getattr(image, "tag_v2", {}).get(_BITS, (16,))[0]
    if bits < 16:
        pixels = (pixels.astype(np.uint32) * 65535 // ((1 << bits) - 1)).astype(np.uint16)
    return pixels


def _convert_lab(image: Image.Image) -> Image.Image:
    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
    if converted is None:
        raise ImageCms.PyCMSError("it cannot be converted from Lab")
    return converted


def _scale_transparent_level(image: Image.Image, depth: int) -> None:
    """Pillow scales levels of less than 8 bits, but hardly ever the one that is transparent."""
    level, largest = image.info.get("transparency"), (1 << depth) - 1
    if level is not None and level <= largest:
        image.info["transparency"] = level * 255 // largest


def _convert(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)


def _to_array(image: Image.Image) -> NDArray[np.uint8]:
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


def make_deep_photo(
    pixels: NDArray[np.uint16],
    alpha: NDArray[np.uint16] | None,
    icc_profile: bytes | None,
    exif: Image.Exif,
    kind: str,
    notes: tuple[str, ...] = (),
    metadata: Metadata = NOTHING,
) -> Photo:
    """Makes an upright `Photo` in sRGB of 16-bit pixels, their `PIL.Image.Exif` and profile."""
    pixels, icc_profile = convert_deep_pixels_to_srgb(pixels, icc_profile)
    return make_photo(pixels, alpha, icc_profile, exif, kind, notes, metadata)


def make_photo(
    pixels: Pixels,
    alpha: Pixels | None,
    icc_profile: bytes | None,
    exif: Image.Exif,
    kind: str,
    notes: tuple[str, ...] = (),
    metadata: Metadata = NOTHING,
) -> Photo:
    """Makes an upright `Photo` of pixels in sRGB, their `PIL.Image.Exif` and profile."""
    if not pixels.size:
        raise ValueError("it has no pixels")
    orientation = read_orientation(exif)
    pixels = _turn_upright(pixels, orientation)
    if alpha is not None:
        alpha = _turn_upright(alpha, orientation)
    height, width = pixels.shape[:2]
    block = rewrite_exif(exif, width, height)
    metadata = turn_metadata(metadata, orientation)
    return Photo(pixels, alpha, block, icc_profile, find_result_format(kind), metadata, notes)


def check_size(width: int, height: int, name: str, max_pixels: int) -> None:
    """Refuses pictures of more than `max_pixels` pixels by a `PhotoError`."""
    if width * height > max_pixels:
        raise PhotoError(
            f"Cannot read {name}: expected at most {max_pixels / 1_000_000:g} megapixels. "
            f"Received: {width} x {height} pixels. Shrink the picture first."
        )


def _turn_upright(pixels: Pixels, orientation: int) -> Pixels:
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
