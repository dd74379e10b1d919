"""How many multiplications a training step's convolutions are, and how fast a device does them."""

import math
import time

import keras
import numpy as np


def convolutions_in(model):
    """Yields the dense convolutions of a model and of the models inside it."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from convolutions_in(layer)
        elif isinstance(layer, keras.layers.Conv2D):
            yield layer


def multiplications(model, batch_size):
    """Multiplications of a step's dense convolutions: forward, and twice backward where trained."""
    return sum(
        (3 if layer.trainable else 1)
        * batch_size
        * math.prod(layer.output.shape[1:3])
        * math.prod(layer.kernel.shape)
        for layer in convolutions_in(model)
    )


def matrix_rate(dtype, side=2048, repetitions=5):
    """Multiplications a second of a product of square matrices, the best of some."""
    matrix = np.random.default_rng(0).standard_normal((side, side), "float32")
    matrix = keras.ops.cast(matrix, dtype)
    seconds = []
    for _ in range(repetitions + 1):  # the first may compile
        start = time.perf_counter()
        float(keras.ops.cast(keras.ops.matmul(matrix, matrix)[0, 0], "float32"))
        seconds.append(time.perf_counter() - start)
    return side**3 / min(seconds)
