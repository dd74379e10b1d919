"""Signs of age on the lightness of photographs: tone, fading, softness and grain, in `keras.ops`.

Old prints and their scans show these; the colour photographs that models are trained on do not.
Each photograph of a batch is aged independently. The functions are pure: grain is a hash of a seed
and the pixel's position, so that the same seed gives the same grain on every backend.
"""

import math

import numpy as np
from keras import ops

from colorkit.color.constants import L_MAX
from colorkit.typing import Tensor

AGING_UNIFORMS = 9
"""Uniform random numbers that a photograph needs."""

TONE = 0.4  # greatest |log| of gamma
FADING = 0.2  # of the range: greatest rise of black, and fall of white
GRAIN = 0.07  # of the range: greatest standard deviation
SOFTENED = 0.6  # times the probability of the others

_SEEDS = 1 << 24  # the distinct float32 uniforms in [0, 1)
_HASH = ((16, 0x7FEB352D), (15, 0x846CA68B))  # Wellons' "lowbias32": shifts and factors
_LAST_SHIFT = 16


def age_lightness(lightness: Tensor, probability: float, uniforms: Tensor) -> Tensor:
    """Ages photographs: applies each sign of age at random, in physical order.

    Args:
        lightness: float32 tensor of shape `(batch, height, width, 1)` in [0, 100].
        probability: Float in [0, 1], probability of tone, fading and grain, independently; that of
            softness is `SOFTENED` times it.
        uniforms: Uniform random numbers in [0, 1), float32 of shape `(batch, AGING_UNIFORMS)`.

    Returns:
        float32 tensor in [0, 100] of the shape of `lightness`.
    """
    uniforms = ops.convert_to_tensor(uniforms)
    toned, tone, faded, black, white, softened, grained, grain, seed = (
        uniforms[:, column, None, None, None] for column in range(AGING_UNIFORMS)
    )
    light = ops.clip(lightness / L_MAX, 0.0, 1.0)
    light = ops.where(toned < probability, change_tone(light, TONE * (2.0 * tone - 1.0)), light)
    light = ops.where(faded < probability, fade(light, FADING * black, FADING * white), light)
    light = ops.where(softened < SOFTENED * probability, soften(light), light)
    noise = GRAIN * grain * draw_grain(seed, *light.shape[1:3])
    light = ops.where(grained < probability, light + noise, light)
    return L_MAX * ops.clip(light, 0.0, 1.0)


def change_tone(light: Tensor, log_gamma: Tensor) -> Tensor:
    """Applies a gamma curve: darker middle tones for `log_gamma` above 0, lighter for below 0.

    Args:
        light: float32 tensor in [0, 1].
        log_gamma: Logarithm of the exponent, of a shape that broadcasts.
    """
    return ops.power(light, ops.exp(log_gamma))


def fade(light: Tensor, black: Tensor, white: Tensor) -> Tensor:
    """Raises black by `black` and lowers white by `white`, shares of the range."""
    return black + light * (1.0 - white - black)


def soften(light: Tensor) -> Tensor:
    """Averages 3 x 3 pixels, without padding at the borders; `light` has shape `(B, H, W, 1)`."""
    return ops.average_pool(light, 3, strides=1, padding="same")


def draw_grain(seed: Tensor, height: int, width: int) -> Tensor:
    """Draws film grain: Gaussian noise of mean 0 and standard deviation 1, pixel by pixel.

    Args:
        seed: A uniform random number for each photograph, float32 of shape `(batch, 1, 1, 1)`.
        height, width: Ints, size in pixels.

    Returns:
        float32 tensor of shape `(batch, height, width, 1)`, of absolute values below 5.
    """
    pixel = ops.cast(ops.reshape(ops.arange(height * width), (height, width, 1)), "uint32")
    stream = _hash(ops.cast(ops.floor(seed * _SEEDS), "uint32"))
    bits = _hash(ops.bitwise_xor(_hash(pixel), stream))
    first = (_float(ops.right_shift(bits, np.uint32(16))) + 0.5) / 65536.0
    second = _float(ops.bitwise_and(bits, np.uint32(0xFFFF))) / 65536.0
    return ops.sqrt(-2.0 * ops.log(first)) * ops.cos(2.0 * math.pi * second)  # Box and Muller


def _hash(bits: Tensor) -> Tensor:
    for shift, factor in _HASH:
        bits = ops.bitwise_xor(bits, ops.right_shift(bits, np.uint32(shift)))
        bits = ops.multiply(bits, np.uint32(factor))
        bits = ops.bitwise_and(bits, np.uint32(0xFFFFFFFF))  # On PyTorch Keras takes int64 for them
    return ops.bitwise_xor(bits, ops.right_shift(bits, np.uint32(_LAST_SHIFT)))


def _float(bits: Tensor) -> Tensor:
    return ops.cast(bits, "float32")
