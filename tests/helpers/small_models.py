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
    iizuka,
    larsson,
    load,
    zhang,
)
from colorkit.training.features import teacher_features

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


def shrink_iizuka(patch):
    """Lets the model of Iizuka et al. be built of few channels.

    Args:
        patch: pytest's `MonkeyPatch`.
    """
    for table in ("LOW_LEVEL", "GLOBAL_CONVOLUTIONS", "MID_LEVEL"):
        rows = tuple((filters // 16, stride) for filters, stride in getattr(iizuka, table))
        patch.setattr(iizuka, table, rows)
    patch.setattr(iizuka, "GLOBAL_UNITS", (64, 32, 16))
    patch.setattr(iizuka, "FUSION_FILTERS", 16)
    patch.setattr(iizuka, "CLASSIFICATION_UNITS", 32)
    patch.setattr(iizuka, "COLORIZATION_BLOCKS", ((16,), (16, 16), (16,)))


def shrink_larsson(patch):
    """Lets the model of Larsson et al. be built of few channels and one convolution a block.

    Args:
        patch: pytest's `MonkeyPatch`.
    """
    patch.setattr(larsson, "BLOCKS", dict.fromkeys(larsson.BLOCKS, (4,)))
    patch.setattr(larsson, "FULLY_CONNECTED", {"fc6": (8, 7), "fc7": (8, 1)})
    patch.setattr(larsson, "HYPERCOLUMN_UNITS", 16)


def put_teacher_in_place(patch):
    """Puts in the place of distillation's InceptionV3 a model that says as much by few weights.

    Args:
        patch: pytest's `MonkeyPatch`.
    """

    def build(weights, image_size):
        keras.utils.set_random_seed(0)
        rgb = keras.Input((image_size, image_size, 3))
        outputs = []
        for layer in teacher_features.TEACHER_LAYERS:
            x = layers.Conv2D(160, layer.stride, layer.stride, activation="relu")(rgb)
            outputs.append(layers.Cropping2D(1, name=layer.name)(x))
        return keras.Model(rgb, outputs)

    patch.setattr(teacher_features, "load_inception_trunk", build)


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
