"""Trains a tiny model under a strategy, in a process of its own; run by tests of distribution.

    python distributed_training.py STRATEGY RUN [RUN_ON_FEATURES [ADVERSARIAL_RUN [DISTILLED_RUN]]]
        [--photos PHOTOS] [--dies RUN_TO_DIE_IN]

It trains in the first folder; in the second by a recipe that keeps the features of a frozen
backbone; in the third against a discriminator; in the fourth by a teacher's features; and at last
in a folder where worker 1 kills itself.
"""

import argparse
import dataclasses
import json
import os
import signal
import types
from pathlib import Path

import keras
import numpy as np
from training_processes import EPOCHS, end_with_parent

from colorkit.data.augmentation.config import REPORT_AUGMENTATION
from colorkit.losses import ChromaMSE
from colorkit.models import registry
from colorkit.models.layers.common import FrozenModel, ScaleLightness
from colorkit.training import fit
from colorkit.training.adversarial.train import train_adversarially
from colorkit.training.distribution.strategies import open_strategy
from colorkit.training.features.distillation import STUDENT_LAYERS, DistillationTrainer
from colorkit.training.features.teacher_features import MAP_CHANNELS, TEACHER_LAYERS
from colorkit.training.recipes.adversarial_recipes import AdversarialRecipe
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.run_folder import RunFolder
from colorkit.training.train import train_model

EPOCH_STEPS = 3
RECIPE = Recipe(
    name="tiny",
    model="tiny",
    loss="ChromaMSE",
    image_size=16,
    batch_size=4,
    epochs=EPOCHS,
    steps_per_epoch=EPOCH_STEPS,
    learning_rate=0.01,
    weight_decay_per_epoch=0.01,
    clipnorm=0.05,
    ema_momentum=0.5,
    augmentation=REPORT_AUGMENTATION,
)
"""Everything in it that looks at a whole batch, or is drawn by chance for its photographs."""

FEATURES_RECIPE = dataclasses.replace(RECIPE, name="split", model="split", feature_views=2)

ADVERSARIAL_RECIPE = AdversarialRecipe(
    name="tiny",
    r1_weight=1.0,
    discriminator_filters=2,
    image_size=24,
    batch_size=4,
    epochs=EPOCHS,
    steps_per_epoch=EPOCH_STEPS,
    learning_rate=0.01,
    ema_momentum=0.5,
    augmentation=REPORT_AUGMENTATION,
)

DIES_AFTER = 2 * EPOCH_STEPS - 1  # In the second epoch, of which there is no checkpoint yet


def draw_photos():
    """Returns 30 photographs: uint8 of shape (30, 32, 32, 3)."""
    random = np.random.default_rng(0)
    return np.kron(random.integers(0, 256, (30, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype("uint8")


def build_tiny_model(image_size=16, weights=None, name="tiny"):
    """Builds a model from L to ab / 128, with batch normalisation."""
    inputs = keras.Input((image_size, image_size, 1))
    x = keras.layers.Rescaling(1.0, -1)(ScaleLightness(1 / 50)(inputs))
    x = keras.layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", dtype="float32")(x)
    return keras.Model(inputs, x, name=name)


def build_split_model(image_size=16, weights=None, name="split"):
    """Builds a model of a frozen backbone and a part behind it."""
    lightness = keras.Input((image_size, image_size, 1))
    x = keras.layers.AveragePooling2D(4)(ScaleLightness(0.02)(lightness))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(3, 1)(x))
    backbone = FrozenModel(lightness, x, name="backbone")
    backbone.trainable = False
    features = keras.Input(backbone.output_shape[1:])
    x = keras.layers.UpSampling2D(4)(features)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
    decoder = keras.Model(features, x, name="decoder")
    return keras.Model(lightness, decoder(backbone(lightness)), name=name)


def train(strategy, run, recipe=RECIPE, photos=None):
    """Trains in the folder `run`, on drawn photographs or others. Returns the model."""
    for name, builder in (("tiny", build_tiny_model), ("split", build_split_model)):
        entry = types.SimpleNamespace(builder=builder, any_size=False)
        registry.MODELS = {**registry.MODELS, name: entry}
    photos = draw_photos() if photos is None else photos
    return train_model(recipe, photos, run, precision="float32", strategy=strategy)


def train_against_discriminator(strategy, run):
    """Trains adversarially in the folder `run`. Returns the model."""
    keras.utils.set_random_seed(1)
    generator = build_tiny_model(ADVERSARIAL_RECIPE.image_size)
    return train_adversarially(
        generator, draw_photos(), run, ADVERSARIAL_RECIPE, precision="float32", strategy=strategy
    )


class DistilledBatches(keras.utils.PyDataset):
    """Two batches of 4 photographs of 32 x 32 pixels, and of a teacher's maps of them."""

    def __len__(self):
        return 2

    def __getitem__(self, step):
        random = np.random.default_rng(step)
        batch = {"rgb": random.integers(0, 256, (4, 32, 32, 3), "uint8")}
        for layer in TEACHER_LAYERS:
            cells = 32 // layer.stride
            maps = random.normal(0, 2, (4, cells, cells, MAP_CHANNELS))
            batch[layer.name] = maps.astype("float32")
        return batch, batch["rgb"]


def build_student():
    """Builds a model from L to ab / 128 with the layers that are distilled."""
    inputs = keras.Input((32, 32, 1))
    x = ScaleLightness(1 / 50)(inputs)
    for name, stride in zip(STUDENT_LAYERS, (16, 2), strict=True):
        x = keras.layers.Conv2D(8, stride, stride, name=name)(x)
    x = keras.layers.Conv2D(2, 1, activation="tanh")(x)
    return keras.Model(inputs, keras.layers.UpSampling2D(32)(x))


def distill(strategy, run):
    """Trains in two steps by a teacher's maps; the loss and the weights come to `distilled.npz`."""
    opened = open_strategy(strategy, 4)
    with opened.running(RunFolder(run)):
        with opened.scope():
            keras.utils.set_random_seed(1)
            trainer = DistillationTrainer(build_student())
            trainer.compile(keras.optimizers.SGD(0.1), ChromaMSE())
        batches = opened.parts(DistilledBatches())
        history = trainer.fit(batches, steps_per_epoch=2, shuffle=False, verbose=0)
    if opened.is_chief:
        run.mkdir(exist_ok=True)
        np.savez(run / "distilled.npz", history.history["loss"], *trainer.get_weights())


def die_if_worker_1():
    """Lets worker 1 kill itself after a training step, as by `kill -9`."""
    from colorkit.training.distribution.strategy import SharedLogs

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


def leave_graphs_as_they_are():
    """Turns TensorFlow's optimization of graphs off, which takes longer here than it saves."""
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("strategy")
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--photos")
    parser.add_argument("--dies")
    options = parser.parse_args()
    end_with_parent()
    fit.draw_curves = lambda *_: None  # Takes longer than all the rest of a run.
    strategy, runs, photos = options.strategy, options.runs, options.photos
    if keras.backend.backend() == "tensorflow":
        leave_graphs_as_they_are()
    if strategy == "mirrored" and keras.backend.backend() == "tensorflow":
        two_cpus()
    for run, recipe in zip(runs, (RECIPE, FEATURES_RECIPE), strict=False):
        train(strategy, run, recipe, photos)
    if len(runs) > 2:
        train_against_discriminator(strategy, runs[2])
    if len(runs) > 3:
        distill(strategy, Path(runs[3]))
    if options.dies:
        die_if_worker_1()
        train(strategy, options.dies, photos=photos)


if __name__ == "__main__":
    main()
