"""Checks the builders' common arguments: input size and initial weights."""

from __future__ import annotations

import functools
import inspect
import numbers
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec

from colorkit.typing import ImageSize, StrPath

if TYPE_CHECKING:
    import keras

P = ParamSpec("P")


def explain_other_arguments(builder: Callable[P, keras.Model]) -> Callable[P, keras.Model]:
    """Makes a builder answer arguments that it does not take, as those of `keras.applications`.

    Args:
        builder: Function that builds a model.

    Returns:
        The same function, but that its `TypeError` says what to give instead.
    """
    taken = inspect.signature(builder).parameters

    @functools.wraps(builder)
    def build(*args: P.args, **kwargs: P.kwargs) -> keras.Model:
        unknown = {name: given for name, given in kwargs.items() if name not in taken}
        if unknown:
            raise TypeError(
                f"Expected arguments of {builder.__name__}({', '.join(taken)}): `image_size` is "
                "the height and width of the input, which has one channel, L; the whole model "
                "is built, and its parts are among `model.layers`. Received: "
                + ", ".join(f"{name}={given!r}" for name, given in unknown.items())
            )
        return builder(*args, **kwargs)

    return build


def standardize_image_size(
    image_size: ImageSize, size_multiple: int
) -> tuple[int, int] | tuple[None, None]:
    """Checks `image_size` and converts it to `(height, width)`.

    Args:
        image_size: Int (square), `(height, width)`, or None for any size.
        size_multiple: Int, height and width must be divisible by it.

    Returns:
        `(height, width)`; `(None, None)` for any size.

    Raises:
        ValueError: Neither of these forms, or not a positive multiple.

    Example:
        >>> standardize_image_size(256, 8)
        (256, 256)
    """
    if image_size is None:
        return None, None
    is_pair = isinstance(image_size, (tuple, list)) and len(image_size) == 2
    height_width: Any = image_size if is_pair else (image_size, image_size)
    if not all(_is_positive_multiple(length, size_multiple) for length in height_width):
        raise ValueError(
            "Expected `image_size` to be None (any size), an int or (height, width), in positive "
            f"multiples of {size_multiple}, such as {8 * size_multiple}. "
            f"Received: image_size={image_size!r}"
        )
    return int(height_width[0]), int(height_width[1])


def standardize_weights(weights: StrPath | None, allow_imagenet: bool = True) -> str | None:
    """Checks the `weights` argument of a builder.

    Args:
        weights: `"imagenet"`, None (random), or the path of a weights file.
        allow_imagenet: Bool, whether the model has a backbone that ImageNet weights fit.

    Returns:
        `"imagenet"`, None, or the path as a string.

    Raises:
        ValueError: Not one of these, or there is no such file.
    """
    if weights is None:
        return None
    if weights == "imagenet" and allow_imagenet:
        return "imagenet"
    if isinstance(weights, (str, os.PathLike)) and os.path.isfile(weights):
        return os.fspath(weights)
    choices = "'imagenet', None (random)" if allow_imagenet else "None (random)"
    raise ValueError(
        f"Expected `weights` to be {choices} or the path of a weights file that exists. "
        f"Received: weights={weights!r}"
    )


def _is_positive_multiple(length: Any, size_multiple: int) -> bool:
    is_int = isinstance(length, numbers.Integral) and not isinstance(length, bool)
    return is_int and bool(length > 0 and length % size_multiple == 0)
