"""Colours one photograph from bytes to bytes, for pipes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from colorkit.io.predicted_mark import mark_predicted
from colorkit.io.write import encode_photo

if TYPE_CHECKING:
    from colorkit.inference.colorizer import Colorizer
    from colorkit.inference.hints import Hint
    from colorkit.io.photo import Photo


def colorize_photo(
    colorizer: Colorizer,
    photo: Photo,
    *,
    file_format: str | None = None,
    hints: Sequence[Hint] = (),
    mark: bool = True,
    **options: Any,
) -> bytes:
    """Colours a photograph and encodes the result.

    Args:
        colorizer: `Colorizer`.
        photo: `Photo`.
        file_format: Format of the result, such as `"png"`; `None` for the photograph's own.
        hints: Sequence of `colorkit.Hint`s.
        mark: Whether its metadata say that its colours are predicted.
        **options: `jpeg_quality`, as `write_photo` takes it.

    Returns:
        Bytes of the result's file.

    Raises:
        ValueError: If it cannot be coloured or written.
    """
    prepared = colorizer.prepare(photo.pixels, hints)
    picture = colorizer.finish(prepared, colorizer.predict([prepared])[0])
    colored = dataclasses.replace(photo, pixels=picture.pixels)
    if mark:
        colored = mark_predicted(colored)
    return encode_photo(colored, file_format or photo.file_format, **options)
