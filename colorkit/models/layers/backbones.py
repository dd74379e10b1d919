"""Models of `keras.applications` as frozen backbones that take lightness.

The gray value given to a backbone is 255 L / 100. L is not the gray of a gray photograph, but
within 9 levels of it, and needs no further input.
"""

import dataclasses
import functools
from collections.abc import Callable
from types import MappingProxyType

import keras
from keras import layers

from colorkit.models.arguments import standardize_weights
from colorkit.models.layers.common import FrozenModel, ScaleLightness
from colorkit.typing import Shape, StrPath


@dataclasses.dataclass(frozen=True)
class Backbone:
    """A model of `keras.applications` and its `preprocess_input`.

    Attributes:
        build: Function of `weights` ("imagenet", None or a path) that returns the model.
        image_size: Int, side of its square input, or None for any size.
        scale, offset: `preprocess_input` of values in [0, 255] is `scale * value + offset`.
            For VGG16 ("caffe") it also turns RGB to BGR, which makes no difference for gray.
    """

    build: Callable[[str | None], keras.Model]
    image_size: int | None
    scale: float
    offset: float | tuple[float, ...]


def build_frozen_backbone(
    backbone: Backbone,
    input_shape: Shape,
    weights: StrPath | None,
    name: str,
    size_multiple: int = 1,
) -> FrozenModel:
    """Builds a frozen backbone from lightness to features, with its preprocessing inside.

    Frozen twice: not trainable, and always run in inference mode.

    Args:
        backbone: A `Backbone`.
        input_shape: `(height, width, 1)` of L; height and width may be None.
        weights: `"imagenet"`, None (random), or the path of a weights file.
        name: String, the model's name.
        size_multiple: Int, height and width must be divisible by it.

    Returns:
        A `FrozenModel` from L, float32 `(B, H, W, 1)` in [0, 100], to the backbone's output.

    Raises:
        ValueError: `weights` is not one of the above, or the file does not fit.
        ConnectionError: The ImageNet weights are not there and cannot be downloaded.
    """
    model = _load(backbone, weights)
    model.trainable = False
    lightness = keras.Input(input_shape, name="lightness")
    gray = ScaleLightness(255 / 100, size_multiple, name="lightness_to_gray")(lightness)
    x = layers.Concatenate(dtype="float32", name="gray_to_rgb")([gray, gray, gray])
    if backbone.image_size is not None:
        side = backbone.image_size
        x = layers.Resizing(side, side, dtype="float32", name="resize")(x)
    x = layers.Rescaling(backbone.scale, backbone.offset, dtype="float32", name="preprocess_input")(
        x
    )
    frozen = FrozenModel(lightness, model(x, training=False), name=name)
    frozen.trainable = False
    return frozen


def _load(backbone: Backbone, weights: StrPath | None) -> keras.Model:
    weights = standardize_weights(weights)
    if weights != "imagenet":
        return backbone.build(weights)
    try:
        return backbone.build(weights)
    except Exception as error:
        if "URL fetch failure" not in str(error):
            raise
        raise ConnectionError(
            "Expected to download ImageNet weights of the backbone, which failed. Pass "
            "`weights=` the path of a weights file of keras.applications, or None for random "
            f"ones. Received: {error}"
        ) from error


def _vgg16_trunk(weights: StrPath | None) -> keras.Model:
    return keras.applications.VGG16(include_top=False, weights=weights, input_shape=(None, None, 3))


def _inception_v3(weights: StrPath | None) -> keras.Model:
    return keras.applications.InceptionV3(weights=weights)


def _efficientnet(variant: str, weights: StrPath | None) -> keras.Model:
    """Builds an EfficientNet such that a weights file and `"imagenet"` give the same model.

    For `"imagenet"` only, Keras adds a layer after the normalisation, which divides by
    the square root of the standard deviation: a file loaded by path, or a graph rebuilt without
    weights, would lack it. Here that division is part of the normalisation's variance instead.
    """
    build = getattr(keras.applications, f"EfficientNet{variant.upper()}")
    model = build(weights=None if weights == "imagenet" else weights)
    if weights == "imagenet":
        model.set_weights(build(weights=weights).get_weights())
    normalization = next(layer for layer in model.layers if isinstance(layer, layers.Normalization))
    normalization.adapt_variance.assign(normalization.adapt_variance**1.5)
    normalization.finalize_state()
    return model


def load_inception_trunk(weights: StrPath | None, image_size: int) -> keras.Model:
    """Builds an InceptionV3 without its top, from RGB in [-1, 1].

    Args:
        weights: `"imagenet"`, None (random), or the path of weights of the model without its top.
        image_size: Int, side of its square input, in pixels.

    Returns:
        A `keras.Model`.

    Raises:
        ValueError: `weights` is not one of the above.
        ConnectionError: The ImageNet weights are not there and cannot be downloaded.
    """

    def build(weights: StrPath | None) -> keras.Model:
        return keras.applications.InceptionV3(
            include_top=False, weights=weights, input_shape=(image_size, image_size, 3)
        )

    return _load(Backbone(build, image_size, scale=1 / 127.5, offset=-1.0), weights)


VGG16_TRUNK = Backbone(
    _vgg16_trunk, image_size=None, scale=1.0, offset=(-103.939, -116.779, -123.68)
)
INCEPTION_V3 = Backbone(_inception_v3, image_size=299, scale=1 / 127.5, offset=-1.0)

_EFFICIENTNET_SIZES = {
    "b0": 224, "b1": 240, "b2": 260, "b3": 300, "b4": 380, "b5": 456, "b6": 528, "b7": 600
}  # fmt: skip
EFFICIENTNETS = MappingProxyType(
    {
        variant: Backbone(
            functools.partial(_efficientnet, variant), image_size=side, scale=1.0, offset=0.0
        )
        for variant, side in _EFFICIENTNET_SIZES.items()
    }
)
"""EfficientNet-B0 to B7 by variant, each with the size that compound scaling gives it (Tan and Le
2019; the report's section 4.4.3)."""
