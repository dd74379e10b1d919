"""Names of types that annotations have in common."""

import os
from typing import Any, TypeAlias

StrPath: TypeAlias = str | os.PathLike[str]
"""The path of a file or folder."""

Tensor: TypeAlias = Any
"""A tensor of any Keras backend, a symbolic one, or an array that `keras.ops` takes."""

Shape: TypeAlias = tuple[int | None, ...]
"""The shape of a tensor; `None` for a length that is not fixed."""

ImageSize: TypeAlias = int | tuple[int, int] | None
"""Height and width of a model's input in pixels, one number for both, or `None` for any size."""
