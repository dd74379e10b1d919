"""The histogram of a data set's colours."""

import numpy as np
from drawn_photos import save_photo
from PIL import Image

from colorkit.data.summary import count_ab, draw_ab_histogram


def test_the_histogram_counts_the_colours_of_pictures(tmp_path):
    rgb = np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8)
    path = save_photo(tmp_path / "x.png", rgb)
    counts = count_ab([path])
    assert counts.sum() == 64 * 64
    a, b = np.nonzero(counts)
    centers = sorted(zip(2 * a - 109, 2 * b - 109, strict=True))
    np.testing.assert_allclose(centers, [[79.2, -107.9], [80.1, 67.2]], atol=1)  # of skimage
    splits = ("train", "validation", "test")
    samples = dict(zip(splits, (["x"], ["x"], []), strict=True))
    sizes = []
    for shown in (samples, {**samples, "validation": []}):
        draw_ab_histogram(tmp_path / "h.png", shown, dict.fromkeys(splits, 7), lambda *_: path)
        histogram = np.asarray(Image.open(tmp_path / "h.png").convert("RGB"))
        sizes.append(histogram.shape[1])
        assert len(np.unique(histogram.reshape(-1, 3), axis=0)) > 50
    assert sizes[0] > 1.5 * sizes[1], "a panel for each split that has pictures"
