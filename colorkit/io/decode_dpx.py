"""DPX, the frames of scanned film (SMPTE 268M), decoded by OpenImageIO."""

import tempfile
from pathlib import Path

import numpy as np

from colorkit.io.decode import check_size
from colorkit.io.photo import Photo, find_result_format


def decode_dpx(data: bytes, name: str, max_pixels: int) -> Photo:
    """Decodes a DPX picture.

    The values are taken as they are, scaled to 16 bits from more than 8; no transfer is applied.

    Args:
        data: The file as bytes.
        name: What to call it in errors.
        max_pixels: Pictures with more pixels are refused before they are decoded.

    Returns:
        `Photo`.

    Raises:
        PhotoError: where it has too many pixels.
        OSError: where it is damaged.
    """
    import OpenImageIO

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "frame.dpx")  # OpenImageIO's Python reads no bytes.
        path.write_bytes(data)
        picture = OpenImageIO.ImageInput.open(str(path))
        if picture is None:
            raise OSError(OpenImageIO.geterror())
        try:
            spec = picture.spec()
            check_size(spec.width, spec.height, name, max_pixels)
            is_deep = spec.get_int_attribute("oiio:BitsPerSample", 16) > 8
            dtype = np.uint16 if is_deep else np.uint8
            values = picture.read_image(0, 0, 0, spec.nchannels, np.dtype(dtype).name)
            if values is None:
                raise OSError(picture.geterror())
        finally:
            picture.close()
    alpha = None
    if spec.alpha_channel >= 0:
        alpha = np.ascontiguousarray(values[..., spec.alpha_channel])
    is_gray = spec.nchannels < 3
    pixels = np.ascontiguousarray(values[..., 0] if is_gray else values[..., :3])
    return Photo(pixels, alpha, file_format=find_result_format("DPX"))
