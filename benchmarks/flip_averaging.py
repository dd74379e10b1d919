"""Measures what it brings to colour each photograph a second time mirrored, and to average.

    python benchmarks/flip_averaging.py --photos PHOTOS

Prints gains over the gray picture on validation photographs, and the time of both ways.
"""

import argparse
import time

import numpy as np

from colorkit.evaluation import evaluate_models
from colorkit.inference import Colorizer
from colorkit.inference.pictures import PredictedColor

METRICS = ("psnr", "auc", "auc_rebalanced")


class Timed:
    """A colorizer whose time is summed in `seconds`, mirrored too if asked."""

    def __init__(self, colorizer, mirrored):
        self._colorizer = colorizer
        self._mirrored = mirrored
        self.seconds = 0.0

    def colorize_batch(self, photos):
        start = time.perf_counter()
        colored = self._both_ways(photos) if self._mirrored else self._once(photos)
        self.seconds += time.perf_counter() - start
        return colored

    def _once(self, photos):
        return self._colorizer.colorize_batch(photos)

    def _both_ways(self, photos):
        prepared = [self._colorizer.prepare(photo) for photo in photos]
        mirrored = [self._colorizer.prepare(np.ascontiguousarray(p[:, ::-1])) for p in photos]
        colors = self._colorizer.predict(prepared + mirrored)
        pairs = zip(colors[: len(photos)], colors[len(photos) :], strict=True)
        means = [
            PredictedColor((one.ab + other.ab[:, ::-1]) / 2, one.input_size) for one, other in pairs
        ]
        finished = zip(prepared, means, strict=True)
        return [self._colorizer.finish(picture, ab).pixels for picture, ab in finished]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    parser.add_argument("--model", default="colorkit_base", help="'colorkit_base' or a .keras file")
    parser.add_argument("--style", default="faithful", help="faithful, balanced or vivid")
    parser.add_argument("--limit", type=int, default=320, help="number of photographs")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, style=arguments.style)
    ways = {"once": Timed(colorizer, False), "mirrored too": Timed(colorizer, True)}
    means = evaluate_models(
        ways, arguments.photos, split="validation", limit=arguments.limit, perceptual=False
    ).means()
    print(f"{'':14}{'seconds':>8}{'PSNR':>7}{'AuC':>7}{'balanced':>9}{'colour':>7}")
    for name, way in ways.items():
        gains = "".join(
            f"{means[name][key] - means['gray'][key]:+{width}.2f}"
            for key, width in zip(METRICS, (7, 7, 9), strict=True)
        )
        print(f"{name:14}{way.seconds:8.1f}{gains}{means[name]['colorfulness']:7.2f}")


if __name__ == "__main__":
    main()
