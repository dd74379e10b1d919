"""Runs a model on prepared pictures: in batches, in tiles, and smaller where memory is short."""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.backend.memory import is_out_of_memory
from colorkit.inference.hints import Hint, draw_hints
from colorkit.inference.letterbox import fill_letterbox, letterbox_picture
from colorkit.inference.pictures import PredictedColor, PreparedPicture

if TYPE_CHECKING:
    from colorkit.inference.exported_runtime import ExportedRuntime
    from colorkit.inference.hinted_runtime import HintedRuntime
    from colorkit.inference.keras_runtime import KerasRuntime

_SMALLEST_SIZE = 64  # smaller inputs show too little
_LARGEST_BATCH = 16


class Predictor:
    """Predicts the colour of pictures of any size with one model.

    Args:
        runtime: `KerasRuntime` or `ExportedRuntime` that runs pictures without hints.
        hinted: `HintedRuntime` that runs those with hints.
    """

    def __init__(self, runtime: KerasRuntime | ExportedRuntime, hinted: HintedRuntime) -> None:
        self._runtime = runtime
        self._hinted = hinted

    def prepare(
        self,
        lightness: NDArray[np.float32],
        dtype: np.dtype[Any],
        content: tuple[slice, slice],
        size: int,
        hints: tuple[Hint, ...],
    ) -> PreparedPicture:
        """Prepares the model's view of a picture.

        Args:
            lightness: float32 array of shape `(H, W)` in [0, 100]: CIE L.
            dtype: NumPy dtype of the picture's pixels.
            content: Slices over rows and columns: the part that is coloured.
            size: Int, pixels of the content's shorter side as the model sees it.
            hints: Tuple of `colorkit.Hint`s within the content.

        Returns:
            A `PreparedPicture`.
        """
        photo = lightness[content]
        letterbox = letterbox_picture(photo.shape, self._runtime.spec, size, self._runtime.stride)
        within = [_moved(hint, content) for hint in hints]
        drawn = draw_hints(within, photo.shape, letterbox) if hints else None
        view = fill_letterbox(photo, letterbox)
        return PreparedPicture(
            lightness, dtype, content, view, letterbox.tiles, letterbox.content, hints, drawn
        )

    def predict(self, prepared: Sequence[PreparedPicture], size: int) -> list[PredictedColor]:
        """Predicts the colour of pictures, those of one `input_shape` together.

        Args:
            prepared: List of `PreparedPicture`s.
            size: Int, the size that they were prepared for.

        Returns:
            List of `PredictedColor`, in the order of `prepared`.

        Raises:
            MemoryError: If memory does not suffice even for the smallest view of a picture.
        """
        colors: dict[int, PredictedColor] = {}
        kinds = [(each.input_shape, each.drawn_hints is not None) for each in prepared]
        for kind in sorted(set(kinds)):
            alike = [n for n, each in enumerate(kinds) if each == kind]
            inputs = [each for n in alike for each in _tile_inputs(prepared[n])]
            tiles = iter(self._predict_tiles(inputs))
            for n in alike:
                own = list(itertools.islice(tiles, len(prepared[n].tiles.starts)))
                colors[n] = self._join(prepared[n], own, size)
        return [colors[n] for n in range(len(prepared))]

    def _predict_tiles(
        self, inputs: list[tuple[NDArray[np.float32], ...]]
    ) -> list[NDArray[np.float32] | None]:
        """Predicts the a and b of inputs of one shape, each its arrays, in order.

        One for which alone memory does not suffice gets `None`.
        """
        if len(inputs) > _LARGEST_BATCH:
            batches = range(0, len(inputs), _LARGEST_BATCH)
            return [
                ab
                for start in batches
                for ab in self._predict_tiles(inputs[start : start + _LARGEST_BATCH])
            ]
        try:
            return list(self._run(*map(np.stack, zip(*inputs, strict=True))))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        if len(inputs) == 1:
            return [None]
        middle = len(inputs) // 2
        return self._predict_tiles(inputs[:middle]) + self._predict_tiles(inputs[middle:])

    def _run(
        self, views: NDArray[np.float32], drawn_hints: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        if drawn_hints is None:
            return self._runtime.predict(views)
        return self._hinted.predict(views, drawn_hints)

    def _join(
        self, prepared: PreparedPicture, tiles: list[NDArray[np.float32] | None], size: int
    ) -> PredictedColor:
        """Joins the a and b of a picture's tiles; predicts anew, smaller, where one is missing."""
        parts = [ab for ab in tiles if ab is not None]
        if len(parts) < len(tiles):
            size = self._smaller_size(size, prepared.input_shape)
            smaller = self.prepare(
                prepared.lightness, prepared.dtype, prepared.content, size, prepared.hints
            )
            return self.predict([smaller], size)[0]
        ab = prepared.tiles.blend(parts, self._runtime.stride)
        height, width = (side // self._runtime.stride for side in prepared.input_size)
        return PredictedColor(ab[:height, :width], prepared.input_size)

    def _smaller_size(self, size: int, input_shape: tuple[int, ...]) -> int:
        height, width = input_shape
        if self._runtime.spec.image_size is not None or size // 2 < _SMALLEST_SIZE:
            raise MemoryError(
                f"The model {self._runtime.name!r} has not enough memory for an input of "
                f"{height} x {width} pixels, and takes no smaller one. Free some memory, or give "
                f"a smaller model."
            )
        warnings.warn(
            f"Memory is short for a model input of {height} x {width} pixels: colour is "
            f"predicted at size={size // 2} instead of {size}. The picture keeps its own size.",
            RuntimeWarning,
            stacklevel=2,
        )
        return size // 2


def _tile_inputs(prepared: PreparedPicture) -> list[tuple[NDArray[np.float32], ...]]:
    """Returns the arrays of each tile: its lightness, and its hints where there are any."""
    views = prepared.tiles.cut(prepared.view)
    if prepared.drawn_hints is None:
        return [(view,) for view in views]
    return list(zip(views, prepared.tiles.cut(prepared.drawn_hints), strict=True))


def _moved(hint: Hint, content: tuple[slice, slice]) -> Hint:
    rows, columns = content
    return dataclasses.replace(hint, x=hint.x - columns.start, y=hint.y - rows.start)
