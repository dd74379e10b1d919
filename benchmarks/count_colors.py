"""Counts how often each of the 313 ab bins occurs in photographs' training split.

The counts become `colorkit/data/ab_counts.csv`, from which class rebalancing and the rebalanced
AuC take their prior:

    python benchmarks/count_colors.py --photos DIR > colorkit/data/ab_counts.csv
"""

import argparse

import cv2
import numpy as np

from colorkit.color import rgb_to_lab
from colorkit.color_bins import AB_BINS, encode_ab
from colorkit.photo_source import open_photos, split_photos

SIDE = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    source = open_photos(parser.parse_args().photos)
    counts = np.zeros(len(AB_BINS))
    for number in split_photos(source.names)["train"]:
        photo = cv2.resize(source.read(number), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        bins, shares = encode_ab(rgb_to_lab(photo)[..., 1:])
        counts += np.bincount(np.ravel(bins), np.ravel(shares), minlength=len(counts))
    print(*(f"{count:.0f}" for count in counts), sep="\n")


if __name__ == "__main__":
    main()
