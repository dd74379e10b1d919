"""The input and output specification of a model; imports no Keras."""

import dataclasses

HINT_CHANNELS = 3
"""Of the input of hints: a / 128, b / 128, and 1 where a colour is given, else 0."""


@dataclasses.dataclass(frozen=True)
class ModelSpec:
    """The input and output specification of a model.

    Attributes:
        image_size: `(height, width)` in pixels, or None for any size.
        size_multiple: Int, height and width must be divisible by it.
        output: `"ab"` (ab / 128 in [-1, 1]) or `"rgb"` (RGB in [0, 1]).
        takes_hints: Whether it takes colours that a user gives, beside lightness.
    """

    image_size: tuple[int, int] | None
    size_multiple: int
    output: str
    takes_hints: bool = False
