"""Measures what hints bring to photographs held out from training.

    python benchmarks/hints.py --photos PHOTOS --limit 200
    python benchmarks/hints.py --picture docs/hints.jpg

The first prints a table, a row for each number of hints. Each is at a random place of the
photograph and tells the mean colour of its 7 x 7 pixels there, as 8-bit sRGB. Everything else goes
the way a user's photograph does. The last column is the mean distance, in a and b, between a hint
and the result at its point.

The second draws scikit-image's photographs: gray with the hints in `PICTURED`, coloured without
hints, and coloured with them.
"""

import argparse
import zlib

import numpy as np
import skimage.color
import skimage.data

from colorkit.data.crops import resize
from colorkit.demo.previews import mark_points
from colorkit.evaluation import evaluate_models
from colorkit.evaluation.baselines import gray_picture
from colorkit.inference import Colorizer
from colorkit.io import Photo, write_photo

NUMBERS = (0, 1, 5, 10, 50, 100)
PATCH = 7  # pixels of the photograph
PICTURE_HEIGHT = 240
PICTURED = (
    (
        "astronaut",
        [
            (25, 80, "#2c2f73"),
            (70, 200, "#a01020"),
            (20, 250, "#a01020"),
            (30, 200, "#b4aaa5"),
            (110, 60, "#b8b4b4"),
            (120, 280, "#e8602c"),
        ],
    ),
    (
        "coffee",
        [
            (122, 207, "#a6290e"),
            (438, 173, "#a6290e"),
            (280, 348, "#a6290e"),
            (313, 157, "#c07830"),
            (547, 90, "#c68458"),
        ],
    ),
    ("coffee", [(122, 207, "#2f5f9f"), (438, 173, "#2f5f9f"), (280, 348, "#2f5f9f")]),
)
"""Photographs of `skimage.data`, and the hints that they are given."""


class SampledHintsColorizer:
    """Colours photographs with some of their own colours as hints.

    Args:
        colorizer: A `Colorizer`.
        number: Number of hints of each photograph.
        seed: Integer that fixes the places, with the photograph's pixels.

    Attributes:
        distances: List of the distances between hint and result, in a and b.
    """

    def __init__(self, colorizer, number, seed=0):
        self._colorizer = colorizer
        self._number = number
        self._seed = seed
        self.distances = []

    def colorize_batch(self, photos):
        hints = [self._sample(photo) for photo in photos]
        prepared = [self._colorizer.prepare(*both) for both in zip(photos, hints, strict=True)]
        colors = self._colorizer.predict(prepared)
        made = [self._colorizer.finish(*both).pixels for both in zip(prepared, colors, strict=True)]
        for given, pixels in zip(hints, made, strict=True):
            self._compare(given, pixels)
        return made

    def _sample(self, photo):
        random = np.random.default_rng((self._seed, zlib.crc32(photo.tobytes())))
        height, width = photo.shape[:2]
        hints = []
        for _ in range(self._number):
            y, x = int(random.integers(height)), int(random.integers(width))
            rows, columns = (slice(max(0, at - PATCH // 2), at + PATCH // 2 + 1) for at in (y, x))
            rgb = photo[rows, columns].mean((0, 1)).round().astype(int)
            hints.append((x, y, "#{:02x}{:02x}{:02x}".format(*rgb)))
        return hints

    def _compare(self, hints, pixels):
        for x, y, color in hints:
            told = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
            ab = skimage.color.rgb2lab(np.uint8([told, pixels[y, x]]))[:, 1:]
            self.distances.append(np.linalg.norm(ab[0] - ab[1]))


def print_table(arguments):
    colorizer = Colorizer(arguments.model, style=arguments.style)
    models = {
        str(number): SampledHintsColorizer(colorizer, number, arguments.seed)
        for number in arguments.numbers
    }
    evaluation = evaluate_models(
        models, arguments.photos, split=arguments.split, limit=arguments.limit, perceptual=False
    )
    means = evaluation.means()
    print(f"{arguments.split} photographs: {arguments.limit} at most, style {arguments.style}")
    print("| hints | PSNR (dB) | CIEDE2000 | AuC of ab error (%) | colourfulness | at the hints |")
    print("|---|---|---|---|---|---|")
    for name, found in means.items():
        if name == "mean_color":
            continue
        distances = models[name].distances if name in models else []
        cells = [f"{found[key]:.2f}" if key in found else "" for key in _KEYS]
        cells.append(f"{np.mean(distances):.2f}" if distances else "")
        print(f"| {name} | {' | '.join(cells)} |")


_KEYS = ("psnr", "ciede2000", "auc", "colorfulness")


def draw_picture(path):
    colorizer = Colorizer()
    rows = []
    for name, hints in PICTURED:
        gray = gray_picture(getattr(skimage.data, name)())
        marked = mark_points(
            Photo(gray), [hint[:2] for hint in hints], [hint[2] for hint in hints]
        ).pixels
        row = [marked, colorizer.colorize(gray), colorizer.colorize(gray, hints)]
        width = round(gray.shape[1] * PICTURE_HEIGHT / gray.shape[0])
        rows.append([_framed(resize(each, PICTURE_HEIGHT, width)) for each in row])
    widest = max(row[0].shape[1] for row in rows)
    rows = [np.concatenate([_widened(each, widest) for each in row], axis=1) for row in rows]
    write_photo(path, Photo(np.concatenate(rows)))


def _framed(picture):
    return np.pad(picture, ((2, 2), (2, 2), (0, 0)), constant_values=255)


def _widened(picture, width):
    return np.pad(picture, ((0, 0), (0, width - picture.shape[1]), (0, 0)), constant_values=255)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", help="folder or tar of photographs")
    parser.add_argument("--model", default="colorkit_base", help="'colorkit_base' or a .keras file")
    parser.add_argument("--limit", type=int, default=200, help="number of photographs")
    parser.add_argument("--split", default="test", help="part of the photographs")
    parser.add_argument("--numbers", type=int, nargs="+", default=list(NUMBERS), help="of hints")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--style", help="faithful, balanced or vivid")
    parser.add_argument("--picture", metavar="FILE.jpg", help="draw this instead")
    arguments = parser.parse_args()
    if arguments.picture:
        draw_picture(arguments.picture)
    elif arguments.photos:
        print_table(arguments)
    else:
        parser.error("expected --photos or --picture")


if __name__ == "__main__":
    main()
