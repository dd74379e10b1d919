"""What all networks have in common: how they are sized, and how callers find out.

Every builder has the signature `(image_size, weights, name)` and returns a `keras.Model` from
lightness L, float32 `(B, H, W, 1)` in [0, 100], to either ab / 128, `(B, H, W, 2)` in [-1, 1], or
RGB, `(B, H, W, 3)` in [0, 1]. The output is float32 under every dtype policy. One that takes hints
has a second input, `(B, H, W, 3)`: a / 128, b / 128, and 1 where a colour is given, else 0.
"""

import numbers
import os

from colorkit.models.layers.common import ScaleLightness
from colorkit.models.spec import ModelSpec

HINT_CHANNELS = 3
OUTPUTS = {2: "ab", 3: "rgb"}


def model_spec(model):
    """Reads a network's contract from the network itself, also from a loaded one.

    Args:
        model: A `keras.Model` made by one of the builders.

    Returns:
        A `ModelSpec`.

    Raises:
        ValueError: The model does not take L `(B, H, W, 1)`, alone or with hints, gives neither ab
            nor RGB, or has no `ScaleLightness` layer.

    Example:
        >>> model_spec(build_encoder_decoder_model(image_size=None))
        ModelSpec(image_size=None, size_multiple=16, output='rgb', takes_hints=False)
    """
    input_shapes = [tuple(each.shape) for each in model.inputs]
    input_shape, output_shape = input_shapes[0], tuple(model.output_shape)
    takes_hints = [shape[1:] for shape in input_shapes[1:]] == [(*input_shape[1:3], HINT_CHANNELS)]
    multiples = [
        layer.size_multiple for layer in _all_layers(model) if isinstance(layer, ScaleLightness)
    ]
    if (
        not (takes_hints or len(input_shapes) == 1)
        or len(input_shape) != 4
        or input_shape[-1] != 1
        or output_shape[-1] not in OUTPUTS
        or not multiples
    ):
        raise ValueError(
            "Expected a colorkit network: lightness (B, H, W, 1) in, ab (B, H, W, 2) or RGB "
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


def standardize_image_size(image_size, size_multiple):
    """Checks `image_size` and brings it to `(height, width)`.

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
    height_width = tuple(image_size) if is_pair else (image_size, image_size)
    if not all(_is_positive_multiple(length, size_multiple) for length in height_width):
        raise ValueError(
            "Expected `image_size` to be None (any size), an int or (height, width), in positive "
            f"multiples of {size_multiple}, such as {8 * size_multiple}. "
            f"Received: image_size={image_size!r}"
        )
    return int(height_width[0]), int(height_width[1])


def standardize_weights(weights, allow_imagenet=True):
    """Checks the `weights` argument of a builder.

    Args:
        weights: `"imagenet"`, None (random), or the path of a weights file.
        allow_imagenet: Bool, whether the network has a backbone that ImageNet weights fit.

    Returns:
        `"imagenet"`, None, or the path as a string.

    Raises:
        ValueError: Not one of these, or there is no such file.
    """
    if weights is None or (weights == "imagenet" and allow_imagenet):
        return weights
    if isinstance(weights, (str, os.PathLike)) and os.path.isfile(weights):
        return os.fspath(weights)
    choices = "'imagenet', None (random)" if allow_imagenet else "None (random)"
    raise ValueError(
        f"Expected `weights` to be {choices} or the path of a weights file that exists. "
        f"Received: weights={weights!r}"
    )


def _is_positive_multiple(length, size_multiple):
    is_int = isinstance(length, numbers.Integral) and not isinstance(length, bool)
    return is_int and length > 0 and length % size_multiple == 0


def _all_layers(model):
    for layer in model.layers:
        yield layer
        yield from _all_layers(layer) if hasattr(layer, "layers") else ()
