"""Lists of hints on the page, as JSON has them: dicts with `x`, `y` and `color`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from colorkit.batch.hint_files import read_hints
from colorkit.inference.hints import Hint, check_hints
from colorkit.typing import StrPath

HintDicts: TypeAlias = list[dict[str, Any]]

_LARGEST_FILE = 1 << 20  # bytes


def hex_color(text: str) -> str:
    """Writes a colour as `#rrggbb`; Gradio's picker may say `rgba(r, g, b, a)`."""
    match = re.fullmatch(r"rgba?\(([^)]*)\)", text.strip())
    if match is None:
        return text.strip()
    levels = [min(255, max(0, round(float(part)))) for part in match[1].split(",")[:3]]
    return "#{:02x}{:02x}{:02x}".format(*levels)


def describe_hints(hints: HintDicts) -> str:
    """Lists hints in Markdown."""
    return "\n".join(
        f"{number}. {hint['color']} at ({hint['x']}, {hint['y']})"
        for number, hint in enumerate(hints, start=1)
    )


def write_hint_list(path: Path, hints: HintDicts) -> None:
    """Writes hints to a JSON file, as `colorkit colorize --hints` takes it."""
    path.write_text(json.dumps(hints, indent=1) + "\n", encoding="utf-8")


def read_hint_list(path: StrPath, photo: Mapping[str, Any]) -> HintDicts:
    """Reads the hints of a photograph from a JSON file.

    Args:
        path: Path of an upload: a list of hints, or an object from file names to such lists.
        photo: Dict of the photograph's `name` and its `size`, `(height, width)`.

    Returns:
        List of dicts.

    Raises:
        ValueError: If it is no such file, has none for this photograph, or one lies outside of it.
    """
    path = Path(path)
    if path.stat().st_size > _LARGEST_FILE:
        raise ValueError(f"{path.name}: expected a file of hints, of at most 1 MB.")
    try:
        hints = read_hints(path)
    except ValueError as error:  # whose message has the server's folder
        raise ValueError(str(error).replace(str(path), path.name)) from error
    if isinstance(hints, dict):
        if photo["name"] not in hints:
            raise ValueError(
                f"{path.name}: expected hints of {photo['name']}. "
                f"Received: hints of {', '.join(hints) or 'none'}"
            )
        hints = hints[photo["name"]]
    return list(map(_as_dict, check_hints(hints, photo["size"])))


def scale_place(
    place: Iterable[float], size: Sequence[int], other: Sequence[int]
) -> tuple[int, ...]:
    """Scales the pixel `(x, y)` of a picture to that of its copy of another size."""
    return tuple(
        (2 * int(at) + 1) * copy // (2 * whole)
        for at, whole, copy in zip(place, reversed(size), reversed(other), strict=True)
    )


def _as_dict(hint: Hint) -> dict[str, Any]:
    described = {"x": hint.x, "y": hint.y, "color": hint.color}
    return described if hint.strength == 1 else {**described, "strength": hint.strength}
