"""Times the convolutions of a recipe's trained part alone: no training step can take less.

Each convolution runs forward, backward to its filters and, but for the first, backward to its
input, at the recipe's batch size, one after the other, each on all cores; the least of some
repetitions counts.

    python benchmarks/convolution_time.py --recipe inception_v3 --precision mixed_bfloat16
"""

import argparse
import math
import time

import keras
import numpy as np
import tensorflow as tf

from colorkit.backend.precision import choose_training_precision, use_precision
from colorkit.models import split_backbone
from colorkit.training import get_recipe
from colorkit.training.build import build_recipe_model

CLOCKS = (time.perf_counter, time.process_time)


def convolutions_in(model):
    """Yields the convolutions of a model and of the models inside it."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            yield layer
        elif hasattr(layer, "layers"):
            yield from convolutions_in(layer)


def multiplications(layer, batch_size):
    """Multiplications of a convolution's forward pass; each backward pass takes as many."""
    return batch_size * math.prod(layer.output.shape[1:3]) * math.prod(layer.kernel.shape)


def passes_of(layer, batch_size, random):
    """The three passes of a convolution, as functions without arguments."""

    def tensor(shape):
        return tf.cast(random.standard_normal(shape, "float32"), layer.compute_dtype)

    inputs = tensor((batch_size, *layer.input.shape[1:]))
    gradients = tensor((batch_size, *layer.output.shape[1:]))
    kernel = tensor(layer.kernel.shape)
    how = {"strides": [1, *layer.strides, 1], "padding": "SAME"}
    return [
        tf.function(lambda: tf.nn.conv2d(inputs, kernel, **how)),
        tf.function(
            lambda: tf.raw_ops.Conv2DBackpropFilter(
                input=inputs, filter_sizes=kernel.shape, out_backprop=gradients, **how
            )
        ),
        tf.function(
            lambda: tf.raw_ops.Conv2DBackpropInput(
                input_sizes=inputs.shape, filter=kernel, out_backprop=gradients, **how
            )
        ),
    ]


def least_seconds(function, repetitions):
    """The least wall and processor time of a call."""
    function()
    taken = []
    for _ in range(repetitions):
        start = [clock() for clock in CLOCKS]
        function()
        taken.append([clock() - begun for clock, begun in zip(CLOCKS, start, strict=True)])
    return np.min(taken, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--recipe", default="inception_v3")
    parser.add_argument("--precision", default=choose_training_precision())
    parser.add_argument("--repetitions", type=int, default=8)
    options = parser.parse_args()
    recipe = get_recipe(options.recipe, weights=None)
    with use_precision(options.precision):
        trained_part = split_backbone(build_recipe_model(recipe)).trained_part
    random = np.random.default_rng(0)
    total, seconds = 0, np.zeros(2)
    for number, layer in enumerate(convolutions_in(trained_part)):
        passes = passes_of(layer, recipe.batch_size, random)
        for one_pass in passes if number else passes[:2]:
            seconds += least_seconds(one_pass, options.repetitions)
            total += multiplications(layer, recipe.batch_size)
    wall, processor = 1000 * seconds
    print(
        f"{options.recipe}, {options.precision}: {total / 1e9:.0f} billion multiplications a step, "
        f"{wall:.0f} ms by wall clock, {processor:.0f} ms of processor time"
    )


if __name__ == "__main__":
    main()
