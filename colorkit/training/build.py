"""Builds the Keras objects that a recipe names."""

from __future__ import annotations

import zipfile
from collections.abc import Set
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import keras
from keras import ops

from colorkit import losses, metrics
from colorkit.backend.precision import use_precision
from colorkit.backend.weights import copy_weights
from colorkit.models.registry import find_model
from colorkit.training.transfer import encoder_rates, freeze_layers, with_rates
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.models.registry import ModelEntry
    from colorkit.training.recipes.recipe import Recipe

_WARM_UP_SHARE = 0.05
_FALL_SHARE = 0.2  # of the steps of a trapezoidal schedule


T = TypeVar("T")


def find_named(module: ModuleType, field: str, name: str, kind: type[T]) -> type[T]:
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
    named = {key: getattr(module, key) for key in dir(module)}  # `vars` lacks what is loaded late
    known = {
        key: value
        for key, value in named.items()
        if isinstance(value, type) and issubclass(value, kind)
    }
    if name not in known:
        raise ValueError(f"`{field}` must be one of {', '.join(known)}. Received: {name!r}")
    return known[name]


def check_recipe(recipe: Recipe) -> None:
    """Checks what can be known of a recipe's model, losses and files before anything is opened.

    Raises:
        ValueError: If the recipe names what there is not, or sizes that its model does not take.
    """
    _model_size(recipe, find_model(recipe.model))
    find_named(losses, "loss", recipe.loss, keras.losses.Loss)
    for name in recipe.metrics:
        find_named(metrics, "metrics", name, keras.metrics.Metric)
    if recipe.start_from is not None and not Path(recipe.start_from).is_file():
        raise ValueError(f"`start_from` must be a file that exists. Received: {recipe.start_from}")


def build_recipe_model(recipe: Recipe) -> keras.Model:
    """Builds a recipe's model with its initial weights, and freezes the layers that it names.

    Raises:
        ValueError: If the recipe names no model there is or layers that it has not, or
            `start_from` has not its weights.
    """
    model = _build_started_model(recipe)
    freeze_layers(model, recipe.frozen_layers)
    return model


def _build_started_model(recipe: Recipe) -> keras.Model:
    entry = find_model(recipe.model)
    builder, size = entry.builder, _model_size(recipe, entry)
    if recipe.start_from is None:
        return builder(image_size=size, weights=recipe.weights)
    model = builder(image_size=size, weights=None)
    try:
        model.load_weights(recipe.start_from)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"`start_from` must be a .keras or .weights.h5 file of the model {recipe.model!r}. "
            f"Received: {recipe.start_from} ({str(error).splitlines()[0]})"
        ) from error
    return model


def _model_size(recipe: Recipe, entry: ModelEntry) -> int | None:
    """Returns the side that the model is built for, `None` where that changes in training."""
    if not recipe.early_sizes:
        return recipe.image_size
    if not entry.any_size or any(size % entry.size_multiple for size in recipe.early_sizes):
        raise ValueError(
            "`early_sizes` are for a model that takes any size, and multiples of its "
            f"`size_multiple`. Received: {recipe.early_sizes} with the model {entry.name!r}"
            + (f", whose sides are multiples of {entry.size_multiple}" if entry.any_size else "")
        )
    return None


def build_finished_model(
    recipe: Recipe, trained: keras.Model, precision: str = "float32"
) -> keras.Model:
    """Builds a recipe's model with trained weights, for any size if it can be.

    Args:
        recipe: A `Recipe`.
        trained: The `keras.Model` of `build_recipe_model`, trained in any precision.
        precision: Name of the dtype policy.

    Returns:
        A `keras.Model`.
    """
    entry = find_model(recipe.model)
    with use_precision(precision):
        size = None if entry.any_size else recipe.image_size
        model = entry.builder(image_size=size, weights=None)
    copy_weights(trained, model)
    return model


def schedule_rate(
    rate: float, schedule: str, steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Returns a learning rate as Keras' optimizers take it.

    Args:
        rate: Its greatest value.
        schedule: One of `colorkit.training.recipes.recipe_fields.SCHEDULES`.
        steps: Number of training steps.
    """
    if schedule == "constant":
        return rate
    warm_up = max(1, int(_WARM_UP_SHARE * steps))
    if schedule == "trapezoidal":
        return TrapezoidalRate(rate, warm_up, steps, max(1, int(_FALL_SHARE * steps)))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=rate, warmup_steps=warm_up
    )


@keras.saving.register_keras_serializable(package="colorkit")
class TrapezoidalRate(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up, constant rate, and decay to 0 as 1 - sqrt(t).

    The weights before the decay do not depend on the planned length of the training, so that it can
    be extended (Haegele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed
    Training Durations").

    Args:
        rate: Its greatest value.
        rise: Number of warm-up steps.
        steps: Number of training steps.
        fall: Number of decay steps at the end.
    """

    def __init__(self, rate: float, rise: int, steps: int, fall: int) -> None:
        self.rate, self.rise, self.steps, self.fall = rate, rise, steps, fall

    def __call__(self, step: Tensor) -> Tensor:
        step = ops.cast(step, "float32")
        fallen = ops.clip((step - (self.steps - self.fall)) / self.fall, 0.0, 1.0)
        return self.rate * ops.minimum(1.0, step / self.rise) * (1.0 - ops.sqrt(fallen))

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate, "rise": self.rise, "steps": self.steps, "fall": self.fall}


def build_optimizer(
    recipe: Recipe,
    epoch_steps: int,
    model: keras.Model | None = None,
    resting: Set[str] = frozenset(),
) -> keras.optimizers.Optimizer:
    """Builds a recipe's optimizer.

    Args:
        recipe: A `Recipe`.
        epoch_steps: Number of training steps in an epoch.
        model: The `keras.Model` that is trained, for a recipe whose encoder has its own rate.
        resting: Paths of the encoder's variables that rest, as for `with_rates`.

    Returns:
        A `keras.optimizers.Optimizer`, with schedule, weight decay and moving averages.

    Raises:
        ValueError: If Keras has no optimizer of that name, or the model no pretrained encoder
            that could have its own rate.
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
    kind = type(keras.optimizers.get(recipe.optimizer))
    settings |= {"learning_rate": rate, "clipnorm": recipe.clipnorm}
    if decay or kind is keras.optimizers.AdamW:  # which takes no None
        settings["weight_decay"] = decay
    if not recipe.changes_encoder_rates:
        return kind(**settings)
    rates = encoder_rates(model, recipe.encoder_rate, recipe.encoder_decay) if model else {}
    if not rates:
        raise ValueError(
            "`encoder_rate`, `encoder_decay` and `encoder_frozen_epochs` are for a model with a "
            "pretrained encoder that is trained, as the default one; leave them as they are. "
            f"Received: {recipe.encoder_rate}, {recipe.encoder_decay} and "
            f"{recipe.encoder_frozen_epochs}, with the model {recipe.model!r}"
        )
    return with_rates(kind, rates, resting)(**settings)
