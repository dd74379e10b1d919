"""Small models in place of those of `keras.applications` and of some of colorkit's."""

import dataclasses
import functools

import keras
from keras import layers

from colorkit.models import (
    colorkit_base,
    colorkit_hints,
    efficientnet_lite,
    encoder_decoder,
    fusion,
    load,
    zhang,
)

SIDES = {"InceptionV3": 299, "EfficientNetB0": 224}
_FILTERS = 8


def build_classifier(side, weights=None, **_):
    """Builds a model of RGB to 1000 classes, with an EfficientNet's first and last layers."""
    pictures = keras.Input((side, side, 3))
    x = layers.Normalization()(pictures)
    x = layers.Conv2D(_FILTERS, 16, 16, name="stem_conv")(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2D(_FILTERS, 1, name="top_conv")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(1000, activation="softmax", name="predictions")(x)
    model = keras.Model(pictures, x)
    if weights is not None:
        model.load_weights(weights)
    return model


def build_trunk(input_shape, **_):
    """Builds a model of RGB to features of 1/32 of its size."""
    pictures = keras.Input(input_shape)
    return keras.Model(pictures, layers.Conv2D(_FILTERS, 32, 32, name="features")(pictures))


def encode(gray):
    """Builds feature maps as `colorkit.models.efficientnet_lite.encode` does, in five layers."""
    x, maps = gray, {}
    for stride in (2, 4, 8, 16, 32):
        x = layers.Conv2D(
            _FILTERS, 3, 2, padding="same", activation="relu", name=f"features{stride}"
        )(x)
        maps[stride] = x
    return maps


def shrink_shipped_models(patch):
    """Lets colorkit_base and colorkit_hints be built of few layers, for which there are no weights.

    Args:
        patch: pytest's `MonkeyPatch`.
    """
    patch.setattr(efficientnet_lite, "FILTERS", {1: (_FILTERS,) * 7})
    patch.setattr(efficientnet_lite, "REPEATS", {1: (1,) * 7})
    for module in (colorkit_base, colorkit_hints):
        patch.setattr(module, "FILTERS", dict.fromkeys(colorkit_base.FILTERS, _FILTERS))


def put_backbones_in_place(patch):
    """Lets whoever asks `keras.applications` for a backbone get a small model.

    Args:
        patch: pytest's `MonkeyPatch`.
    """
    for name, side in SIDES.items():
        patch.setattr(keras.applications, name, functools.partial(build_classifier, side))
    patch.setattr(keras.applications, "VGG16", build_trunk)


def put_in_place(patch):
    """Replaces the backbones, and shrinks models; shipped ones get random weights.

    Args:
        patch: pytest's `MonkeyPatch`.
    """
    put_backbones_in_place(patch)
    patch.setattr(encoder_decoder, "ENCODER_BLOCKS", ((_FILTERS,),) * 5)
    patch.setattr(encoder_decoder, "DECODER_BLOCKS", ((_FILTERS,),) * 5)
    patch.setattr(fusion, "ENCODER_BLOCKS", ((_FILTERS, _FILTERS),) * 3)
    patch.setattr(fusion, "FUSION_FILTERS", _FILTERS)
    patch.setattr(fusion, "DECODER_BLOCKS", ((_FILTERS,), (_FILTERS,), (_FILTERS, 2)))
    blocks = {
        name: ((_FILTERS, *convolutions[-1][1:]),) for name, convolutions in zhang.BLOCKS.items()
    }
    patch.setattr(zhang, "BLOCKS", blocks)
    patch.setattr(zhang, "LAST_FILTERS", _FILTERS)
    patch.setattr(colorkit_base, "encode", encode)
    shipped = {
        name: dataclasses.replace(entry, builder=_without_weights(entry.builder))
        for name, entry in load.MODELS.items()
    }
    patch.setattr(load, "MODELS", shipped)


def _without_weights(builder):
    return lambda weights=None, **options: builder(**options)
