"""The three steps of colouring under controls."""

from __future__ import annotations

import dataclasses
import functools
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.inference.chroma_upsampling import resample
from colorkit.inference.control.cell_hints import draw_cells
from colorkit.inference.control.insight import CELL
from colorkit.inference.control.keeping import KeptPixels, find_true_color, keep_own
from colorkit.inference.control.references import References
from colorkit.inference.control.small_color import cell_means, small_ab
from colorkit.inference.pictures import (
    ColorizedPicture,
    PredictedColor,
    PreparedPicture,
    check_picture,
)

if TYPE_CHECKING:
    from colorkit.inference.colorizer import Colorizer
    from colorkit.inference.control.controls import Controls
    from colorkit.inference.hints import HintLike

_SURELY_COLORED = 0.9  # share of a cell whose colour is known well enough for a hint


class GuidedColorizer:
    """Colours as a `Colorizer` does, under controls that hold for every picture.

    It has the `colorize` of a `Colorizer`, and its `prepare`, `predict` and `finish`, which may run
    on different threads likewise, and so colours folders and videos too.

    Args:
        colorizer: `Colorizer`.
        controls: `colorkit.inference.control.controls.Controls` that were checked for it.
    """

    def __init__(self, colorizer: Colorizer, controls: Controls) -> None:
        self._source = colorizer  # whose insight is shared; a copy may tend to a palette
        if controls.palette is not None:
            colorizer = colorizer.with_palette(controls.palette)
        self._colorizer = colorizer
        self._controls = controls
        self._lock = threading.Lock()

    def colorize(self, image: ArrayLike, hints: Iterable[HintLike] | None = None) -> NDArray[Any]:
        """Colours one picture, as `Colorizer.colorize` does."""
        prepared = self.prepare(image, hints)
        return self.finish(prepared, self.predict([prepared])[0]).pixels

    def prepare(
        self, image: ArrayLike, hints: Iterable[HintLike] | None = None, *, find_border: bool = True
    ) -> PreparedPicture:
        """Prepares a picture, as `Colorizer.prepare` does."""
        pixels = check_picture(image)
        prepared = self._colorizer.prepare(pixels, hints, find_border=find_border)
        share = self._controls.mask
        if share is not None and share.shape != pixels.shape[:2]:
            raise ValueError(
                f"A mask must have the picture's size, (H, W) = {pixels.shape[:2]}. "
                f"Received: {share.shape}"
            )
        if self._controls.keep_color and pixels.ndim == 3 and pixels.shape[2] == 3:
            colored = find_true_color(pixels)
            if self._colorizer.takes_hints:
                drawn = _hints_of_colored(pixels, colored, prepared)
                prepared = dataclasses.replace(prepared, drawn_hints=drawn)
            share = colored if share is None else np.maximum(share, colored)
        if share is not None:
            prepared = dataclasses.replace(prepared, kept=KeptPixels(pixels, share))
        return prepared

    def predict(self, prepared: Sequence[PreparedPicture]) -> list[PredictedColor]:
        """Runs the model, as `Colorizer.predict` does."""
        if self._controls.references:
            with self._lock:
                references = self._references
            prepared = [
                dataclasses.replace(each, drawn_hints=references.draw(each)) for each in prepared
            ]
        return self._colorizer.predict(prepared)

    def finish(self, prepared: PreparedPicture, color: PredictedColor) -> ColorizedPicture:
        """Enlarges the colour, as `Colorizer.finish` does, in its look; puts back what is kept."""
        look = self._controls.look
        if look is not None:
            lightness = resample(prepared.lightness[prepared.content], color.ab.shape[:2])
            color = dataclasses.replace(color, ab=look.apply(lightness, color.ab))
        picture = self._colorizer.finish(prepared, color)
        if prepared.kept is None:
            return picture
        return dataclasses.replace(picture, pixels=keep_own(picture.pixels, prepared.kept))

    @functools.cached_property
    def _references(self) -> References:
        pictures = self._controls.references
        prepared = [self._colorizer.prepare(each) for each in pictures]
        return References(self._source.insight, prepared, pictures)


def _hints_of_colored(
    pixels: NDArray[Any], colored: NDArray[np.float32], prepared: PreparedPicture
) -> NDArray[np.float32] | None:
    """Draws the colour that a picture has as hints, so that the rest suits it."""
    drawn = np.zeros((*prepared.view.shape, 3), "float32")
    if prepared.drawn_hints is not None:
        drawn[:] = prepared.drawn_hints
    content, size = prepared.content, prepared.input_size
    share = cell_means(resample(colored[content], size)[..., None], CELL)[..., 0]
    ab = cell_means(small_ab(pixels[content], size), CELL)
    draw_cells(drawn, ab, np.where(share > _SURELY_COLORED, 1.0, 0.0).astype("float32"))
    return drawn if drawn[..., 2].any() else None
