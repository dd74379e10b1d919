"""Counts how often each of the 313 ab bins occurs in photographs' training split.

The counts become `colorkit/assets/ab_counts.csv`, from which class rebalancing and the rebalanced
AuC take their prior:

    python benchmarks/count_colors.py --photos DIR > colorkit/assets/ab_counts.csv
"""

import argparse

import numpy as np

from colorkit.color import AB_BINS, encode_ab, rgb_to_lab
from colorkit.data import open_color_photos
from colorkit.data.split import split_source

PIXELS = 4096
"""Drawn at random from each photograph: whole pixels, for a mean of several is less colourful."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    source = open_color_photos(parser.parse_args().photos)
    counts = np.zeros(len(AB_BINS))
    random = np.random.default_rng(0)
    for number in split_source(source)["train"]:
        pixels = random.choice(source.read(number).reshape(-1, 3), PIXELS)
        bins, shares = encode_ab(rgb_to_lab(pixels)[..., 1:])
        counts += np.bincount(np.ravel(bins), np.ravel(shares), minlength=len(counts))
    print(*(f"{count:.0f}" for count in counts), sep="\n")


if __name__ == "__main__":
    main()
