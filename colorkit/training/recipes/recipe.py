"""A recipe: a training run, complete but for the photographs."""

import dataclasses
import numbers
from collections.abc import Iterable
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
)

FEATURE_DTYPES = ("float32", "float16")
"""Dtypes of cached features."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A training run, complete but for the photographs.

    Attributes:
        name: The recipe's name, as on the command line.
        model: Name of the model, a key of `colorkit.models.registry.MODELS`.
        loss: Name of a loss in `colorkit.losses`.
        image_size: Side of the training crops, in pixels.
        early_sizes: Sides of the crops of the first epochs, one for each, in place of
            `image_size`, which is the greatest; only for a model that takes any size.
        batch_size: Photographs in a batch.
        epochs: Number of epochs.
        steps_per_epoch: Batches in an epoch; `None` for one pass over the photographs.
        max_photos: Number of training photographs used; `None` for all.
        optimizer: Name of a Keras optimizer.
        learning_rate: Its greatest learning rate.
        momentum: Of an optimizer such as SGD that has it; `None` for Keras' own.
        beta_2: Decay of the mean of squared gradients, for an optimizer such as Adam that has one;
            `None` for Keras' own.
        encoder_rate: What the learning rate of a pretrained encoder's layers is multiplied by,
            above 0 and at most 1; only for a model that has such an encoder, as the default one.
        encoder_decay: What that rate is further multiplied by from each of the encoder's eight
            stages to the one before it, above 0 and at most 1.
        encoder_frozen_epochs: Number of first epochs in which the encoder stays as it is.
        frozen_layers: Names of layers that are not trained, or patterns of them such as
            "*_depthwise"; steps are the faster, the more of a model's first layers are frozen.
        schedule: "constant"; "cosine": a linear rise, then a cosine fall to 0; or "trapezoidal": a
            linear rise, the greatest rate, and in the last fifth of the steps a fall to 0.
        weight_decay_per_epoch: Share of each weight that decoupled decay takes away in one epoch
            at the greatest learning rate.
        clipnorm: Greatest norm of a variable's gradient; `None` for no limit.
        ema_momentum: Momentum, in (0, 1), of moving averages of the weights, which are used in
            place of the weights in validation and in the trained model; `None` for the weights
            themselves. Statistics of batch normalisation are not averaged (see
            `batch_norm_photos`).
        batch_norm_photos: Number of training photographs from which, after each epoch, statistics
            of batch normalisation are recomputed with dropout off
            (`colorkit.training.batch_statistics`); `None` for those that training keeps.
        trained_layer: Layer whose output is passed to the loss; `None` for the model's output.
        metrics: Names of further metrics in `colorkit.metrics`, on the model's output.
        augmentation: `Augmentation` of the training crops, beside the random scale, crop and
            left-right flip of every crop; `None` for no other.
        weights: Initial weights, as the model's builder takes them: "imagenet" for the
            backbone's, "colorkit_base" for those of the default model around which it is built,
            `None` for random ones, or a file's path.
        feature_views: Where the model has a frozen backbone: number of views of each photograph
            whose features are computed once and cached (1: the centre crop, not augmented; more:
            augmented random crops); `None` to compute the features of new crops in each step.
        feature_dtype: Dtype of the cached features, one of `FEATURE_DTYPES`.
        teacher: For distillation from a frozen InceptionV3, the weights of its trunk: "imagenet" or
            a file's path; `None` for no teacher. Its input is the photographs in colour, and it is
            not part of the trained model (`colorkit.training.features.distillation`).
        hint_points: Where the model takes hints: the maximum number of hints sampled from a
            photograph in training (`colorkit.data.augmentation.hint_sampling`); `None` for other
            models.
        start_from: Path of a saved model to start from in place of `weights`, such as another
            run's `best.keras`; `None` for none.
        monitor: Validation metric by which epochs are compared, one of `MONITORS`.
        patience: Number of epochs without improvement of `monitor` after which training stops;
            `None` for never.
        keep: "last" or "best": the epoch whose weights become `model.keras`.
    """

    name: str
    model: str
    loss: str
    image_size: int
    batch_size: int
    epochs: int
    steps_per_epoch: int | None = None
    max_photos: int | None = None
    early_sizes: tuple[int, ...] = ()
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    encoder_rate: float = 1.0
    encoder_decay: float = 1.0
    encoder_frozen_epochs: int = 0
    frozen_layers: tuple[str, ...] = ()
    momentum: float | None = None
    beta_2: float | None = None
    schedule: str = "constant"
    weight_decay_per_epoch: float = 0.0
    clipnorm: float | None = None
    ema_momentum: float | None = None
    batch_norm_photos: int | None = None
    trained_layer: str | None = None
    metrics: tuple[str, ...] = ()
    augmentation: Augmentation | None = None
    weights: str | None = None
    start_from: str | None = None
    teacher: str | None = None
    hint_points: int | None = None
    feature_views: int | None = None
    feature_dtype: str = "float32"
    monitor: str = "val_loss"
    patience: int | None = None
    keep: str = "last"

    def __post_init__(self) -> None:
        check_counts(self, (*COUNTS, *_COUNTS))
        check_above_zero(self, ["learning_rate"])
        for field in ("encoder_rate", "encoder_decay"):
            if not 0 < getattr(self, field) <= 1:
                raise ValueError(f"`{field}` must lie in (0, 1]. Received: {getattr(self, field)}")
        frozen = self.encoder_frozen_epochs
        if not isinstance(frozen, numbers.Integral) or frozen < 0:
            raise ValueError(
                "`encoder_frozen_epochs` must be a whole number of epochs, 0 or more. "
                f"Received: {frozen}"
            )
        check_ema_momentum(self)
        check_choices(self, _CHOICES)
        check_augmentation(self)
        self._check_method()
        self._check_early_sizes()

    @property
    def changes_encoder_rates(self) -> bool:
        """Whether a pretrained encoder is trained otherwise than the rest of the model."""
        is_as_the_rest = self.encoder_rate == 1 == self.encoder_decay
        return not is_as_the_rest or self.encoder_frozen_epochs > 0

    def _check_early_sizes(self) -> None:
        if not all(0 < size <= self.image_size for size in self.early_sizes):
            raise ValueError(
                f"`early_sizes` must be sides of at most `image_size`, {self.image_size}. "
                f"Received: {self.early_sizes}"
            )
        if len(self.early_sizes) > self.epochs:
            raise ValueError(
                f"`early_sizes` has a side for each of the first epochs, of which there are "
                f"{self.epochs}. Received: {self.early_sizes}"
            )

    def _check_method(self) -> None:
        chosen = {field: getattr(self, field) for field in METHOD_FIELDS}
        chosen = {field: value for field, value in chosen.items() if value is not None}
        if len(chosen) > 1:
            raise ValueError(
                "A recipe trains in one way: give only one of "
                f"{', '.join(METHOD_FIELDS)}. Received: {chosen}"
            )
        for method, fields in _ONLY_WITH.items():
            if method not in chosen and (changed := self._changed(fields)):
                raise ValueError(
                    f"{_quoted(changed)} can only go with `{method}`: give that, or leave out the "
                    f"rest. Received: {changed} without `{method}`"
                )
        for method, (fields, reason) in _NOT_WITH.items():
            if method in chosen and (changed := self._changed(fields)):
                raise ValueError(
                    f"{_quoted(changed)} cannot go with `{method}`, {reason}: give `{method}` as "
                    f"None, or leave out the rest. Received: {changed}"
                )

    def _changed(self, fields: Iterable[str]) -> dict[str, Any]:
        """Returns the values of fields that are not at their defaults."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name in fields and getattr(self, field.name) != field.default
        }


def _quoted(fields: Iterable[str]) -> str:
    return " and ".join(f"`{field}`" for field in fields)


METHOD_FIELDS = ("feature_views", "teacher", "hint_points")
"""Fields that each ask for a kind of training of their own; without them it is plain."""

_ONLY_WITH: dict[str, tuple[str, ...]] = {"feature_views": ("feature_dtype",)}
"""Fields by the kind of training without which they would do nothing."""

_NOT_WITH: dict[str, tuple[tuple[str, ...], str]] = {
    "feature_views": (
        (
            "early_sizes",
            "encoder_rate",
            "encoder_decay",
            "encoder_frozen_epochs",
            "trained_layer",
        ),
        "which trains what is behind a frozen backbone, on its features of one size",
    ),
}
"""Fields that a kind of training would not look at, and why."""

_COUNTS = ("batch_norm_photos", "hint_points", "feature_views", "patience")
_CHOICES = {
    "schedule": SCHEDULES,
    "feature_dtype": FEATURE_DTYPES,
    "monitor": MONITORS,
    "keep": KEPT_EPOCHS,
}
