"""Draws docs/samples.jpg: scikit-image's photographs in gray, coloured by models, and as they are.

    python benchmarks/contact_sheet.py --out docs/samples.jpg

Each model is a row.
"""

import argparse
from importlib import resources

import cv2
import numpy as np

from colorkit.evaluation.baselines import gray_picture
from colorkit.inference import Colorizer
from colorkit.io import Photo, read_photo, write_photo

PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
HEIGHT, WIDTH = 240, 320


def crop_to_tile(rgb):
    height, width = rgb.shape[:2]
    scale = max(HEIGHT / height, WIDTH / width)
    rgb = cv2.resize(
        rgb, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA
    )
    top, left = (rgb.shape[0] - HEIGHT) // 2, (rgb.shape[1] - WIDTH) // 2
    return rgb[top : top + HEIGHT, left : left + WIDTH]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "models",
        nargs="*",
        default=["colorkit_base"],
        help="'colorkit_base' or .keras files, a row each",
    )
    parser.add_argument("--out", required=True, help="path of the picture to write")
    arguments = parser.parse_args()
    shipped = resources.files("skimage") / "data"
    truths = [read_photo(shipped / name).pixels for name in PHOTOS]
    rows = [
        [gray_picture(truth) for truth in truths],
        *(Colorizer(model).colorize_batch(truths) for model in arguments.models),
        truths,
    ]
    sheet = np.vstack([np.hstack([crop_to_tile(rgb) for rgb in row]) for row in rows])
    write_photo(arguments.out, Photo(sheet))


if __name__ == "__main__":
    main()
