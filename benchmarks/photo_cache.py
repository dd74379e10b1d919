"""Times an epoch of photographs that are decoded in each epoch, and of ones decoded once.

The batches of a recipe are drawn without training on them, so that the times are the input
pipeline's own: decoding in each epoch; the first epoch with `colorkit train --cache`, which decodes
and writes; and a later one, which reads what lies on the disk. The least of some epochs counts.

    python benchmarks/photo_cache.py --photos photos/
"""

import argparse
import itertools
import math
import tempfile
import time
from pathlib import Path

import numpy as np
from photographs import given_or_drawn

from colorkit.data import load_photo_dataset, open_photos
from colorkit.data.dataset import PhotoStream
from colorkit.training.recipes.recipes import RECIPES, get_recipe

CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}


def time_epochs(stream, batch_size, epochs):
    """Milliseconds a photograph of each of some epochs, by each clock."""
    steps = math.ceil(len(stream) / batch_size)
    batches = iter(load_photo_dataset(stream, batch_size=batch_size))
    taken = []
    for _ in range(epochs):
        start = [clock() for clock in CLOCKS.values()]
        for _ in itertools.islice(batches, steps):
            pass
        end = [clock() for clock in CLOCKS.values()]
        taken.append(1000 * np.subtract(end, start) / (steps * batch_size))
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", help="folder or tar; drawn from scikit-image's if left out")
    parser.add_argument("--number", type=int, default=400, help="photographs of an epoch")
    parser.add_argument("--recipe", choices=RECIPES, default="colorkit_base")
    parser.add_argument("--epochs", type=int, default=3, help="timed epochs of each way")
    options = parser.parse_args()
    recipe = get_recipe(options.recipe)
    with tempfile.TemporaryDirectory() as folder:
        source = open_photos(given_or_drawn(options.photos, folder, options.number))
        indices = range(min(options.number, len(source)))
        plain = PhotoStream(source, recipe.image_size, indices=indices)
        kept = PhotoStream(source, recipe.image_size, indices=indices, cache=Path(folder, "kept"))
        first, *later = time_epochs(kept, recipe.batch_size, 1 + options.epochs)
        ways = {
            "decoded in each epoch": np.min(
                time_epochs(plain, recipe.batch_size, options.epochs), axis=0
            ),
            "decoded and kept": first,
            "read from the disk": np.min(later, axis=0),
        }
        print(f"{len(indices)} photographs for crops of {recipe.image_size}; ms a photograph:")
        for name, taken in ways.items():
            clocks = ", ".join(f"{ms:.2f} {clock}" for ms, clock in zip(taken, CLOCKS, strict=True))
            print(f"  {name:24}{clocks}")
        gain = ways["decoded in each epoch"] / ways["read from the disk"]
        print(
            f"A later epoch's input takes 1/{gain[0]:.1f} of the time, 1/{gain[1]:.1f} of the work."
        )


if __name__ == "__main__":
    main()
