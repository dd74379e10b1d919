"""Model 1: an encoder-decoder trained from scratch, from lightness to RGB."""

import keras
from keras import layers

from colorkit.models.arguments import (
    explain_other_arguments,
    standardize_image_size,
    standardize_weights,
)
from colorkit.models.layers.common import ScaleLightness
from colorkit.typing import ImageSize, Shape, StrPath, Tensor

# Filters of the 3x3 convolutions (report 4.1.2 and the code that it links).
ENCODER_BLOCKS = ((64, 64), (128, 128), (256, 256, 512), (512, 512, 512), (1024,))
DECODER_BLOCKS = ((512,), (512, 512, 256), (256, 128), (128, 64), (64, 32))
DROPOUT = 0.5
SIZE_MULTIPLE = 16

# Of PyTorch's BatchNorm2d, as in the code that the report links (section 8); the report leaves them
# open. PyTorch's momentum of 0.1 is what a batch counts, Keras' is what the past counts.
NORM_MOMENTUM, NORM_EPSILON = 0.9, 1e-5


@explain_other_arguments
def build_encoder_decoder_model(
    image_size: ImageSize = 512, weights: StrPath | None = None, name: str = "encoder_decoder"
) -> keras.Model:
    """Builds the encoder-decoder of the report's section 4.1 (model 1).

    Batch normalisation has the momentum and epsilon of the code that the report links. Four 2x2 max
    pools take the picture to 1/16 of its size with 1024 channels; four x2 nearest
    upsamplings (Keras' default; the report leaves the kind open) bring it back.
    `get_layer("encoder")` and `get_layer("decoder")` are models of their own.

    Args:
        image_size: Int, `(height, width)` or None (any size, fully convolutional), in multiples
            of 16 pixels. Defaults to `512`.
        weights: None (random) or the path of a `.weights.h5` or `.keras` file of this model.
            There is no backbone and hence no `"imagenet"`. Defaults to `None`.
        name: String, the model's name.

    Returns:
        A `keras.Model` from L, float32 `(B, H, W, 1)` in [0, 100], to RGB, float32
        `(B, H, W, 3)` in [0, 1].

    Raises:
        ValueError: `image_size` does not fit, or `weights` is not one of the above.

    Example:
        >>> model = build_encoder_decoder_model(image_size=64)
        >>> model.predict(np.full((1, 64, 64, 1), 50.0), verbose=0).shape
        (1, 64, 64, 3)
    """
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    weights = standardize_weights(weights, allow_imagenet=False)
    lightness = keras.Input((height, width, 1), name="lightness")
    encoder = _encoder(lightness.shape[1:])
    decoder = _decoder(encoder.output_shape[1:])
    model = keras.Model(lightness, decoder(encoder(lightness)), name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


def _encoder(input_shape: Shape) -> keras.Model:
    lightness = keras.Input(input_shape, name="lightness")
    x = ScaleLightness(1 / 100, SIZE_MULTIPLE, name="scale_lightness")(lightness)
    for block, filters_of_block in enumerate(ENCODER_BLOCKS, start=1):
        if block > 1:
            x = layers.MaxPooling2D(2, name=f"block{block - 1}_pool")(x)
        for conv, filters in enumerate(filters_of_block, start=1):
            x = _conv_block(x, filters, DROPOUT, f"block{block}_conv{conv}")
    return keras.Model(lightness, x, name="encoder")


def _decoder(input_shape: Shape) -> keras.Model:
    features = keras.Input(input_shape, name="features")
    x = features
    for block, filters_of_block in enumerate(DECODER_BLOCKS, start=1):
        if block > 1:
            x = layers.UpSampling2D(2, name=f"block{block - 1}_up")(x)
        for conv, filters in enumerate(filters_of_block, start=1):
            x = _conv_block(x, filters, 0.0, f"block{block}_conv{conv}")
    rgb = layers.Conv2D(3, 3, padding="same", activation="sigmoid", dtype="float32", name="rgb")(x)
    return keras.Model(features, rgb, name="decoder")


def _conv_block(x: Tensor, filters: int, dropout: float, name: str) -> Tensor:
    x = layers.Conv2D(filters, 3, padding="same", name=name)(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, name=f"{name}_bn")(
        x
    )
    if dropout:
        x = layers.Dropout(dropout, name=f"{name}_dropout")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
