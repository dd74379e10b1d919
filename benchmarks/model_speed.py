"""Times every model of the registry against colorkit's default one.

Claim: for one picture of 256 x 256, model only, in float32, the default model is at least 5
times faster than that of Zhang et al. 2016 ("ECCV16", `zhang` here). All have random weights (speed
does not depend on them), run as `colorkit colorize` runs them, and take turns in one run, so that
whatever else the machine does hits all.

No paper publishes such costs. That of DDColor-tiny (Kang et al. 2023, whose Table 1 has 55.0 M
parameters) is 20.1 GMAC by the convolutions and linear layers of its code; its trunk alone,
ConvNeXt-T, is 5.9 by the 4.5 that its paper gives for 224 x 224.

    python benchmarks/model_speed.py
    python benchmarks/model_speed.py --models colorkit_base zhang --precision mixed_bfloat16
"""

import argparse
import math
import statistics
import time

import keras
import numpy as np
from keras import layers
from rich.console import Console
from rich.table import Table

from colorkit.inference.keras_runtime import KerasRuntime
from colorkit.models import MODELS

NAMES = [name for name, entry in MODELS.items() if "hints" not in entry.input]


def count_multiplications(model, lightness):
    """Multiply-accumulates of all kernels, counted while the model runs on a batch of L."""
    total = 0

    def count(layer):
        call = layer.call

        def counting(inputs, *arguments, **options):
            nonlocal total
            output = call(inputs, *arguments, **options)
            enlarges = isinstance(layer, layers.Conv2DTranspose)
            places = (inputs if enlarges else output).shape[:-1]
            total += math.prod(places) * math.prod(layer.kernel.shape)
            return output

        layer.call = counting

    for layer in dict.fromkeys(model._flatten_layers()):  # of models and layers within it too
        if hasattr(layer, "kernel"):
            count(layer)
    model(lightness)
    return total


def time_in_turns(runtimes, lightness, rounds):
    """Median milliseconds of each model's run, one run of each in every round."""
    for model in runtimes:
        for _ in range(3):
            model.predict(lightness)
    milliseconds = [[] for _ in runtimes]
    for _ in range(rounds):
        for model, taken in zip(runtimes, milliseconds, strict=True):
            start = time.perf_counter()
            model.predict(lightness)
            taken.append(1e3 * (time.perf_counter() - start))
    return [statistics.median(taken) for taken in milliseconds]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image-size", type=int, default=256, help="side of the picture, pixels")
    parser.add_argument("--rounds", type=int, default=20, help="runs of each model")
    parser.add_argument("--models", nargs="+", default=NAMES, choices=NAMES)
    precisions = ["float32", "mixed_bfloat16"]
    parser.add_argument("--precision", nargs="+", default=precisions, choices=precisions)
    options = parser.parse_args()
    names = list(dict.fromkeys(["colorkit_base", *options.models]))
    side = options.image_size
    lightness = np.random.default_rng(0).uniform(0, 100, (1, side, side)).astype("float32")

    title = f"{keras.backend.backend()}, one picture of {side} x {side}, median of {options.rounds}"
    table = Table(title=title)
    for column in ("Model", "Parameters (M)", "GMAC"):
        table.add_column(column, justify="left" if column == "Model" else "right")
    models = {name: MODELS[name].builder(image_size=side, weights=None) for name in names}
    columns = []
    for precision in options.precision:
        table.add_column(f"{precision} (ms)", justify="right")
        table.add_column("of default", justify="right")
        runtimes = [KerasRuntime(model, precision) for model in models.values()]
        taken = time_in_turns(runtimes, lightness, options.rounds)
        columns.append([f"{each:.1f}" for each in taken])
        columns.append([f"{each / taken[0]:.1f}" for each in taken])
    for (name, model), *times in zip(models.items(), *columns, strict=True):
        gmac = count_multiplications(model, lightness[..., None]) / 1e9
        table.add_row(name, f"{model.count_params() / 1e6:.2f}", f"{gmac:.1f}", *times)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
