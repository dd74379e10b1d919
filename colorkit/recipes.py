"""How each network is trained: the report's tables, and the default model's, as data."""

import dataclasses
from types import MappingProxyType


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A training run, complete but for the photographs.

    Attributes:
        name: The recipe's name, as on the command line.
        model: Name of the network, a key of `colorkit.architectures.catalog.MODELS`.
        loss: Name of a loss in `colorkit.losses`.
        image_size: Side of the training crops, in pixels.
        batch_size: Photographs in a batch.
        epochs: Number of epochs.
        steps_per_epoch: Batches in an epoch; `None` for as many as the photographs fill.
        max_photos: Number of training photographs used; `None` for all.
        optimizer: Name of a Keras optimizer.
        learning_rate: Its greatest learning rate.
        schedule: "constant", or "cosine": a linear rise, then a cosine fall to 0.
        weight_decay_per_epoch: Share of each weight that decoupled decay takes away in one epoch
            at the greatest learning rate.
        clipnorm: Greatest norm of a variable's gradient; `None` for no limit.
        trained_layer: Layer whose output meets the loss; `None` for the network's output.
        metrics: Names of further metrics in `colorkit.metrics`, on the network's output.
        weights: Weights the network starts from, as its builder takes them: "imagenet" for the
            backbone's, `None` for random ones, or a file's path.
    """

    name: str
    model: str
    loss: str
    image_size: int
    batch_size: int
    epochs: int
    steps_per_epoch: int | None = None
    max_photos: int | None = None
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    weight_decay_per_epoch: float = 0.0
    clipnorm: float | None = None
    trained_layer: str | None = None
    metrics: tuple[str, ...] = ()
    weights: str | None = None

    def __post_init__(self):
        for field in ("image_size", "batch_size", "epochs", "steps_per_epoch", "max_photos"):
            number = getattr(self, field)
            if number is not None and number < 1:
                raise ValueError(f"`{field}` must be at least 1. Received: {number}")


_RECIPES = (
    Recipe(  # SPEC, model 1; the report names no batch size
        name="encoder_decoder",
        model="encoder_decoder",
        loss="RGBMSE",
        image_size=512,
        batch_size=8,
        epochs=300,
        learning_rate=1e-3,
        weight_decay_per_epoch=0.001,
    ),
    Recipe(  # SPEC, model 2; the report's table 1
        name="vgg16",
        model="vgg16",
        loss="ChromaMSE",
        image_size=224,
        batch_size=16,
        epochs=1000,
        metrics=("ChannelAccuracy",),
        weights="imagenet",
    ),
    Recipe(  # SPEC, model 3; the report's table 2
        name="inception_v3",
        model="inception_v3",
        loss="ChromaMSE",
        image_size=256,
        batch_size=10,
        epochs=500,
        steps_per_epoch=10,
        optimizer="rmsprop",
        weights="imagenet",
    ),
    Recipe(  # SPEC, model 4; the report's table 4
        name="efficientnet_b0",
        model="efficientnet_b0",
        loss="ChromaMSE",
        image_size=256,
        batch_size=10,
        epochs=500,
        max_photos=100,
        optimizer="rmsprop",
        weights="imagenet",
    ),
    Recipe(
        name="default",
        model="default",
        loss="RebalancedCrossEntropy",
        image_size=128,
        batch_size=32,
        epochs=22,
        optimizer="adamw",
        learning_rate=1e-3,
        schedule="cosine",
        weight_decay_per_epoch=0.008,
        clipnorm=1.0,
        trained_layer="bin_logits",
    ),
)
RECIPES = MappingProxyType({recipe.name: recipe for recipe in _RECIPES})


def get_recipe(recipe, **changes):
    """Looks up a recipe and changes some of its fields.

    Args:
        recipe: A key of `RECIPES`, or a `Recipe`.
        **changes: New values of `Recipe` fields.

    Returns:
        A `Recipe`.

    Raises:
        ValueError: If there is no such recipe, or a number is not positive.
    """
    if not isinstance(recipe, Recipe):
        if recipe not in RECIPES:
            raise ValueError(f"Expected one of the recipes {list(RECIPES)}. Received: {recipe!r}")
        recipe = RECIPES[recipe]
    return dataclasses.replace(recipe, **changes)
