"""Draws photographs coloured by several models side by side (the report's Figures 11 to 14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from colorkit.data.crops import center_crop
from colorkit.evaluation.baselines import gray_picture
from colorkit.training.plots import draw_contact_sheet
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.evaluation.evaluator import BatchColorizer


def draw_comparison(
    models: Mapping[str, BatchColorizer],
    photos: Iterable[NDArray[np.uint8]],
    path: StrPath,
    side: int = 192,
) -> None:
    """Draws photographs in rows: gray | each model's picture | truth.

    Args:
        models: Dict from titles of columns to models: a `Colorizer`, or an object with
            its `colorize_batch(images)`.
        photos: Iterable of uint8 arrays of shape `(height, width, 3)`, of which the middle square
            is taken.
        path: Path of the PNG.
        side: Side of each picture, in pixels.

    Example:
        >>> draw_comparison({"Predicted": colorkit.Colorizer()}, [photo], "results.png")
    """
    truths = [center_crop(photo, side) for photo in photos]
    pictures = {
        "Gray": [gray_picture(photo) for photo in truths],
        **{title: model.colorize_batch(truths) for title, model in models.items()},
        "Truth": truths,
    }
    draw_contact_sheet([np.stack(column) for column in pictures.values()], path, tuple(pictures))
