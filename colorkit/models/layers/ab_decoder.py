"""The decoder of models 2, 3 and 4: convolutions and x2 upsamplings to ab."""

from collections.abc import Sequence

import keras
from keras import layers

from colorkit.models.layers.common import BilinearUpSampling2D
from colorkit.typing import Shape

OUTPUT_STDDEV = 1e-3
"""Standard deviation of the tanh convolution's initial weights, small so that training starts from
gray. With Keras' default, features as large as VGG16's can saturate tanh."""

UP_SAMPLINGS = {"nearest": layers.UpSampling2D, "bilinear": BilinearUpSampling2D}


def build_ab_decoder(
    input_shape: Shape, blocks: Sequence[tuple[int, ...]], interpolation: str, name: str = "decoder"
) -> keras.Model:
    """Builds a decoder of 3x3 "same" ReLU convolutions, ending in a tanh convolution.

    Args:
        input_shape: `(height, width, channels)` of the features; height and width may be None.
        blocks: Filters of the convolutions, a tuple a block; every block ends in a x2 upsampling.
            The last convolution is the tanh one and has 2 filters, a and b.
        interpolation: `"nearest"` or `"bilinear"`, of the upsamplings.
        name: String, the model's name.

    Returns:
        A `keras.Model` from features `(B, h, w, C)` to ab / 128, float32, in [-1, 1], of shape
        `(B, h * 2**n, w * 2**n, 2)` for n blocks.
    """
    starting_gray = keras.initializers.RandomNormal(stddev=OUTPUT_STDDEV)
    features = keras.Input(input_shape, name="features")
    x = features
    for block, filters_of_block in enumerate(blocks, start=1):
        for conv, filters in enumerate(filters_of_block, start=1):
            is_output = block == len(blocks) and conv == len(filters_of_block)
            x = layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="tanh" if is_output else "relu",
                kernel_initializer=starting_gray if is_output else "glorot_uniform",
                dtype="float32" if is_output else None,
                name="ab" if is_output else f"block{block}_conv{conv}",
            )(x)
        up_dtype = "float32" if block == len(blocks) else None
        x = UP_SAMPLINGS[interpolation](dtype=up_dtype, name=f"block{block}_up")(x)
    return keras.Model(features, x, name=name)
