"""Columns of pictures."""

import numpy as np
import skimage.color
import skimage.data
from PIL import Image

from colorkit.data.crops import center_crop
from colorkit.visualization.comparison_grid import draw_comparison

MARGIN = 8
"""Pixels about each picture."""


class Negative:
    def colorize_batch(self, images):
        return [255 - image for image in images]


def test_gray_models_and_truth_stand_side_by_side(tmp_path):
    photos = {"a": skimage.data.chelsea(), "b": skimage.data.coffee()}.values()
    draw_comparison({"one": Negative(), "two": Negative()}, photos, tmp_path / "c.png", side=48)
    sheet = np.asarray(Image.open(tmp_path / "c.png"))
    assert sheet.shape[1] == 4 * (48 + MARGIN) + MARGIN
    for row, photo in enumerate(reversed(photos)):
        bottom = sheet.shape[0] - MARGIN - row * (48 + MARGIN)
        cells = [
            sheet[bottom - 48 : bottom, left : left + 48]
            for left in range(MARGIN, sheet.shape[1], 48 + MARGIN)
        ]
        truth = center_crop(photo, 48)
        np.testing.assert_array_equal(cells[3], truth)
        np.testing.assert_array_equal(cells[1], 255 - truth)
        np.testing.assert_array_equal(cells[2], 255 - truth)
        lab = skimage.color.rgb2lab(cells[0])
        np.testing.assert_allclose(lab[..., 0], skimage.color.rgb2lab(truth)[..., 0], atol=0.5)
        np.testing.assert_allclose(lab[..., 1:], 0, atol=0.1)


def test_without_models_it_is_gray_and_truth(tmp_path):
    draw_comparison({}, [skimage.data.chelsea()], tmp_path / "c.png", side=48)
    assert Image.open(tmp_path / "c.png").width == 2 * (48 + MARGIN) + MARGIN
