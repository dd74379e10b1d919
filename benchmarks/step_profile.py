"""Where the time of a recipe's training steps goes, by tf.profiler, and how fast convolutions run.

A recipe is trained for some steps as `colorkit train` trains it, by its own `TrainingMethod`, on
drawn or given photographs. Where several operations run at once, each counts for its part of the
moment, so that the shares add up to the clock's time; what no operation fills is Python's and
TensorFlow's own. "input" is waiting for a batch and what Python does to cut one.

`--types` names the operations that are no kind of work of their own by TensorFlow's types.

Beside it: the rate at which dense convolutions multiply, as a share of a large matrix product's.

    python benchmarks/step_profile.py --recipe colorkit_base
    python benchmarks/step_profile.py --recipe inception_v3 --photos photos/ --precision float32
"""

import argparse
import glob
import heapq
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import keras
import tensorflow as tf
from arithmetic import matrix_rate, multiplications
from photographs import given_or_drawn
from rich.console import Console
from rich.table import Table
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from colorkit.backend.precision import choose_training_precision
from colorkit.data.training_photos import open_training_photos
from colorkit.training.distribution.strategy import Strategy
from colorkit.training.photos import TrainingPhotos
from colorkit.training.recipes.recipes import RECIPES, get_recipe
from colorkit.training.train import choose_method

SCOPES = {"compile_loss": "loss", "/clip_by_norm": "optimizer"}
"""Kinds of work by a part of an operation's name."""

TYPES = {
    "Depthwise": "depthwise convolution",
    "Conv2D": "dense convolution",
    "Conv3D": "dense convolution",
    "MatMul": "dense convolution",  # of 1 x 1 pixels, and dense layers
    "Cast": "casts",
    "Iterator": "input",
    "PyFunc": "input",
    "Xla": "augmentation and Lab",
    "BatchNorm": "normalisation",
    "Resize": "resizing",
}
"""Kinds of work by a part of an operation's type; the first that fits."""

OTHER, IDLE = "other operations", "Python and TensorFlow's own"
CONTAINERS = ("PartitionedCall", "While", "If", "__inference")
"""Parts of the types of operations whose time is that of the operations in them."""


class ProfiledSteps(keras.callbacks.Callback):
    """Profiles all steps but the first ones, which compile.

    Args:
        folder: Folder for the profile.
        warm: Number of first steps that are left out.
        steps: Number of steps after these. What comes then, such as taking the averages of the
            weights, is left out too.
    """

    def __init__(self, folder, warm, steps):
        super().__init__()
        self._folder, self._warm, self._last = folder, warm, warm + steps - 1

    def on_train_batch_begin(self, batch, logs=None):
        if batch == self._warm:
            tf.profiler.experimental.start(self._folder)
            self.begun = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if batch == self._last:
            self.seconds = time.perf_counter() - self.begun
            tf.profiler.experimental.stop()


def read_operations(folder, optimizer, types):
    """Yields the operations of a profile: kind of work, begin and end in picoseconds."""
    space = xplane_pb2.XSpace()
    (file,) = glob.glob(f"{folder}/plugins/profile/*/*.xplane.pb")
    space.ParseFromString(Path(file).read_bytes())
    for plane in space.planes:
        if "host:CPU" not in plane.name:
            continue
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                scope, colon, kind = name.rpartition(":")
                if not colon or scope.endswith(":") or any(each in kind for each in CONTAINERS):
                    continue
                begin = 1000 * line.timestamp_ns + event.offset_ps
                work = kind_of_work(scope, kind, optimizer)
                work = kind.strip() if types and work == OTHER else work
                yield work, begin, begin + event.duration_ps


def kind_of_work(scope, kind, optimizer):
    """Returns the kind of work of an operation of a name and a type."""
    for part, work in {**SCOPES, f"{optimizer}/": "optimizer"}.items():
        if part in scope:
            return work
    return next((work for part, work in TYPES.items() if part in kind), OTHER)


def share_time(operations):
    """Shares each moment equally among the operations that run in it.

    Args:
        operations: Iterable of (kind, begin, end).

    Returns:
        Counter from kinds to time in the same unit.
    """
    shared, running, before = Counter(), [], 0
    begins = sorted((begin, end, kind) for kind, begin, end in operations)
    marks = sorted({mark for begin, end, _ in begins for mark in (begin, end)})
    coming = iter(begins)
    following = next(coming, None)
    for mark in marks:
        for _, kind in running:
            shared[kind] += (mark - before) / len(running)
        while running and running[0][0] <= mark:
            heapq.heappop(running)
        while following is not None and following[0] <= mark:
            if following[1] > mark:
                heapq.heappush(running, (following[1], following[2]))
            following = next(coming, None)
        before = mark
    return shared


def profile(recipe, photos, precision, steps, folder, types=False):
    """Trains some steps; returns seconds of a step by kind of work, and the model."""
    warm = 3
    method = choose_method(recipe)(recipe, photos, 0, folder / "features")
    trainer = method.build_trainer(precision, Strategy())
    method.prepare_batches(Strategy())
    profiled = ProfiledSteps(str(folder / "profile"), warm, steps)
    trainer.fit(
        method.open_batches(0, warm + steps, Strategy()),
        steps_per_epoch=warm + steps,
        callbacks=[profiled],
        shuffle=False,
        verbose=0,
    )
    seconds = defaultdict(float)
    for kind, picoseconds in share_time(
        read_operations(folder / "profile", trainer.optimizer.name, types)
    ).items():
        seconds[kind] = picoseconds / 1e12 / steps
    seconds[IDLE] = max(0.0, profiled.seconds / steps - sum(seconds.values()))
    return seconds, trainer._model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--recipe", choices=RECIPES, action="append", help="several; all if none")
    parser.add_argument("--photos", help="folder or tar; drawn from scikit-image's if left out")
    parser.add_argument("--precision", default=choose_training_precision())
    parser.add_argument("--steps", type=int, default=5, help="profiled steps")
    parser.add_argument("--batch-size", type=int, help="the recipe's own if left out")
    parser.add_argument("--image-size", type=int, help="the recipe's own if left out")
    parser.add_argument("--types", action="store_true", help="name the other operations")
    options = parser.parse_args()
    given = {"batch_size": options.batch_size, "image_size": options.image_size}
    changes = {name: value for name, value in given.items() if value is not None}
    with tempfile.TemporaryDirectory() as folder:
        opened = open_training_photos(given_or_drawn(options.photos, folder, 40))
        photos = TrainingPhotos(*opened)
        for name in options.recipe or RECIPES:
            recipe = get_recipe(name, weights=None, teacher=None, **changes)
            of_recipe = Path(folder, name)
            seconds, model = profile(
                recipe, photos, options.precision, options.steps, of_recipe, options.types
            )
            whole = sum(seconds.values())
            table = Table(title=f"{name}, {options.precision}: {1000 * whole:.0f} ms a step")
            for column in ("work", "ms", "%"):
                table.add_column(column, justify="left" if column == "work" else "right")
            for kind, spent in sorted(seconds.items(), key=lambda item: -item[1]):
                table.add_row(kind, f"{1000 * spent:.1f}", f"{100 * spent / whole:.1f}")
            Console(width=100).print(table)
            dtype = "bfloat16" if "bfloat16" in options.precision else "float32"
            rate = multiplications(model, recipe.batch_size) / seconds["dense convolution"]
            peak = matrix_rate(dtype)
            print(
                f"Dense convolutions: {rate / 1e9:.0f} billion multiplications a second, "
                f"{rate / peak:.0%} of a matrix product's {peak / 1e9:.0f}"
            )
            keras.backend.clear_session()


if __name__ == "__main__":
    main()
