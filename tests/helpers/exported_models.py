"""Small models to export, where their exports go and how they are loaded."""

import keras

from colorkit.export import exporter
from colorkit.models.layers.annealed_mean import AnnealedMean, Decoding
from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness

PICTURE_FORMATS = ("saved_model", "onnx", "litert")
"""Formats of exports that colour whole pictures."""

MEAN = Decoding(temperature=1.0, rebalancing=0.5)
"""A style of their own for models that classify colour."""


def small_model(image_size=(None, None), output="ab", seed=1):
    """A model of strong, random colours that ends by doubling them, for multiples of 32."""
    keras.utils.set_random_seed(seed)
    lightness = keras.Input((*image_size, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Conv2D(32, 3, 2, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    if output == "rgb":
        x = keras.layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x)
        x = keras.layers.UpSampling2D(2)(x)
    else:
        x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
        x = BilinearUpSampling2D()(x)
    return keras.Model(lightness, x, name="small")


def classifying_model():
    """A model of strong, random colours that classifies the 313 bins."""
    keras.utils.set_random_seed(2)
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Conv2D(16, 3, 2, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(313, 3, padding="same", kernel_initializer="he_normal")(x)
    x = AnnealedMean(MEAN.temperature, MEAN.rebalancing)(x)
    return keras.Model(lightness, BilinearUpSampling2D()(x), name="classifying")


def hinted_model(stride=2, own_style=MEAN):
    """A model of strong, random colours that takes hints, and classifies the 313 bins.

    Args:
        stride: 2, or 4 as that of the default model, by which its colour is enlarged at its end.
        own_style: `Decoding` of its own.
    """
    keras.utils.set_random_seed(3)
    lightness, hints = keras.Input((None, None, 1)), keras.Input((None, None, 3), name="hints")
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Concatenate()([x, hints])
    x = keras.layers.Conv2D(16, 2 * stride - 1, stride, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(313, 3, padding="same", kernel_initializer="he_normal")(x)
    x = AnnealedMean(own_style.temperature, own_style.rebalancing)(x)
    for _ in range(stride // 2):
        x = BilinearUpSampling2D()(x)
    return keras.Model([lightness, hints], x, name="hinted")


def export_path(folder, file_format):
    """Where an export of a format goes: a file of its suffix, or a folder."""
    return folder / f"small{exporter.SUFFIXES.get(file_format, '')}"


def load(export, file_format):
    """The export as its format's runtime gives it: a function of a batch, and the metadata."""
    return exporter.FORMATS[file_format].load(export.path)
