"""Checks of a `Colorizer`'s arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from colorkit.choices import MAX_SATURATION
from colorkit.inference.letterbox import DEFAULT_SIZE

if TYPE_CHECKING:
    from colorkit.inference.exported_runtime import ExportedRuntime
    from colorkit.inference.keras_runtime import KerasRuntime


def check_size(size: int | None, runtime: KerasRuntime | ExportedRuntime) -> int:
    """Checks the shorter side of a model's input; `None` becomes the default.

    Raises:
        ValueError: If it is no positive int, or the model takes one size only.
    """
    fixed = runtime.spec.image_size
    if fixed is not None and size is not None:
        raise ValueError(
            f"The model {runtime.name!r} takes pictures of {fixed[0]} x {fixed[1]} "
            f"pixels only: leave `size` out. Received: size={size!r}"
        )
    if size is None:
        return DEFAULT_SIZE
    if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
        raise ValueError(
            f"`size` must be a positive int, the pixels of the shorter side that the model "
            f"sees, or None for {DEFAULT_SIZE}. Received: size={size!r}"
        )
    return int(size)


def check_saturation(saturation: float) -> float:
    """Checks the factor of a and b.

    Raises:
        ValueError: If it is no number in its range.
    """
    is_number = isinstance(saturation, (int, float, np.number)) and not isinstance(saturation, bool)
    if not is_number or not 0 <= saturation <= MAX_SATURATION:
        raise ValueError(
            f"`saturation` must be from 0 (gray) to {MAX_SATURATION:g}; 1 leaves the model's "
            f"colours as they are. Received: saturation={saturation!r}"
        )
    return float(saturation)
