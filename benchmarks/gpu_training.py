"""Photographs a second that a recipe trains on, by size, and the share of the device's peak.

Each size is trained on twice: on one batch that stays in memory, and on photographs as `colorkit
train --cache` reads them, decoded once; the difference is what the input pipeline costs. Crops are
augmented on the device either way. The peak is that of a large product of matrices on the same
device, measured beside it; the multiplications counted are those of dense convolutions.

    KERAS_BACKEND=jax python benchmarks/gpu_training.py --photos photos/

A rehearsal on a processor takes about a minute of its time, most of which is XLA's:

    export KERAS_BACKEND=jax
    python benchmarks/gpu_training.py --sizes 64 --batch-size 4 --steps 2 --side 256
"""

import argparse
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from arithmetic import matrix_rate, multiplications
from photographs import given_or_drawn
from rich.console import Console
from rich.table import Table

from colorkit.backend.hardware import describe_hardware
from colorkit.backend.precision import choose_training_precision
from colorkit.data.training_photos import open_training_photos
from colorkit.training.distribution.strategy import Strategy
from colorkit.training.photos import TrainingPhotos, keep_decoded
from colorkit.training.recipes.recipes import RECIPES, get_recipe
from colorkit.training.run_folder import RunFolder
from colorkit.training.train import choose_method

WARM_STEPS = 3


class OneBatch(keras.utils.PyDataset):
    """A batch, again and again."""

    def __init__(self, batch, steps):
        super().__init__()
        self._batch, self._steps = batch, steps

    def __len__(self):
        return self._steps

    def __getitem__(self, step):
        return self._batch


def seconds_a_step(trainer, batches, steps):
    """Seconds of a step, without opening the batches and the first steps, which compile."""
    marks = []
    stamp = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda step, logs: marks.append(
            (float(logs["loss"]), time.perf_counter())
        )
    )
    trainer.fit(
        batches, steps_per_epoch=WARM_STEPS + steps, callbacks=[stamp], shuffle=False, verbose=0
    )
    return (marks[-1][1] - marks[WARM_STEPS - 1][1]) / steps


def time_size(recipe, photos, precision, steps, folder):
    """Seconds of a step on one batch and on photographs, and the model."""
    photos = keep_decoded(photos, recipe, cache=True, run=RunFolder(folder))
    method = choose_method(recipe)(recipe, photos, 0, folder / "features")
    trainer = method.build_trainer(precision, Strategy())
    method.prepare_batches(Strategy())
    for position in range(len(method.stream)):  # decodes every photograph
        method.stream.crop(position)
    batches = method.open_batches(0, WARM_STEPS + steps, Strategy())
    batch = keras.tree.map_structure(keras.ops.convert_to_numpy, next(iter(batches)))
    alone = seconds_a_step(trainer, OneBatch(batch, WARM_STEPS + steps), steps)
    # `fit` has replaced the weights by their averages: on JAX both would be one donated array.
    for variable in trainer.trainable_variables:
        variable.assign(np.array(keras.ops.convert_to_numpy(variable)))
    batches = method.open_batches(1, WARM_STEPS + steps, Strategy())
    return alone, seconds_a_step(trainer, batches, steps), trainer._model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", help="folder or tar; drawn from scikit-image's if left out")
    parser.add_argument("--recipe", choices=RECIPES, default="colorkit_base")
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 192, 256])
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=50, help="timed steps")
    parser.add_argument("--precision", default=choose_training_precision())
    parser.add_argument("--side", type=int, default=8192, help="of the matrices, for the peak")
    options = parser.parse_args()
    dtype = options.precision.removeprefix("mixed_")
    peak = matrix_rate(dtype, options.side)
    hardware = describe_hardware()
    device = ", ".join(hardware["gpus"]) or hardware["cpu"]
    table = Table(
        title=f"{options.recipe}, {options.precision}, {keras.backend.backend()}, {device}"
    )
    for column in ("size", "photographs/s", "with input", "waits", "share of peak"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        opened = open_training_photos(given_or_drawn(options.photos, folder, 40))
        photos = TrainingPhotos(*opened)
        for size in options.sizes:
            recipe = get_recipe(
                options.recipe,
                image_size=size,
                batch_size=options.batch_size,
                weights=None,
                max_photos=20 * options.batch_size,
            )
            alone, fed, model = time_size(
                recipe, photos, options.precision, options.steps, Path(folder, str(size))
            )
            rate = multiplications(model, options.batch_size) / alone
            table.add_row(
                str(size),
                f"{options.batch_size / alone:.3g}",
                f"{options.batch_size / fed:.3g}",
                f"{100 * max(0.0, 1 - alone / fed):.0f} %",
                f"{100 * rate / peak:.2g} %",
            )
            keras.backend.clear_session()
    Console(width=110).print(table)
    print(f"Peak: {2 * peak / 1e12:.2f} TFLOP/s in {dtype}, of matrices of {options.side} rows")


if __name__ == "__main__":
    main()
