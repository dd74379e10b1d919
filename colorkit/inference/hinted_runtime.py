"""Runs the model that takes hints, loaded with the first hints, and snaps its output to them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.color.constants import AB_SCALE
from colorkit.inference.hints import settle_strength
from colorkit.models.weight_files import COLORKIT_BASE, COLORKIT_HINTS, shipped_file
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import keras

    from colorkit.inference.control.palettes import Palette
    from colorkit.inference.exported_runtime import ExportedRuntime
    from colorkit.inference.keras_runtime import KerasRuntime

SIGMA = 1.5
"""Standard deviation of a correction's Gaussian, in cells of the model's output."""

_KERNEL = 2 * int(4 * SIGMA) + 1


class HintedRuntime:
    """Runs a model on hints: itself, or the shipped companion of the default one.

    The companion is run by what runs the default model, Keras or ONNX Runtime.

    Args:
        runtime: `KerasRuntime` or `ExportedRuntime` that colours without hints.
        model: What it was opened from: `"colorkit_base"`, a path or a `keras.Model`.
        precision: As for `KerasRuntime`.
        style: Likewise.
        palette: Likewise.
        load: Function that loads the companion's `keras.Model`, for Keras; `None` for the shipped
            one.
    """

    def __init__(
        self,
        runtime: KerasRuntime | ExportedRuntime,
        model: keras.Model | StrPath,
        precision: str = "auto",
        style: str | None = None,
        palette: Palette | None = None,
        load: Callable[[], keras.Model] | None = None,
    ) -> None:
        self._runtime = runtime
        self._is_default = isinstance(model, str) and model == COLORKIT_BASE
        self._choices = precision, style, palette
        self._load = functools.cache(_load_shipped) if load is None else load
        self._lock = threading.Lock()
        self._opened = runtime if runtime.spec.takes_hints else None

    @property
    def takes_hints(self) -> bool:
        """Whether the model, or its companion, takes hints."""
        return self._opened is not None or self._is_default and self._companion_file().is_file()

    def check(self) -> None:
        """Checks that the model takes hints.

        Raises:
            ValueError: If it cannot.
        """
        if not self.takes_hints:
            kind = ", an exported model" if self._runtime.model is None else ""
            raise ValueError(
                "Hints are taken by the default model, run by Keras or ONNX Runtime, by models "
                "that the recipe 'colorkit_hints' trained, and by their exports to ONNX: leave "
                "hints out, or give one of these. "
                f"Received: {self._runtime.name!r}{kind}"
            )

    def predict(
        self, lightness: NDArray[np.float32], hints: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Predicts the colour of a stack of pictures with hints, as `KerasRuntime.predict` does.

        The output is snapped to the hints (`snap_hints`), and those of a strength below 1 are
        settled before (`settle_strength`).

        Raises:
            ValueError: If the model takes no hints.
        """
        self.check()
        with self._lock:
            if self._opened is None:
                self._opened = self._open_companion()
        if np.any((hints[..., 2] > 0) & (hints[..., 2] < 1)):
            hints = settle_strength(hints, self._runtime.predict(lightness))
        return snap_hints(self._opened.predict(lightness, hints), hints)

    def _companion_file(self) -> Path:
        return shipped_file(self._runtime.weights_suffix, COLORKIT_HINTS)

    def _open_companion(self) -> KerasRuntime | ExportedRuntime:
        precision, style, palette = self._choices
        if self._runtime.model is None:
            from colorkit.inference.exported_runtime import ExportedRuntime

            return ExportedRuntime(self._companion_file(), style)
        from colorkit.inference.keras_runtime import KerasRuntime

        return KerasRuntime(self._load(), precision, style, palette)

    def with_look(
        self,
        runtime: KerasRuntime | ExportedRuntime,
        model: keras.Model | StrPath,
        precision: str,
        style: str | None,
        palette: Palette | None,
    ) -> HintedRuntime:
        """Returns a runtime for another style or palette, sharing the companion's model."""
        return HintedRuntime(runtime, model, precision, style, palette, self._load)


def snap_hints(ab: NDArray[np.float32], hints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Snaps the output to the hints: exactly in their cells, and decreasingly around them.

    A model with hints may still predict a paler colour, above all for unlikely hints. In each
    hinted cell the difference to the hint is added; around it, the Gaussian-weighted mean of
    these differences.

    Args:
        ab: float32 array of shape `(B, h, w, 2)`: CIE a and b.
        hints: float32 array of shape `(B, h * stride, w * stride, 3)`: a / 128, b / 128, and 1
            where a hint is, else 0.

    Returns:
        float32 array of the shape of `ab`.
    """
    batch, height, width, _ = ab.shape
    stride = hints.shape[1] // height
    cells = hints.reshape(batch, height, stride, width, stride, 3)
    total = np.concatenate([cells[..., :2] * cells[..., 2:], cells[..., 2:]], -1).sum((2, 4))
    given = total[..., 2:] > 0
    wanted = AB_SCALE * total[..., :2] / np.maximum(total[..., 2:], 1.0)
    lacks = np.concatenate([np.where(given, wanted - ab, 0.0), given], -1).astype("float32")
    peak = cv2.getGaussianKernel(_KERNEL, SIGMA).max() ** 2
    spread = np.stack([cv2.GaussianBlur(each, (_KERNEL, _KERNEL), SIGMA) for each in lacks])
    spread /= np.float32(peak)
    return ab + spread[..., :2] / np.maximum(spread[..., 2:], 1.0)


def _load_shipped() -> keras.Model:
    from colorkit.models.load import load_model

    return load_model(COLORKIT_HINTS)
