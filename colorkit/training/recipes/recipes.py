"""How each model is trained: the report's tables, modern variants, the default model, as data."""

import dataclasses
from types import MappingProxyType
from typing import Any

from colorkit.data.augmentation.config import REPORT_AUGMENTATION, Augmentation
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipe_fields import look_up_recipe

FEATURE_VIEWS = 4
"""The report caches features of augmented photographs; the number of views is colorkit's choice."""

_REPORT = (
    Recipe(  # the report's section 4.1.3, which names no batch size; its code takes 2
        name="encoder_decoder",
        model="encoder_decoder",
        loss="RGBMSE",
        image_size=512,
        batch_size=8,
        epochs=300,
        learning_rate=1e-3,
        weight_decay_per_epoch=0.001,
        augmentation=REPORT_AUGMENTATION,
    ),
    Recipe(  # the report's table 1
        name="vgg16",
        model="vgg16",
        loss="ChromaMSE",
        image_size=224,
        batch_size=16,
        epochs=1000,
        metrics=("ChannelAccuracy",),
        weights="imagenet",
        augmentation=REPORT_AUGMENTATION,
        feature_views=FEATURE_VIEWS,
    ),
    Recipe(  # the report's table 2
        name="inception_v3",
        model="inception_v3",
        loss="ChromaMSE",
        image_size=256,
        batch_size=10,
        epochs=500,
        steps_per_epoch=10,
        optimizer="rmsprop",
        weights="imagenet",
        augmentation=REPORT_AUGMENTATION,
        feature_views=FEATURE_VIEWS,
    ),
    Recipe(  # the report's table 4
        name="efficientnet_b0",
        model="efficientnet_b0",
        loss="ChromaMSE",
        image_size=256,
        batch_size=10,
        epochs=500,
        max_photos=100,
        optimizer="rmsprop",
        weights="imagenet",
        augmentation=REPORT_AUGMENTATION,
        feature_views=FEATURE_VIEWS,
    ),
)

# Not the report's: chroma as a share of the photograph's own, so that gray is no optimum; a
# learning rate that decays; statistics of batch normalisation without dropout; the best epoch, with
# early stopping.
_MODERN: dict[str, Any] = {
    "loss": "NormalizedChromaLoss",
    "schedule": "cosine",
    "clipnorm": 1.0,
    "batch_norm_photos": 64,
    "monitor": "val_auc_rebalanced",
    "keep": "best",
}
_PATIENCE_SHARE = 0.1  # of the epochs
_MODERN_VARIANTS = tuple(
    dataclasses.replace(
        recipe,
        name=f"{recipe.name}_modern",
        patience=int(_PATIENCE_SHARE * recipe.epochs),
        **_MODERN,
    )
    for recipe in _REPORT
)

_RELATED_WORK = (
    Recipe(  # Zhang, Isola, Efros 2016, appendix; crops of the published training
        name="zhang",
        model="zhang",
        loss="NeighborCrossEntropy",
        image_size=176,
        batch_size=40,
        epochs=450,
        steps_per_epoch=1000,
        learning_rate=3e-5,
        beta_2=0.99,
        weight_decay_per_epoch=3e-5,  # the paper's 1e-3 times the learning rate, 1000 times
        trained_layer="bin_logits",
    ),
    Recipe(  # Iizuka, Simo-Serra, Ishikawa 2016, sections 3.4 and 4; the error taken at full size
        name="iizuka",
        model="iizuka",
        loss="ChromaMSE",
        image_size=224,
        batch_size=128,
        epochs=200,
        steps_per_epoch=1000,
        optimizer="adadelta",
        learning_rate=1.0,  # ADADELTA itself has none
    ),
    Recipe(  # Larsson, Maire, Shakhnarovich 2016, sections 3.2 and 3.5; the published solver
        name="larsson",
        model="larsson",
        loss="HueChromaDivergence",
        image_size=352,
        batch_size=8,
        epochs=2000,
        steps_per_epoch=1000,
        optimizer="sgd",
        learning_rate=1e-3,
        momentum=0.9,
        schedule="cosine",  # in place of three falls to a tenth
        # The solver's 5e-4 times the learning rate, 1000 times, and 10 times that: Caffe adds decay
        # to the gradient, so that momentum of 0.9 keeps 1 / (1 - 0.9) of it going.
        weight_decay_per_epoch=5e-3,
        trained_layer="histogram_logits",
    ),
)

_DEFAULT = Recipe(
    name="colorkit_base",
    model="colorkit_base",
    loss="RebalancedCrossEntropy",
    image_size=192,
    batch_size=16,
    epochs=4,
    optimizer="adamw",
    learning_rate=4e-4,
    encoder_rate=0.25,
    beta_2=0.99,
    schedule="trapezoidal",
    weight_decay_per_epoch=0.14,
    clipnorm=1.0,
    ema_momentum=0.999,
    weights="imagenet",
    trained_layer="bin_logits",
    augmentation=Augmentation(aging=0.25),
)

_HINTED = dataclasses.replace(
    _DEFAULT,
    name="colorkit_hints",
    model="colorkit_hints",
    encoder_rate=1.0,
    epochs=2,
    trained_layer="hinted_bin_logits",
    weights="colorkit_base",
    hint_points=100,
    ema_momentum=None,
)

RECIPES = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (*_REPORT, *_MODERN_VARIANTS, *_RELATED_WORK, _DEFAULT, _HINTED)
    }
)
"""Every recipe by its name."""


def get_recipe(recipe: Recipe | str, **changes: Any) -> Recipe:
    """Looks up a recipe and changes some of its fields.

    Args:
        recipe: A key of `RECIPES`, or a `Recipe`.
        **changes: New values of `Recipe` fields.

    Returns:
        A `Recipe`.

    Raises:
        ValueError: If there is no such recipe or field, or a value is none that the field takes.

    Example:
        >>> recipe = get_recipe("vgg16", epochs=5, weights=None)
    """
    return look_up_recipe(recipe, Recipe, RECIPES, changes)


def direction(monitor: str) -> str:
    """Returns "min" for a validation metric where lower is better, else "max"."""
    return "min" if monitor.endswith("loss") else "max"
