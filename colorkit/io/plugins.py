"""Pillow's reader of each photograph format."""

from __future__ import annotations

import importlib
import io
from typing import TYPE_CHECKING

from PIL import features

from colorkit.io.photo import PhotoError

if TYPE_CHECKING:
    import PIL.ImageFile

# The readers themselves rather than `Image.open`: its pixel limit is a setting of the whole
# process, below 100 megapixels, and it would try fifty formats.
PLUGINS = {
    "JPEG": "PIL.JpegImagePlugin.JpegImageFile",
    "PNG": "PIL.PngImagePlugin.PngImageFile",
    "TIFF": "PIL.TiffImagePlugin.TiffImageFile",
    "WEBP": "PIL.WebPImagePlugin.WebPImageFile",
    "BMP": "PIL.BmpImagePlugin.BmpImageFile",
    "AVIF": "PIL.AvifImagePlugin.AvifImageFile",
    "JPEG2000": "PIL.Jpeg2KImagePlugin.Jpeg2KImageFile",
    "GIF": "PIL.GifImagePlugin.GifImageFile",
    "PSD": "PIL.PsdImagePlugin.PsdImageFile",
    "PPM": "PIL.PpmImagePlugin.PpmImageFile",
    "PCX": "PIL.PcxImagePlugin.PcxImageFile",
    "SGI": "PIL.SgiImagePlugin.SgiImageFile",
    "SUN": "PIL.SunImagePlugin.SunImageFile",
    "TGA": "PIL.TgaImagePlugin.TgaImageFile",
    "QOI": "PIL.QoiImagePlugin.QoiImageFile",
}
_FEATURES = {"AVIF": "avif", "JPEG2000": "jpg_2000", "WEBP": "webp"}


def is_supported(kind: str) -> bool:
    """Tells whether the installed Pillow reads and writes a format that it may lack."""
    return kind not in _FEATURES or bool(features.check(_FEATURES[kind]))


def open_image(data: bytes, kind: str, name: str) -> PIL.ImageFile.ImageFile:
    """Opens a picture, without decoding its pixels.

    Args:
        data: The file as bytes.
        kind: A key of `PLUGINS`, or `"HEIF"`.
        name: What to call the file in errors.

    Returns:
        `PIL.Image.Image`.

    Raises:
        PhotoError: where the installed Pillow does not read the format.
        Exception: of many kinds, where the file is damaged.
    """
    if not is_supported(kind):
        raise PhotoError(
            f"Cannot read {name}: the installed Pillow reads no {kind}. "
            "Install a newer one with pip install --upgrade Pillow, or save it as JPEG first."
        )
    if kind == "HEIF":
        from pillow_heif.as_plugin import HeifImageFile

        return HeifImageFile(io.BytesIO(data))
    module, _, reader = PLUGINS[kind].rpartition(".")
    return getattr(importlib.import_module(module), reader)(io.BytesIO(data))
