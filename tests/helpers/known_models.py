"""Models whose answers are known, and pictures that show them."""

import keras
import numpy as np
import skimage.color

from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness

SLOPE_A, SLOPE_B = 0.4, -0.3  # what the linear model answers: a = 0.4 L, b = -0.3 L


def linear_model(image_size=(None, None), enlargement=1):
    """A model whose answer is known: a and b are multiples of L."""
    lightness = keras.Input((*image_size, 1))
    x = ScaleLightness(1 / 128, size_multiple=32)(lightness)
    if enlargement > 1:
        x = keras.layers.AveragePooling2D(enlargement)(x)
    known = keras.layers.Conv2D(2, 1, use_bias=False, name="known")
    x = known(x)
    for _ in range(int(np.log2(enlargement))):
        x = BilinearUpSampling2D()(x)
    model = keras.Model(lightness, x, name="linear")
    known.set_weights([np.float32([[[[SLOPE_A, SLOPE_B]]]])])
    return model


def random_model(seed=0):
    """A small convolutional model with random, strong colours."""
    keras.utils.set_random_seed(seed)
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    for filters in (8, 8):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
    return keras.Model(lightness, x, name="random")


def smooth_picture(height, width):
    """A gray ramp along both axes, gentle also where they are short.

    All the colours that the linear model gives it lie inside sRGB.
    """
    y, x = (min(1, n / 100) * np.arange(n) / n for n in (height, width))
    return 0.3 + 0.2 * y[:, None] + 0.15 * x[None, :]


def assert_known_colors(rgb, gray, tolerance):
    lab = skimage.color.rgb2lab(rgb.astype("float64"))
    lightness = skimage.color.rgb2lab(np.dstack([gray] * 3))[..., 0]
    np.testing.assert_allclose(lab[..., 0], lightness, atol=0.05)
    np.testing.assert_allclose(lab[..., 1], SLOPE_A * lightness, atol=tolerance)
    np.testing.assert_allclose(lab[..., 2], SLOPE_B * lightness, atol=tolerance)
