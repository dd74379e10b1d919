"""ICC profiles: converts every photograph to sRGB.

8-bit pixels are converted by LittleCMS (`PIL.ImageCms`). Pillow does not pass it 16-bit RGB, so
16-bit pixels are converted by the profile's own curves and matrix (`icc_curves`).
"""

import functools
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from colorkit.io.icc_curves import read_curves_and_matrix

PROFILE_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}

_NEARLY_SRGB = 1  # 8-bit levels
_PIXELS_PER_BAND = 1 << 20


def read_profile_space(icc_profile: bytes) -> str:
    """Reads the colour space from an ICC profile's header.

    Args:
        icc_profile: Profile as bytes.

    Returns:
        Four letters such as `"RGB "`, `"GRAY"` or `"CMYK"` (ICC.1:2022, table 19).
    """
    return icc_profile[16:20].decode("latin-1")


def convert_image_to_srgb(
    image: Image.Image, icc_profile: bytes | None
) -> tuple[Image.Image, bytes | None]:
    """Converts an 8-bit picture to sRGB by its ICC profile.

    Args:
        image: `PIL.Image.Image` of mode `"L"`, `"RGB"` (may be overwritten) or `"CMYK"`.
        icc_profile: Its profile as bytes, or `None`.

    Returns:
        The picture (mode `"L"` or `"RGB"`) and the profile that is right for it: the one given
        where it is sRGB to one 8-bit level, otherwise `None`, which means sRGB. A profile that is
        damaged or made for another colour space is ignored; CMYK without one is taken as ink that
        absorbs its whole complement.
    """
    transform = _make_transform(icc_profile, image.mode)
    if transform is None:
        return (image.convert("RGB") if image.mode == "CMYK" else image), None
    if _is_nearly_srgb(icc_profile, image.mode):
        return image, icc_profile
    if image.mode == "RGB":
        transform.apply_in_place(image)
        return image, None
    converted = transform.apply(image)
    return (converted.getchannel("G") if image.mode == "L" else converted), None


def convert_deep_pixels_to_srgb(
    pixels: NDArray[np.uint16], icc_profile: bytes | None
) -> tuple[NDArray[np.uint16], bytes | None]:
    """Converts 16-bit pixels to sRGB by their ICC profile.

    Args:
        pixels: uint16 array of shape `(height, width)` or `(height, width, 3)`; overwritten.
        icc_profile: Its profile as bytes, or `None`.

    Returns:
        `pixels`, and the profile that is right for them as in `convert_image_to_srgb`. A profile
        made of lookup tables instead of curves and a matrix (some scanners') is kept, and the
        pixels are left as they are.
    """
    mode = "L" if pixels.ndim == 2 else "RGB"
    if _make_transform(icc_profile, mode) is None:
        return pixels, None
    shaper = None if _is_nearly_srgb(icc_profile, mode) else read_curves_and_matrix(icc_profile)
    if shaper is None:
        return pixels, icc_profile
    curves, matrix = shaper
    rows = max(1, _PIXELS_PER_BAND // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        band = pixels[top : top + rows]
        if matrix is None:
            linear = curves[0][band]
        else:
            linear = np.stack([curves[i][band[..., i]] for i in range(3)], -1) @ matrix
        band[...] = np.rint(encode_srgb(linear) * 65535)
    return pixels, None


@functools.lru_cache(maxsize=16)
def _make_transform(icc_profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    if not icc_profile or read_profile_space(icc_profile) != PROFILE_SPACES[mode]:
        return None
    try:
        return ImageCms.ImageCmsTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(icc_profile)),
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            mode,
            "RGB",
            intent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


@functools.lru_cache(maxsize=16)
def _is_nearly_srgb(icc_profile: bytes | None, mode: str) -> bool:
    transform = _make_transform(icc_profile, mode)
    if mode == "CMYK" or transform is None:
        return False
    line = np.arange(0, 256, 17, dtype=np.uint8)
    levels: NDArray[np.uint8] = line[None]
    if mode == "RGB":
        levels = np.stack(np.meshgrid(line, line, line), -1).reshape(1, -1, 3)
    converted = np.asarray(transform.apply(Image.fromarray(levels)))
    expected = levels if mode == "RGB" else levels[..., None]
    return bool(np.abs(converted.astype(int) - expected).max() <= _NEARLY_SRGB)


def encode_srgb(linear: NDArray[np.floating]) -> NDArray[np.floating]:
    """Encodes linear light, clipped to [0, 1], as sRGB values in [0, 1]."""
    linear = np.clip(linear, 0, 1)  # IEC 61966-2-1
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
