"""What a network takes and gives, told without Keras."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class ModelSpec:
    """What a network takes and gives.

    Attributes:
        image_size: `(height, width)` in pixels, or None where the network takes any.
        size_multiple: Int, height and width must be divisible by it.
        output: `"ab"` (ab / 128 in [-1, 1]) or `"rgb"` (RGB in [0, 1]).
        takes_hints: Whether it takes colours that a user gives, beside lightness.
    """

    image_size: tuple | None
    size_multiple: int
    output: str
    takes_hints: bool = False
