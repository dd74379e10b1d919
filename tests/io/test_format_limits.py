"""What a format cannot hold: it is fitted with a warning, or refused."""

import cv2
import numpy as np
import pytest
from drawn_files import random_pixels

from colorkit.io.photo import Photo, PhotoError, PhotoWarning, find_format
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo


@pytest.mark.parametrize("suffix", ["jpg", "webp", "bmp"])
def test_16_bits_are_rounded_with_a_warning(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    with pytest.warns(PhotoWarning) as caught:
        write_photo(path, Photo(ramp))
    assert [str(warning.message) for warning in caught] == [
        f"{path}: 16-bit values are rounded to 8 bits, since {find_format(path)} has no more. "
        "Write a PNG or TIFF to keep them."
    ]
    assert caught[0].filename == __file__
    expected = np.rint(ramp / 257)
    read = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert np.abs(read - expected).max() <= (0 if suffix == "bmp" else 4)


@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_transparency_is_laid_on_white_with_a_warning(tmp_path, gray, dtype):
    path = tmp_path / "a.bmp"
    pixels = random_pixels((9, 11) if gray else (9, 11, 3), dtype)
    alpha = random_pixels((9, 11), dtype, 1)
    with pytest.warns(PhotoWarning) as caught:
        write_photo(path, Photo(pixels, alpha))
    assert str(caught[0].message) == (
        f"{path}: transparency is laid on white, since BMP has none. "
        "Write a PNG, TIFF or WebP to keep it."
    )
    white = np.iinfo(dtype).max
    opacity = alpha / white if gray else (alpha / white)[..., None]
    expected = (pixels / white * opacity + 1 - opacity) * 255
    assert np.abs(read_photo(path).pixels - expected).max() <= 0.51


@pytest.mark.parametrize("shape", [(5, 300_000, 3), (2, 1_100_000), (70_000, 16)])
def test_bands_of_large_pictures_meet(tmp_path, shape):
    pixels = random_pixels(shape, "uint16")
    with pytest.warns(PhotoWarning):
        write_photo(tmp_path / "a.bmp", Photo(pixels))
    np.testing.assert_array_equal(read_photo(tmp_path / "a.bmp").pixels, np.rint(pixels / 257))


@pytest.mark.parametrize(("suffix", "limit"), [("jpg", 65500), ("webp", 16383)])
def test_pictures_larger_than_their_format(tmp_path, suffix, limit):
    path = tmp_path / f"a.{suffix}"
    write_photo(path, Photo(np.zeros((1, limit), np.uint8)))
    path.unlink()
    with pytest.raises(PhotoError) as caught:
        write_photo(path, Photo(np.zeros((1, limit + 1), np.uint8)))
    assert str(caught.value) == (
        f"Cannot write {path}: expected at most {limit} pixels a side, the limit of "
        f"{find_format(path)}. Received: {limit + 1} x 1 pixels. Write a PNG or TIFF instead."
    )
    assert not list(tmp_path.iterdir())
