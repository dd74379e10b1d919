"""Parses hints from the command line and JSON files, and assigns them to photographs."""

from __future__ import annotations

import collections
import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NoReturn

from colorkit.inference.hints import Hint
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto

_KEYS = ("x", "y", "color")
_FORM = (
    'a list of {"x": 120, "y": 80, "color": "#c02020"}, or an object from file names to such lists'
)


def parse_hint(text: str) -> Hint:
    """Parses a hint typed as `X,Y,#RRGGBB` or, with its strength, `X,Y,#RRGGBB,S`.

    Returns:
        A `Hint`.

    Raises:
        ValueError: If it has another form.
    """
    try:
        x, y, color, *strength = text.split(",")
        return Hint(float(x), float(y), color.strip(), *map(float, strength))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Expected a hint as X,Y,#RRGGBB, such as 120,80,#c02020. Received: {text}"
        ) from error


def read_hints(path: StrPath) -> list[Hint] | dict[str, list[Hint]]:
    """Reads a JSON file of hints.

    Args:
        path: Path of the file: a list of objects with `x`, `y` and `color`, and `strength` where
            it is not 1; or an object from file names to such lists.

    Returns:
        List of `Hint`s, or dict from file names to such lists.

    Raises:
        ValueError: If the file is not such JSON; the message names the file and the place.
        OSError: If it cannot be read.
    """
    try:
        content = json.loads(
            Path(path).read_text(encoding="utf-8-sig"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise ValueError(
            f"{path}: expected JSON, {_FORM}. Received: brackets that are nested too deep"
        ) from None
    except ValueError as error:  # also of text that is not UTF-8
        raise ValueError(f"{path}: expected JSON, {_FORM}. Received: {error}") from error
    if isinstance(content, dict):
        return {name: list_hints(hints, f"{path}, {name!r}") for name, hints in content.items()}
    return list_hints(content, path)


def collect_hints(texts: Iterable[str], path: StrPath | None) -> list[Hint] | dict[str, list[Hint]]:
    """Returns the hints that were typed, or those of a file.

    Args:
        texts: List of strings as `parse_hint` takes them.
        path: Path of a file as `read_hints` takes it, where no hint was typed; or `None`.
    """
    return [parse_hint(text) for text in texts] if path is None else read_hints(path)


def assign_hints(
    photos: Sequence[PlannedPhoto], hints: list[Hint] | dict[str, list[Hint]]
) -> list[PlannedPhoto]:
    """Assigns hints to their photographs.

    Args:
        photos: List of `colorkit.batch.plan.PlannedPhoto`.
        hints: List of `Hint`s for the only photograph; or dict from file names (or as much of the
            path as tells two photographs apart) to such lists.

    Returns:
        List of `PlannedPhoto`.

    Raises:
        ValueError: If a list is for several photographs, or a name is for none or several.
    """
    if not isinstance(hints, dict):
        if len(photos) != 1:
            raise ValueError(
                "Expected one photograph for these hints; for several, give --hints a file with an "
                f"object from file names to lists. Received: {len(photos)} photographs"
            )
        return [dataclasses.replace(photos[0], hints=tuple(hints))]
    of_last_part = collections.defaultdict(list)
    for n, photo in enumerate(photos):
        of_last_part[PurePath(photo.source).name].append(n)
    given: dict[int, tuple[Hint, ...]] = {}
    for name, listed in hints.items():
        alike = of_last_part[PurePath(name).name]
        meant = [n for n in alike if _is_called(photos[n].source, name)]
        if len(meant) != 1 or meant[0] in given:
            raise ValueError(
                "Expected each name in the file of hints to be that of one photograph, with "
                f"folders where several have it. Received: {name!r}, the name of {len(meant)}"
                f"{', one of which has hints already' if len(meant) == 1 else ''}"
            )
        given[meant[0]] = tuple(listed)
    return [dataclasses.replace(photo, hints=given.get(n, ())) for n, photo in enumerate(photos)]


def list_hints(hints: object, where: StrPath) -> list[Hint]:
    """Converts parsed JSON to `Hint`s.

    Args:
        hints: List of dicts with `x`, `y` and `color`.
        where: Their place, for errors.

    Returns:
        List of `Hint`s.

    Raises:
        ValueError: If it is not such a list.
    """
    if not isinstance(hints, list):
        raise ValueError(f"{where}: expected {_FORM}. Received: {_kind(hints)}")
    return [_read_hint(f"{where}, hint {n}", hint) for n, hint in enumerate(hints, start=1)]


def _is_called(path: Path, name: str) -> bool:
    parts = PurePath(name).parts
    return bool(parts) and PurePath(path).parts[-len(parts) :] == parts


def _read_hint(where: str, hint: object) -> Hint:
    if not isinstance(hint, dict) or set(hint) - {"strength"} != set(_KEYS):
        received = ", ".join(map(repr, hint)) if isinstance(hint, dict) else _kind(hint)
        raise ValueError(
            f'{where}: expected an object with "x", "y" and "color". Received: {received or "{}"}'
        )
    try:
        return Hint(**hint)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _kind(value: object) -> str:
    names: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}
    return names.get(type(value), repr(value))


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    unique: dict[str, Any] = {}
    for name, value in pairs:
        if name in unique:
            raise ValueError(f"the name {name!r} stands twice in one object")
        unique[name] = value
    return unique


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
