"""The contract of all models, and how to read a model's `ModelSpec`.

Every builder has the signature `(image_size, weights, name)` and returns a `keras.Model` from
lightness L, float32 `(B, H, W, 1)` in [0, 100], to either ab / 128, `(B, H, W, 2)` in [-1, 1], or
RGB, `(B, H, W, 3)` in [0, 1]. The output is float32 under every dtype policy. One that takes hints
has a second input, `(B, H, W, 3)`: a / 128, b / 128, and 1 where a colour is given, else 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from colorkit.backend.weights import layers_of
from colorkit.models.layers.common import ScaleLightness
from colorkit.models.spec import HINT_CHANNELS, ModelSpec

if TYPE_CHECKING:
    import keras

OUTPUTS = {2: "ab", 3: "rgb"}


def model_spec(model: keras.Model) -> ModelSpec:
    """Reads a model's `ModelSpec` from its layers and shapes, also of a loaded one.

    Args:
        model: A `keras.Model` made by one of the builders.

    Returns:
        A `ModelSpec`.

    Raises:
        ValueError: The model does not take L `(B, H, W, 1)`, alone or with hints, outputs neither
            ab nor RGB, or has no `ScaleLightness` layer.

    Example:
        >>> model_spec(colorkit.build_encoder_decoder_model(image_size=None))
        ModelSpec(image_size=None, size_multiple=16, output='rgb', takes_hints=False)
    """
    input_shapes = [tuple(each.shape) for each in model.inputs]
    input_shape, output_shape = input_shapes[0], tuple(model.output_shape)
    takes_hints = [shape[1:] for shape in input_shapes[1:]] == [(*input_shape[1:3], HINT_CHANNELS)]
    multiples = [
        layer.size_multiple for layer in layers_of(model) if isinstance(layer, ScaleLightness)
    ]
    if (
        not (takes_hints or len(input_shapes) == 1)
        or len(input_shape) != 4
        or input_shape[-1] != 1
        or output_shape[-1] not in OUTPUTS
        or not multiples
    ):
        raise ValueError(
            "Expected a colorkit model: lightness (B, H, W, 1) in, ab (B, H, W, 2) or RGB "
            "(B, H, W, 3) out, with a ScaleLightness layer inside. "
            f"Received: model '{model.name}' from {input_shape} to {output_shape}"
        )
    height_width = input_shape[1:3]
    return ModelSpec(
        image_size=None if None in height_width else height_width,
        size_multiple=max(multiples),
        output=OUTPUTS[output_shape[-1]],
        takes_hints=takes_hints,
    )
