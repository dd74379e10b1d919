"""How a model is trained against a discriminator: settings as data, beside `recipes`."""

import dataclasses
from types import MappingProxyType
from typing import Any

from colorkit.data.augmentation.config import Augmentation
from colorkit.training.recipes.recipe_fields import (
    COUNTS,
    KEPT_EPOCHS,
    MONITORS,
    SCHEDULES,
    check_above_zero,
    check_augmentation,
    check_choices,
    check_counts,
    check_ema_momentum,
    look_up_recipe,
)

OBJECTIVE_NAMES = ("hinge", "least_squares", "binary_cross_entropy")
"""Adversarial losses, see `colorkit.training.adversarial.losses`."""

CONTENT_LOSSES = ("l1", "mse")
"""Content losses of the generator."""


@dataclasses.dataclass(frozen=True)
class AdversarialRecipe:
    """An adversarial training run, complete but for the generator and the photographs.

    The generator's loss is `adversarial_weight` times the adversarial loss plus `content_weight`
    times the content loss, its distance from the true ab / 128.

    Attributes:
        name: The recipe's name, as on the command line.
        objective: One of `OBJECTIVE_NAMES`.
        content: One of `CONTENT_LOSSES`.
        content_weight: Weight of the content loss (lambda in Isola et al. 2017).
        adversarial_weight: Weight of the adversarial loss. 0 trains without a discriminator, to
            compare.
        r1_weight: gamma of the penalty on the discriminator's gradient at real photographs
            (Mescheder et al. 2018); 0 for none.
        spectral_normalization: Whether the discriminator's convolutions have spectral norm 1.
        discriminator_filters: Filters of its first convolution.
        batch_size: Photographs in a batch.
        epochs: Number of epochs.
        steps_per_epoch: Batches in an epoch; `None` for one pass over the photographs.
        max_photos: Number of training photographs used; `None` for all.
        image_size: Side of the training crops, in pixels; `None` for the generator's own, or 128
            where it takes any.
        learning_rate: The generator's greatest learning rate, of Adam.
        discriminator_learning_rate: The discriminator's.
        beta_1: Decay of the mean gradient, of both.
        beta_2: Decay of the mean squared gradient, of both.
        schedule: "constant", or "cosine": a linear rise, then a cosine fall to 0, for both.
        clipnorm: Greatest norm of a variable's gradient; `None` for no limit.
        ema_momentum, batch_norm_photos: Averages of the generator's weights, and statistics of its
            batch normalisation, as in `Recipe`.
        augmentation: `Augmentation` of the training crops, as in `Recipe`.
        monitor: Validation metric by which epochs are compared, one of `MONITORS`; `None` for
            none, as none of them identifies the best colours.
        patience, keep: As in `Recipe`, for a recipe with a `monitor`.
    """

    name: str
    objective: str = "hinge"
    content: str = "l1"
    content_weight: float = 10.0
    adversarial_weight: float = 1.0
    r1_weight: float = 0.0
    spectral_normalization: bool = True
    discriminator_filters: int = 64
    batch_size: int = 16
    epochs: int = 10
    steps_per_epoch: int | None = None
    max_photos: int | None = None
    image_size: int | None = None
    learning_rate: float = 5e-5
    discriminator_learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    schedule: str = "cosine"
    clipnorm: float | None = 1.0
    ema_momentum: float | None = None
    batch_norm_photos: int | None = None
    augmentation: Augmentation | None = None
    monitor: str | None = None
    patience: int | None = None
    keep: str = "last"

    def __post_init__(self) -> None:
        check_counts(self, (*COUNTS, "discriminator_filters", "batch_norm_photos", "patience"))
        check_above_zero(self, ("learning_rate", "discriminator_learning_rate"))
        for field in ("content_weight", "adversarial_weight", "r1_weight"):
            if getattr(self, field) < 0:
                raise ValueError(f"`{field}` must be 0 or more. Received: {getattr(self, field)}")
        check_choices(self, _CHOICES)
        check_augmentation(self)
        check_ema_momentum(self)
        if self.monitor is None and (self.patience is not None or self.keep == "best"):
            raise ValueError(
                f"`patience` and keep='best' need a `monitor`, one of {MONITORS}. "
                f"Received: patience={self.patience}, keep={self.keep!r} and no `monitor`"
            )


_CHOICES = {
    "objective": OBJECTIVE_NAMES,
    "content": CONTENT_LOSSES,
    "schedule": SCHEDULES,
    "monitor": (None, *MONITORS),
    "keep": KEPT_EPOCHS,
}

_RECIPES = (
    AdversarialRecipe(name="hinge"),
    AdversarialRecipe(
        name="least_squares",
        objective="least_squares",
        spectral_normalization=False,
        r1_weight=10.0,
    ),
    # Isola et al. 2017, section 3.3 and its train.lua; epochs and batches of "BW to color" in
    # appendix 6.2.
    AdversarialRecipe(
        name="pix2pix",
        objective="binary_cross_entropy",
        content_weight=100.0,
        spectral_normalization=False,
        batch_size=4,
        epochs=6,
        learning_rate=2e-4,
        schedule="constant",
        clipnorm=None,
    ),
)
ADVERSARIAL_RECIPES = MappingProxyType({recipe.name: recipe for recipe in _RECIPES})
"""Every adversarial recipe by its name."""


def get_adversarial_recipe(recipe: AdversarialRecipe | str, **changes: Any) -> AdversarialRecipe:
    """Looks up an adversarial recipe and changes some of its fields.

    Args:
        recipe: A key of `ADVERSARIAL_RECIPES`, or an `AdversarialRecipe`.
        **changes: New values of `AdversarialRecipe` fields.

    Returns:
        An `AdversarialRecipe`.

    Raises:
        ValueError: If there is no such recipe or field, or a value is none that the field takes.

    Example:
        >>> recipe = get_adversarial_recipe("hinge", content="mse", epochs=5)
    """
    return look_up_recipe(recipe, AdversarialRecipe, ADVERSARIAL_RECIPES, changes)
