"""Measures what `colorize_by_optimization` takes, and how far it is from the exact solution.

    python benchmarks/spreading.py

Each line is a process of its own, which enlarges a photograph that scikit-image ships, spreads ten
hints of its true colours over its gray, and prints the time and the most memory that
the process held beyond the picture. "From exact" is the root mean square distance in CIE a and b
from the same hints spread by one exact solution, which takes long for large pictures.
"""

import argparse
import resource
import subprocess
import sys
import time

import cv2
import numpy as np
import skimage.color
import skimage.data

from colorkit.classics import colorize_by_optimization, spreading
from colorkit.evaluation.baselines import gray_picture

MEGAPIXELS = (0.05, 0.25, 1.0, 4.0, 12.0, 50.0)
EXACT = 0.25  # megapixels up to which the exact solution is awaited


def draw(megapixels):
    """Returns a gray picture of that size, and ten hints of its true colours."""
    photo = skimage.data.astronaut()
    side = round((megapixels * 1e6) ** 0.5)
    gray = cv2.resize(gray_picture(photo), (side, side), interpolation=cv2.INTER_CUBIC)
    places = np.random.default_rng(0).integers(25, len(photo) - 25, (10, 2))
    hints = [
        (x * side // len(photo), y * side // len(photo), "#{:02x}{:02x}{:02x}".format(*photo[y, x]))
        for x, y in places.tolist()
    ]
    return gray, hints


def memory():
    """Returns the most memory that the process held so far, in GB (Linux tells it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def measure(megapixels):
    gray, hints = draw(megapixels)
    before, start = memory(), time.perf_counter()
    made = colorize_by_optimization(gray, hints=hints)
    seconds, used = time.perf_counter() - start, memory() - before
    distance = ""
    if megapixels <= EXACT:
        spreading.EXACT_PIXELS = gray.size
        exact = colorize_by_optimization(gray, hints=hints)
        ab = [skimage.color.rgb2lab(each)[..., 1:] for each in (made, exact)]
        distance = f"{np.sqrt(np.mean((ab[0] - ab[1]) ** 2)):.1f}"
    print(f"| {megapixels:g} | {seconds:.1f} | {used:.2f} | {distance} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, help="measure this size alone")
    options = parser.parse_args()
    if options.megapixels:
        measure(options.megapixels)
        return
    print(
        "| megapixels | time (s) | memory (GB) | from exact (ab) |\n|---|---|---|---|", flush=True
    )
    for size in MEGAPIXELS:
        subprocess.run([sys.executable, __file__, "--megapixels", str(size)], check=True)


if __name__ == "__main__":
    main()
