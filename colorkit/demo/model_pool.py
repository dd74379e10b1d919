"""Holds loaded models and colours photographs with them."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from colorkit.demo.guidance import NO_GUIDANCE, Guidance, color_guided, color_variant, list_variants
from colorkit.inference.colorizer import Colorizer
from colorkit.inference.control.insight import has_insight
from colorkit.models.weight_files import COLORKIT_BASE
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.inference.control.suggestions import SuggestedColor
    from colorkit.io.photo import Photo

OWN_STYLE = "default"
"""The model's own style, as on the command line without `--style`."""


class ModelPool:
    """Holds loaded models and colours with one of them, one photograph at a time.

    Args:
        models: Paths of further models, as `Colorizer` takes them; the default one is always
            there.

    Attributes:
        names: Tuple of the models' names on the page, the default one first.

    Raises:
        ValueError: If a path is no model.
        ImportError: If its runtime is not installed.
    """

    def __init__(self, models: Iterable[StrPath] = ()) -> None:
        named = _name_models((COLORKIT_BASE, *map(str, models)))
        self.names = tuple(named)
        self._colorizers: dict[tuple[str, str | None], Colorizer] = {
            (name, None): Colorizer(model) for name, model in named.items()
        }
        self._lock = threading.Lock()

    def styles_of(self, name: str) -> tuple[str, ...]:
        """Returns a model's styles besides its own.

        Args:
            name: One of `names`.

        Returns:
            Tuple of strings; empty for a model that has only its own.
        """
        return self._colorizers[name, None].styles

    def color(
        self,
        photo: Photo,
        name: str,
        style: str,
        saturation: float,
        guidance: Guidance = NO_GUIDANCE,
    ) -> Photo:
        """Colours a photograph.

        Args:
            photo: `Photo`.
            name: One of `names`.
            style: One of `styles_of(name)`; anything else, such as `OWN_STYLE`, stands for the
                model's own.
            saturation: Float of 0 or more.
            guidance: `Guidance`.

        Returns:
            `Photo`, with the metadata of `photo`.

        Raises:
            ValueError: If there is no such model, `saturation` is no such number, a hint lies
                outside of the photograph, or the model does not take what guides.
            MemoryError: If the photograph is too large for this machine.
        """
        with self._lock:
            colorizer = self._choose(name, style, saturation)
            pixels = color_guided(colorizer, photo.pixels, guidance)
            return dataclasses.replace(photo, pixels=pixels)

    def vary(
        self, photo: Photo, name: str, style: str, saturation: float, guidance: Guidance
    ) -> Iterator[Photo]:
        """Colours a photograph in each variant. Arguments and errors are those of `color`.

        Yields:
            `Photo`, the usual result first.
        """
        for variant in list_variants(guidance):
            with self._lock:
                colorizer = self._choose(name, style, saturation)
                pixels = color_variant(colorizer, photo.pixels, variant)
            yield dataclasses.replace(photo, pixels=pixels)

    def suggest(self, photo: Photo, name: str, x: float, y: float) -> list[SuggestedColor]:
        """Suggests colours for a place.

        Args:
            photo: `Photo`.
            name: One of `names`.
            x, y: The place, in pixels from the top left.

        Returns:
            List of `SuggestedColor`, the likeliest first; empty for models that know no such.
        """
        from colorkit.inference.control.suggestions import suggest_colors

        with self._lock:
            colorizer = self._choose(name, OWN_STYLE, 1.0)
            if not has_insight(colorizer.model):
                return []
            return suggest_colors(colorizer, photo.pixels, x, y)

    def _choose(self, name: str, style: str, saturation: float) -> Colorizer:
        if name not in self.names:
            raise ValueError(f"Expected a model: {', '.join(self.names)}. Received: {name!r}")
        chosen = style if style in self.styles_of(name) else None
        return self._colorizer(name, chosen).with_saturation(saturation)

    def _colorizer(self, name: str, style: str | None) -> Colorizer:
        if (name, style) not in self._colorizers:
            self._colorizers[name, style] = self._colorizers[name, None].with_style(style)
        return self._colorizers[name, style]


def _name_models(models: Iterable[str]) -> dict[str, str]:
    """Returns a dict from names to models: the file's name, or the path where two share that."""
    models = list(dict.fromkeys(models))
    files = [Path(model).name for model in models]
    return {
        (file if files.count(file) == 1 else model): model
        for file, model in zip(files, models, strict=True)
    }
