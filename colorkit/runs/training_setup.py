"""From a recipe's names and numbers to Keras objects."""

import zipfile
from pathlib import Path

import keras

from colorkit.architectures.catalog import MODELS
from colorkit.devices.precision import use_precision
from colorkit.networks.copying_weights import copy_weights

_WARM_UP_SHARE = 0.05


def find_named(module, field, name, kind):
    """Finds a loss or metric by the name a recipe gives.

    Args:
        module: The module that has it.
        field: The recipe's field, for errors.
        name: Name of the class.
        kind: Class that it must be derived from.

    Returns:
        The class.

    Raises:
        ValueError: If there is none; the message lists those there are.
    """
    known = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, kind)
    }
    if name not in known:
        raise ValueError(f"`{field}` must be one of {', '.join(known)}. Received: {name!r}")
    return known[name]


def build_network(recipe):
    """Builds a recipe's network as it begins to be trained.

    Raises:
        ValueError: If the recipe names no network there is, or `start_from` has not its weights.
    """
    if recipe.model not in MODELS:
        raise ValueError(f"`model` must be one of {', '.join(MODELS)}. Received: {recipe.model!r}")
    builder = MODELS[recipe.model].builder
    if recipe.start_from is None:
        return builder(image_size=recipe.image_size, weights=recipe.weights)
    if not Path(recipe.start_from).is_file():
        raise ValueError(f"`start_from` must be a file that exists. Received: {recipe.start_from}")
    network = builder(image_size=recipe.image_size, weights=None)
    try:
        network.load_weights(recipe.start_from)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"`start_from` must be a .keras or .weights.h5 file of the network {recipe.model!r}. "
            f"Received: {recipe.start_from} ({str(error).splitlines()[0]})"
        ) from error
    return network


def build_finished_network(recipe, trained, precision="float32"):
    """Builds a recipe's network with trained weights, for any size if it can be.

    Args:
        recipe: A `Recipe`.
        trained: The `keras.Model` of `build_network`, trained in any precision.
        precision: Name of the dtype policy.

    Returns:
        A `keras.Model`.
    """
    entry = MODELS[recipe.model]
    with use_precision(precision):
        size = None if entry.any_size else recipe.image_size
        network = entry.builder(image_size=size, weights=None)
    copy_weights(trained, network)
    return network


def schedule_rate(rate, schedule, steps):
    """Returns a learning rate as Keras' optimizers take it.

    Args:
        rate: Its greatest value.
        schedule: One of `colorkit.recipe_fields.SCHEDULES`.
        steps: Number of training steps.
    """
    if schedule == "constant":
        return rate
    warm_up = max(1, int(_WARM_UP_SHARE * steps))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=rate, warmup_steps=warm_up
    )


def build_optimizer(recipe, epoch_steps):
    """Builds a recipe's optimizer.

    Args:
        recipe: A `Recipe`.
        epoch_steps: Number of training steps in an epoch.

    Returns:
        A `keras.optimizers.Optimizer`, with schedule, weight decay and moving averages.

    Raises:
        ValueError: If Keras has no optimizer of that name.
    """
    rate = schedule_rate(recipe.learning_rate, recipe.schedule, epoch_steps * recipe.epochs)
    # Keras' decoupled decay takes weight_decay * rate of each weight in one step.
    decay = recipe.weight_decay_per_epoch / (recipe.learning_rate * epoch_steps)
    settings = {
        name: getattr(recipe, name)
        for name in ("momentum", "beta_2")
        if getattr(recipe, name) is not None
    }
    if recipe.ema_momentum is not None:
        settings |= {"use_ema": True, "ema_momentum": recipe.ema_momentum}
    return type(keras.optimizers.get(recipe.optimizer))(
        learning_rate=rate, weight_decay=decay or None, clipnorm=recipe.clipnorm, **settings
    )
