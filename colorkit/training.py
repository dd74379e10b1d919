"""Trains a network by a recipe, in a folder from which a stopped run goes on."""

import logging
import math
import sys

import keras

from colorkit import losses, metrics
from colorkit.architectures.catalog import MODELS
from colorkit.photo_dataset import (
    PhotoBatches,
    PhotoStream,
    load_center_crops,
    load_photo_dataset,
)
from colorkit.photo_source import open_photos, split_photos
from colorkit.precision import use_precision
from colorkit.recipes import get_recipe
from colorkit.run_folder import RunFolder
from colorkit.trainer import Trainer
from colorkit.training_callbacks import Checkpoint, ValidationFigures, ValidationPictures

VALIDATION_PHOTOS = 320
"""At most so many validation photographs are looked at after each epoch."""

PICTURED_PHOTOS = 6
"""So many of them are drawn."""

_WARM_UP_SHARE = 0.05
_log = logging.getLogger(__name__)


def train_model(recipe, photos, run_dir, *, seed=0, precision="auto", **changes):
    """Trains a network by a recipe, or goes on where an earlier call was stopped.

    The photographs are split 80 / 10 / 10. `run_dir` receives the recipe and the split, a log, a
    picture of validation photographs for each epoch, checkpoints, and in the end the network as
    `model.keras` (see `colorkit.run_folder`). Called again with the same `run_dir`, training goes
    on at the step of the last checkpoint with the photographs that would have come next.

    Args:
        recipe: Name of a recipe ("encoder_decoder", "vgg16", "inception_v3", "efficientnet_b0",
            "default") or a `Recipe`.
        photos: Path of a folder or tar of photographs, or a uint8 array of shape
            `(number, height, width, 3)`.
        run_dir: Folder of this run; made if missing.
        seed: Integer that fixes split, order, augmentation and random weights.
        precision: "auto" (the fastest of this machine), "float32" or "mixed_bfloat16".
        **changes: Other values for fields of the recipe, such as `epochs=5` or
            `weights=None` (a backbone with random weights).

    Returns:
        The trained `keras.Model` in float32, from L to ab or RGB.

    Raises:
        ValueError: If the recipe is unknown, a value is wrong, or `run_dir` holds a run of another
            recipe or other photographs.
        PhotoError: If there are no photographs to train on.
    """
    recipe = get_recipe(recipe, **changes)
    source = open_photos(photos)
    split = split_photos(source.names, seed)
    run = RunFolder(run_dir)
    run.claim(recipe, seed, source.names, split)

    stream = PhotoStream(
        source, recipe.image_size, numbers=split["train"][: recipe.max_photos], seed=seed
    )
    validation = load_center_crops(
        source, recipe.image_size, split["validation"][:VALIDATION_PHOTOS]
    )
    keras.utils.set_random_seed(seed)
    with use_precision(precision):
        network = _build_network(recipe, recipe.image_size, recipe.weights)
        trainer = Trainer(network, recipe.augmentation, recipe.trained_layer, seed)
    epoch_steps = recipe.steps_per_epoch or math.ceil(len(stream) / recipe.batch_size)
    trainer.compile(_build_optimizer(recipe, epoch_steps), getattr(losses, recipe.loss)())

    first_step = run.restore(trainer)
    run.drop_log_rows(from_epoch=first_step // epoch_steps)
    callbacks = [
        *_validation_callbacks(network, validation, recipe, run),
        keras.callbacks.CSVLogger(str(run.log), append=True),
        Checkpoint(run),
        keras.callbacks.TerminateOnNaN(),
    ]
    for begin, end in _stretches(first_step, epoch_steps, recipe.epochs):
        _log.info("Training %s from step %d to step %d.", recipe.name, begin, end)
        steps = min(end - begin, epoch_steps)
        trainer.fit(
            _batches(stream, recipe.batch_size, begin, end - begin),
            initial_epoch=begin // epoch_steps,
            epochs=end // epoch_steps,
            steps_per_epoch=steps,
            validation_data=(validation, validation) if len(validation) else None,
            validation_batch_size=recipe.batch_size,
            callbacks=callbacks,
            shuffle=False,
            verbose=1 if sys.stdout.isatty() else 2,
        )
    return _finish(network, recipe, run)


def _build_network(recipe, image_size, weights):
    return MODELS[recipe.model].builder(image_size=image_size, weights=weights)


def _build_optimizer(recipe, epoch_steps):
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        steps = epoch_steps * recipe.epochs
        warm_up = max(1, int(_WARM_UP_SHARE * steps))
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, max(1, steps - warm_up), warmup_target=rate, warmup_steps=warm_up
        )
    # Keras' decoupled decay takes weight_decay * rate of each weight in one step.
    decay = recipe.weight_decay_per_epoch / (recipe.learning_rate * epoch_steps)
    optimizer = keras.optimizers.get(recipe.optimizer)
    return type(optimizer)(learning_rate=rate, weight_decay=decay or None, clipnorm=recipe.clipnorm)


def _stretches(first_step, epoch_steps, epochs):
    """Parts of the run whose epochs are equally long: the rest of a broken one, the whole ones."""
    last_step = epochs * epoch_steps
    whole = -(-first_step // epoch_steps) * epoch_steps
    return [(a, b) for a, b in ((first_step, whole), (whole, last_step)) if a < b <= last_step]


def _batches(stream, batch_size, first_step, steps):
    if keras.backend.backend() == "tensorflow":
        return load_photo_dataset(stream, batch_size=batch_size, start_step=first_step)
    return PhotoBatches(stream, batch_size, steps, first_step)


def _validation_callbacks(network, validation, recipe, run):
    if not len(validation):
        return []
    figures = [metrics.Psnr(), metrics.AbErrorAuc(), metrics.RebalancedAbErrorAuc()]
    figures += [metrics.Colorfulness(), *(getattr(metrics, name)() for name in recipe.metrics)]
    return [
        ValidationFigures(network, validation, figures, recipe.batch_size),
        ValidationPictures(network, validation[:PICTURED_PHOTOS], run.pictures),
    ]


def _finish(network, recipe, run):
    """Saves the network in float32, whatever precision it was trained in."""
    with use_precision("float32"):
        any_size = MODELS[recipe.model].any_size
        model = _build_network(recipe, None if any_size else recipe.image_size, weights=None)
    model.set_weights(network.get_weights())
    run.save_model(model)
    return model
