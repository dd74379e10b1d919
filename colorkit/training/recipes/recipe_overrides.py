"""Overrides of recipe fields as typed: `learning_rate=3e-4`, `augmentation.blur=0`."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from colorkit.training.recipes.recipe_fields import check_fields
from colorkit.training.recipes.recipes import get_recipe

if TYPE_CHECKING:
    from colorkit.training.recipes.recipe_fields import DataclassInstance

NONE = "none"
"""The text that stands for `None`."""

_TRUTHS = {"true": True, "false": False}


def parse_settings(recipe: DataclassInstance | str, settings: Iterable[str]) -> dict[str, Any]:
    """Parses overrides of a recipe's fields, each by the field's own type.

    Args:
        recipe: A key of `RECIPES`, or a recipe of any kind, whose fields are to change.
        settings: Iterable of strings `field=value`. `none` stands for `None`; several values of a
            field stand between commas; `augmentation.blur=0.2` changes one part of a field.

    Returns:
        Dict from fields to values, as `get_recipe` takes them.

    Raises:
        ValueError: If there is no such field, or the value is not of the field's type.

    Example:
        >>> parse_settings("vgg16", ["learning_rate=3e-4", "steps_per_epoch=none"])
        {'learning_rate': 0.0003, 'steps_per_epoch': None}
    """
    recipe = get_recipe(recipe) if isinstance(recipe, str) else recipe
    changes: dict[str, Any] = {}
    for setting in settings:
        field, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"Expected field=value, as in learning_rate=3e-4. Received: {setting}")
        field, dot, part = field.partition(".")
        check_fields([field], type(recipe))
        kind, optional = _type_of(type(recipe), field)
        if text.lower() == NONE and optional and not dot:
            changes[field] = None
        elif isinstance(kind, type) and dataclasses.is_dataclass(kind):
            whole = changes.get(field, getattr(recipe, field)) or kind()
            changes[field] = _with_part(field, whole, part, text)
        elif dot:
            raise ValueError(f"`{field}` has no parts. Received: {setting}")
        else:
            changes[field] = _parse(field, kind, optional, text)
    return changes


def _with_part(field: str, whole: DataclassInstance, part: str, text: str) -> DataclassInstance:
    parts = [part.name for part in dataclasses.fields(whole)]
    if part not in parts:
        raise ValueError(
            f"`{field}` is set by its parts, as in {field}.{parts[0]}=..., or to none. "
            f"Expected one of the parts: {', '.join(parts)}. Received: {part or text}"
        )
    kind, optional = _type_of(type(whole), part)
    return dataclasses.replace(whole, **{part: _parse(f"{field}.{part}", kind, optional, text)})


def _type_of(owner: type, field: str) -> tuple[Any, bool]:
    """Returns a field's type, less `None`, and whether it can be `None`."""
    wanted = typing.get_type_hints(owner)[field]
    members = typing.get_args(wanted) if isinstance(wanted, types.UnionType) else (wanted,)
    kind = next(member for member in members if member is not types.NoneType)
    return kind, types.NoneType in members


def _parse(field: str, kind: Any, optional: bool, text: str) -> Any:
    if typing.get_origin(kind) is tuple:
        item = typing.get_args(kind)[0]
        return tuple(_parse(field, item, False, part) for part in text.split(",") if part)
    try:
        return _TRUTHS[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError) as error:
        word = {int: "a whole number", float: "a number", bool: "true or false"}[kind]
        raise ValueError(
            f"`{field}` must be {word}{' or none' if optional else ''}. Received: {text}"
        ) from error
