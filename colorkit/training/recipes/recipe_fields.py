"""What recipes of every kind, frozen dataclasses of settings, have in common."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Protocol, TypeVar

from colorkit.backend.suggestions import suggest_nearest
from colorkit.data.augmentation.config import Augmentation

SCHEDULES = ("constant", "cosine", "trapezoidal")
"""Schedules of the learning rate."""

MONITORS = ("val_loss", "val_psnr", "val_auc", "val_auc_rebalanced")
"""Validation metrics that can choose the best epoch; lower is better for the first only."""

KEPT_EPOCHS = ("last", "best")
"""The epochs whose weights a run can end with."""

COUNTS = ("image_size", "batch_size", "epochs", "steps_per_epoch", "max_photos")
"""Fields of every recipe that are counts."""


class DataclassInstance(Protocol):
    """An object of a dataclass, such as a recipe of any kind."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


R = TypeVar("R", bound=DataclassInstance)


def check_counts(recipe: object, fields: Iterable[str]) -> None:
    """Checks that fields hold whole numbers of 1 or more, or `None`.

    Args:
        recipe: Dataclass instance.
        fields: Iterable of names of its fields.

    Raises:
        ValueError: If one holds less.
    """
    for field in fields:
        number = getattr(recipe, field)
        if number is None:
            continue
        if not isinstance(number, numbers.Integral) or isinstance(number, bool) or number < 1:
            raise ValueError(
                f"`{field}` must be a whole number of at least 1. Received: {number!r}"
            )


def check_above_zero(recipe: object, fields: Iterable[str]) -> None:
    """Checks that fields hold numbers above 0, as `check_counts` does.

    Raises:
        ValueError: If one does not.
    """
    for field in fields:
        if not 0 < getattr(recipe, field) < math.inf:
            raise ValueError(f"`{field}` must be above 0. Received: {getattr(recipe, field)}")


def check_augmentation(recipe: Any) -> None:
    """Checks that a recipe's `augmentation` is an `Augmentation` or `None`.

    Raises:
        ValueError: If it is anything else.
    """
    if not isinstance(recipe.augmentation, Augmentation | None):
        raise ValueError(
            "`augmentation` must be a colorkit.Augmentation or None. "
            f"Received: {recipe.augmentation!r}"
        )


def check_ema_momentum(recipe: Any) -> None:
    """Checks that a recipe's `ema_momentum` lies in (0, 1) or is `None`.

    Raises:
        ValueError: If it does not.
    """
    if recipe.ema_momentum is not None and not 0 < recipe.ema_momentum < 1:
        raise ValueError(f"`ema_momentum` must lie in (0, 1). Received: {recipe.ema_momentum}")


def check_choices(recipe: object, choices: Mapping[str, Collection[object]]) -> None:
    """Checks that fields hold what they may.

    Args:
        recipe: Dataclass instance.
        choices: Mapping from names of its fields to tuples of what each may hold.

    Raises:
        ValueError: If one holds anything else.
    """
    for field, allowed in choices.items():
        choice = getattr(recipe, field)
        if choice not in allowed:
            raise ValueError(f"`{field}` must be one of {allowed}. Received: {choice!r}")


def look_up_recipe(
    recipe: R | str, kind: type[R], recipes: Mapping[str, R], changes: Mapping[str, Any]
) -> R:
    """Looks up a recipe and changes some of its fields.

    Args:
        recipe: A key of `recipes`, or a `kind`.
        kind: The dataclass of such recipes.
        recipes: Mapping from names to recipes.
        changes: Dict from fields to new values.

    Returns:
        A `kind`.

    Raises:
        ValueError: If there is no such recipe or field, or a value is none that the field takes.
    """
    if not isinstance(recipe, kind):
        if not isinstance(recipe, str) or recipe not in recipes:
            raise ValueError(
                f"Expected one of the recipes {list(recipes)}. Received: {recipe!r}."
                f"{suggest_nearest(recipe, recipes)}"
            )
        recipe = recipes[recipe]
    check_fields(changes, kind)
    return dataclasses.replace(recipe, **changes)


def check_fields(names: Iterable[str], kind: type[DataclassInstance]) -> None:
    """Checks that recipes of a kind have fields of these names.

    Args:
        names: Iterable of strings.
        kind: The dataclass of the recipe.

    Raises:
        ValueError: If it has not; the message names all fields and the nearest one.
    """
    fields = [field.name for field in dataclasses.fields(kind)]
    for name in names:
        if name not in fields:
            hint = suggest_nearest(name, fields)
            raise ValueError(
                f"A recipe has no field {name!r}.{hint} Expected one of: {', '.join(fields)}"
            )
