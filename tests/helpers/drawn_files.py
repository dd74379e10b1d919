"""Photograph files and ICC profiles made by hand, for tests of reading and writing."""

import dataclasses
import functools
import io
import struct
import zlib

import cv2
import numpy as np
import skimage.data
import tifffile
from hypothesis import strategies as st
from PIL import Image

from colorkit.io.photo import Photo

SIZES = st.one_of(
    st.tuples(st.integers(1, 9), st.integers(1, 9)), st.sampled_from([(1, 5000), (5000, 1)])
)
"""Heights and widths of pictures, small or long and thin."""

# XYZ of red, green and blue under D50.
ADOBE_RGB = [[0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [0.14919, 0.06322, 0.74457]]
SRGB = [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]]
D50 = [0.9642, 1.0, 0.8249]


def gamma_curve(gamma):
    """ICC curve of one power."""
    return struct.pack(">4s4xIHxx", b"curv", 1, round(gamma * 256))


def table_curve(values):
    """ICC curve of sampled values in [0, 1]."""
    values = np.rint(np.asarray(values) * 65535).astype(">u2")
    return struct.pack(">4s4xI", b"curv", len(values)) + values.tobytes()


def parametric_curve(kind, *numbers):
    """ICC parametric curve."""
    fixed = [round(number * 65536) for number in numbers]
    return struct.pack(f">4s4xHxx{len(fixed)}i", b"para", kind, *fixed)


SRGB_CURVE = parametric_curve(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def xyz_tag(values):
    return struct.pack(">4s4x3i", b"XYZ ", *(round(v * 65536) for v in values))


def icc_profile(space, tags, pcs=b"XYZ "):
    """ICC profile of version 4 from its tags."""
    tags = {b"wtpt": xyz_tag(D50), **tags}
    offset = 132 + 12 * len(tags)
    table, body = b"", b""
    for name, content in tags.items():
        content += b"\0" * (-len(content) % 4)
        table += struct.pack(">4sII", name, offset + len(body), len(content))
        body += content
    kind = b"prtr" if space == b"CMYK" else b"mntr"
    header = struct.pack(">3I4s4s4s", offset + len(body), 0, 0x04200000, kind, space, pcs)
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp"
    header = header.ljust(68, b"\0") + struct.pack(">3i", *(round(v * 65536) for v in D50))
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def rgb_profile(colorants=ADOBE_RGB, curve=None):
    """Profile of a matrix and one curve; Adobe RGB (1998) unless told otherwise."""
    curve = curve or gamma_curve(563 / 256)
    red, green, blue = (xyz_tag(values) for values in colorants)
    tags = {b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue}
    return icc_profile(b"RGB ", {**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def gray_profile(curve):
    """Gray profile of one curve."""
    return icc_profile(b"GRAY", {b"kTRC": curve})


def cmyk_profile():
    """CMYK profile of a strange press: its cyan ink is red, its black black, the others nothing."""
    grid = np.zeros((2, 2, 2, 2, 3))  # c, m, y, k
    grid[...] = [255, 128, 128]  # white in 8-bit Lab
    grid[1, ..., :] = [128, 200, 180]
    grid[..., 1, :] = [0, 128, 128]
    identity = np.arange(256, dtype=np.uint8).tobytes()
    matrix = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    lut = struct.pack(">4s4xBBBx", b"mft1", 4, 3, 2) + matrix
    lut += identity * 4 + grid.astype(np.uint8).tobytes() + identity * 3
    return icc_profile(b"CMYK", {b"A2B0": lut, b"A2B1": lut}, pcs=b"Lab ")


def png_chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png_file(codes, color_type, depth, chunks=b""):
    """PNG from integer codes of shape `(height, width)` or `(height, width, channels)`."""
    height, width = codes.shape[:2]
    rows = codes.reshape(height, -1)
    if depth == 16:
        rows = [row.astype(">u2").tobytes() for row in rows]
    else:
        bits = (rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        rows = [np.packbits(row.ravel().astype(np.uint8)).tobytes() for row in bits]
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    parts = png_chunk(b"IHDR", header) + chunks + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def pillow_file(pixels, file_format, **options):
    """Bytes of a picture written by Pillow."""
    buffer = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def tiff_file(pixels, **options):
    """Bytes of a picture written by tifffile."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, metadata=None, **options)
    return buffer.getvalue()


def opencv_file(pixels, suffix, *options):
    """Bytes of an RGB or gray picture written by OpenCV."""
    pixels = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    encoded, data = cv2.imencode(suffix, pixels, list(options))
    assert encoded
    return data.tobytes()


def random_pixels(shape, dtype="uint8", seed=0):
    """Noise over all values of an integer dtype."""
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


def astronaut(size=96):
    """Part of a colour photograph."""
    return np.ascontiguousarray(skimage.data.astronaut()[:size, 40 : 40 + size])


def some_photo(**changes):
    """A small photograph of noise, with other attributes where they are given."""
    return dataclasses.replace(Photo(random_pixels((5, 7, 3))), **changes)


@functools.cache
def complete_files():
    """Undamaged files of every kind: dict from the kind, whose last word is the format."""
    noise, deep = random_pixels((40, 50, 3)), random_pixels((40, 50, 3), "uint16")
    return {
        "JPEG": pillow_file(noise, "JPEG"),
        "progressive JPEG": pillow_file(noise, "JPEG", progressive=True),
        "PNG": pillow_file(noise, "PNG"),
        "deep PNG": opencv_file(deep, ".png"),
        "TIFF": tiff_file(noise, photometric="rgb"),
        "LZW TIFF": pillow_file(noise, "TIFF", compression="tiff_lzw"),
        "deep TIFF": tiff_file(deep, photometric="rgb"),
        "zlib deep TIFF": tiff_file(deep, photometric="rgb", compression="zlib", rowsperstrip=8),
        "LZW deep TIFF": opencv_file(deep, ".tif", cv2.IMWRITE_TIFF_COMPRESSION, 5),
        "WebP": pillow_file(noise, "WEBP", lossless=True),
        "BMP": pillow_file(noise, "BMP"),
    }


def assert_same(photo, pixels, alpha=None):
    """Checks that a photograph holds these values, of this dtype."""
    assert photo.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(photo.pixels, pixels)
    if alpha is None:
        assert photo.alpha is None
    else:
        assert photo.alpha.dtype == alpha.dtype
        np.testing.assert_array_equal(photo.alpha, alpha)
