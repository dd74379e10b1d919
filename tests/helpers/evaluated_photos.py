"""Photographs and a colorizer for tests of evaluation."""

import numpy as np
import skimage.data

from colorkit.color.ab_bins import AB_BINS
from colorkit.io.photo import PhotoError

PRIOR = np.linspace(1.0, 3.0, len(AB_BINS)) / (2.0 * len(AB_BINS))
SIZES = [(40, 40), (31, 48), (11, 15), (24, 17), (40, 40)]


class Source:
    """Crops of a photograph in the given sizes; those in `bad` cannot be read."""

    def __init__(self, sizes=SIZES, bad=()):
        astronaut = skimage.data.astronaut()
        self.photos = [
            astronaut[30 * i % 210 :, 60 * i % 420 :][:h, :w] for i, (h, w) in enumerate(sizes)
        ]
        self.names = [f"photo-{i}.jpg" for i in range(len(sizes))]
        self.bad = bad

    def __len__(self):
        return len(self.names)

    def read(self, index):
        if index in self.bad:
            raise PhotoError(f"{self.names[index]} is truncated")
        return self.photos[index].copy()


class FakeColorizer:
    """Answers with `change(photo)` and remembers the sizes of its batches."""

    def __init__(self, change):
        self.change = change
        self.batch_sizes = []

    def colorize_batch(self, images):
        self.batch_sizes.append(len(images))
        return [self.change(image) for image in images]


def tinted(photo):
    return np.clip(np.int16(photo) + [20, -5, 3], 0, 255).astype("uint8")
