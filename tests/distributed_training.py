"""Trains a tiny network under a strategy, in a process of its own; run by tests of distribution.

    python distributed_training.py STRATEGY RUN [RUN_TO_DIE_IN]

With a third argument, it trains once more, in that folder, and the worker 1 kills itself there.
"""

import json
import os
import signal
import sys
import types

import keras
import numpy as np

from colorkit import training_setup
from colorkit.augmentation import REPORT_AUGMENTATION
from colorkit.recipes import Recipe
from colorkit.training import train_model

EPOCH_STEPS = 3
RECIPE = Recipe(
    name="tiny",
    model="tiny",
    loss="ChromaMSE",
    image_size=16,
    batch_size=4,
    epochs=3,
    steps_per_epoch=EPOCH_STEPS,
    learning_rate=0.01,
    weight_decay_per_epoch=0.01,
    clipnorm=0.05,
    augmentation=REPORT_AUGMENTATION,
)
"""Everything in it that looks at a whole batch, or is drawn by chance for its photographs."""

DIES_AFTER = 2 * EPOCH_STEPS - 1  # In the second epoch, of which there is no checkpoint yet


def draw_photos():
    """Returns 30 photographs: uint8 of shape (30, 32, 32, 3)."""
    random = np.random.default_rng(0)
    return np.kron(random.integers(0, 256, (30, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype("uint8")


def build_tiny_network(image_size=16, weights=None, name="tiny"):
    """Builds a network from L to ab / 128, with batch normalisation."""
    inputs = keras.Input((image_size, image_size, 1))
    x = keras.layers.Rescaling(1 / 50, -1)(inputs)
    x = keras.layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", dtype="float32")(x)
    return keras.Model(inputs, x, name=name)


def train(strategy, run):
    """Trains in the folder `run`. Returns the network."""
    entry = types.SimpleNamespace(builder=build_tiny_network, any_size=False)
    training_setup.MODELS = {**training_setup.MODELS, "tiny": entry}
    return train_model(RECIPE, draw_photos(), run, precision="float32", strategy=strategy)


def die_if_worker_1():
    """Lets worker 1 kill itself after a training step, as by `kill -9`."""
    from colorkit.distribution import SharedLogs

    steps = []

    def count(self, batch, logs=None):
        steps.append(batch)
        if len(steps) == DIES_AFTER:
            os.kill(os.getpid(), signal.SIGKILL)

    if json.loads(os.environ["TF_CONFIG"])["task"]["index"] == 1:
        SharedLogs.on_train_batch_end = count


def two_cpus():
    """Makes two devices of the processor. On JAX, XLA_FLAGS does it."""
    import tensorflow as tf

    processor = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, two)


if __name__ == "__main__":
    strategy, run, *further = sys.argv[1:]
    if strategy == "mirrored" and keras.backend.backend() == "tensorflow":
        two_cpus()
    train(strategy, run)
    if further:
        die_if_worker_1()
        train(strategy, further[0])
