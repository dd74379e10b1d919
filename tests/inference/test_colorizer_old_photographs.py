"""Photographs with signs of age: tone does not matter, borders and grain take no colour."""

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data

from colorkit.cli.main import main
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
CAST = np.diag([1.0, 0.85, 0.95])  # of a print that lost its cyan
BORDER = 20  # pixels


@pytest.fixture(scope="module")
def colorizer(shipped_in_float32):
    return shipped_in_float32


@pytest.fixture(scope="module")
def gray():
    """A gray photograph, float in [0, 1], of shape (128, 160, 3)."""
    photo = skimage.color.rgb2gray(skimage.data.astronaut())[:384, :480]
    photo = cv2.resize(photo, (160, 128), interpolation=cv2.INTER_AREA)
    return np.repeat(photo[..., None], 3, axis=-1)


def toned_and_gray(gray, tone):
    """A toned picture, and the gray one of the same CIE L by scikit-image: uint16 both."""
    toned = np.rint(65535 * np.clip(gray @ tone.T, 0, 1)) / 65535
    lab = skimage.color.rgb2lab(toned)
    lab[..., 1:] = 0
    plain = np.clip(skimage.color.lab2rgb(lab), 0, 1)
    assert np.ptp(toned, axis=-1).mean() > 0.05 and np.ptp(plain, axis=-1).max() < 0.001
    return [np.uint16(np.rint(65535 * picture)) for picture in (toned, plain)]


@pytest.mark.slow
@pytest.mark.parametrize("tone", [SEPIA, CAST], ids=["sepia", "cast"])
def test_a_toned_photograph_gets_the_colours_of_the_gray_one(colorizer, gray, tone):
    results = colorizer.colorize_batch(toned_and_gray(gray, tone))
    toned, plain = (result / 65535 for result in results)
    assert np.ptp(plain, axis=-1).mean() > 0.03, "it is coloured"
    np.testing.assert_allclose(toned, plain, atol=2 / 255)


@pytest.mark.slow
@pytest.mark.usefixtures("default_model_opened_once")
def test_so_does_its_file_on_the_command_line(gray, tmp_path):
    for name, pixels in zip(("sepia", "gray"), toned_and_gray(gray, SEPIA), strict=True):
        write_photo(tmp_path / f"{name}.png", Photo(pixels))
    files = [str(tmp_path / name) for name in ("sepia.png", "gray.png")]
    assert main(["colorize", *files, "-o", str(tmp_path / "out")]) == 0
    out = tmp_path / "out"
    sepia, plain = (read_photo(out / name).pixels for name in ("sepia.png", "gray.png"))
    assert sepia.dtype == np.uint16
    assert np.ptp(plain.astype(int), axis=-1).mean() > 0.03 * 65535
    np.testing.assert_allclose(sepia / 65535, plain / 65535, atol=4 / 255)


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.05, 0.95])
def test_a_border_of_black_or_paper_stays_nearly_gray(colorizer, gray, level):
    margins = ((BORDER, BORDER), (BORDER, BORDER), (0, 0))
    framed = np.pad(gray, margins, constant_values=level)
    chroma = np.hypot(*skimage.color.rgb2lab(colorizer.colorize(framed))[..., 1:].T).T
    inside = np.s_[BORDER:-BORDER, BORDER:-BORDER]
    photo = chroma[inside].mean()
    chroma[inside] = np.nan
    assert photo > 5
    assert np.nanmean(chroma) < 4 and np.nanmean(chroma) < 0.5 * photo
