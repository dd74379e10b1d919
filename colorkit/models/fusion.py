"""Models 3 and 4: local features fused with a frozen classifier's embedding, to ab.

One architecture with two backbones, InceptionV3 and EfficientNetB0.
"""

import keras
from keras import layers

from colorkit.models.arguments import explain_other_arguments, standardize_image_size
from colorkit.models.layers.ab_decoder import build_ab_decoder
from colorkit.models.layers.backbones import (
    EFFICIENTNETS,
    INCEPTION_V3,
    Backbone,
    build_frozen_backbone,
)
from colorkit.models.layers.common import RepeatOverGrid, ScaleLightness
from colorkit.typing import ImageSize, Shape, StrPath

# Filters of the 3x3 convolutions (the report's table 4). A block of the encoder begins with
# stride 2, a block of the decoder ends with a x2 bilinear upsampling.
ENCODER_BLOCKS = ((64, 128), (128, 256), (256, 512, 512, 256))
FUSION_FILTERS = 256
DECODER_BLOCKS = ((128,), (64,), (32, 16, 2))
SIZE_MULTIPLE = 8


@explain_other_arguments
def build_inception_model(
    image_size: ImageSize = 256, weights: StrPath | None = "imagenet", name: str = "inception_v3"
) -> keras.Model:
    """Builds the InceptionV3 fusion model of the report's section 4.3 (model 3).

    The picture, resized to 299 x 299, is embedded by InceptionV3 with its top (1000 class
    probabilities); the embedding is fused with the encoder's features at 1/8 of the size.
    The parts are available as models, to train the rest on precomputed embeddings:
    `get_layer("embedder")` is the frozen backbone from L to the embedding `(B, 1000)`, and
    `get_layer("fusion_network")` goes from `[L, embedding]` to ab; inside it are `"encoder"`,
    `"fusion"` and `"decoder"`. They share their weights with the model.

    Args:
        image_size: Int, `(height, width)` or None (any size), in multiples of 8 pixels.
            Defaults to `256`.
        weights: The backbone's: `"imagenet"`, None (random), or the path of a `keras.applications`
            weights file of InceptionV3 with its top. Defaults to `"imagenet"`.
        name: String, the model's name.

    Returns:
        A `keras.Model` from L, float32 `(B, H, W, 1)` in [0, 100], to ab / 128, float32
        `(B, H, W, 2)` in [-1, 1].

    Raises:
        ValueError: `image_size` does not fit, or `weights` is not one of the above.
        ConnectionError: The ImageNet weights are not there and cannot be downloaded.

    Example:
        >>> lab = colorkit.rgb_to_lab(photo[None, :64, :64])
        >>> model = build_inception_model(image_size=64, weights=None)
        >>> embedding = model.get_layer("embedder").predict(lab[..., :1], verbose=0)
        >>> fusion_network = model.get_layer("fusion_network")
        >>> fusion_network.compile("rmsprop", "mse")
        >>> history = fusion_network.fit([lab[..., :1], embedding], lab[..., 1:] / 128, verbose=0)
        >>> model.save("inception_v3.keras")
    """
    return _build_fusion_model(INCEPTION_V3, image_size, weights, name)


@explain_other_arguments
def build_efficientnet_model(
    image_size: ImageSize = 256,
    weights: StrPath | None = "imagenet",
    name: str | None = None,
    variant: str = "b0",
) -> keras.Model:
    """Builds the EfficientNetB0 fusion model of the report's section 4.4 (model 4).

    As `build_inception_model`, with EfficientNetB0 at 224 x 224 as the backbone, or one of the
    larger ones that compound scaling makes of it (section 4.4.3), at its own size.

    Args:
        image_size: Int, `(height, width)` or None (any size), in multiples of 8 pixels.
            Defaults to `256`.
        weights: The backbone's: `"imagenet"`, None (random), or the path of a `keras.applications`
            weights file of that EfficientNet with its top. Defaults to `"imagenet"`.
        name: String, the model's name. `None` means `"efficientnet_"` and the variant.
        variant: `"b0"` to `"b7"`, which backbone: from 5.3 million parameters at 224 x 224 to 66.7
            million at 600 x 600. Recipe and command line train B0, as the report. Defaults to
            `"b0"`.

    Returns:
        A `keras.Model` from L, float32 `(B, H, W, 1)` in [0, 100], to ab / 128, float32
        `(B, H, W, 2)` in [-1, 1].

    Raises:
        ValueError: `image_size` does not fit, or `weights` or `variant` is not one of the above.
        ConnectionError: The ImageNet weights are not there and cannot be downloaded.
    """
    if variant not in EFFICIENTNETS:
        raise ValueError(
            f"`variant` must be one of {', '.join(EFFICIENTNETS)}. Received: {variant!r}"
        )
    name = name or f"efficientnet_{variant}"
    return _build_fusion_model(EFFICIENTNETS[variant], image_size, weights, name)


def _build_fusion_model(
    backbone: Backbone, image_size: ImageSize, weights: StrPath | None, name: str
) -> keras.Model:
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    lightness = keras.Input((height, width, 1), name="lightness")
    embedder = build_frozen_backbone(backbone, lightness.shape[1:], weights, name="embedder")
    fusion_network = _fusion_network(lightness.shape[1:], embedder.output_shape[1:])
    ab = fusion_network([lightness, embedder(lightness, training=False)])
    return keras.Model(lightness, ab, name=name)


def _fusion_network(input_shape: Shape, embedding_shape: Shape) -> keras.Model:
    lightness = keras.Input(input_shape, name="lightness")
    embedding = keras.Input(embedding_shape, name="embedding")
    encoder = _encoder(input_shape)
    fusion = _fusion(encoder.output_shape[1:], embedding_shape)
    decoder = build_ab_decoder(fusion.output_shape[1:], DECODER_BLOCKS, "bilinear")
    ab = decoder(fusion([encoder(lightness), embedding]))
    return keras.Model([lightness, embedding], ab, name="fusion_network")


def _encoder(input_shape: Shape) -> keras.Model:
    lightness = keras.Input(input_shape, name="lightness")
    x = ScaleLightness(1 / 100, SIZE_MULTIPLE, name="scale_lightness")(lightness)
    for block, filters_of_block in enumerate(ENCODER_BLOCKS, start=1):
        for conv, filters in enumerate(filters_of_block, start=1):
            x = layers.Conv2D(
                filters,
                3,
                strides=2 if conv == 1 else 1,
                padding="same",
                activation="relu",
                name=f"block{block}_conv{conv}",
            )(x)
    return keras.Model(lightness, x, name="encoder")


def _fusion(features_shape: Shape, embedding_shape: Shape) -> keras.Model:
    features = keras.Input(features_shape, name="features")
    embedding = keras.Input(embedding_shape, name="embedding")
    repeated = RepeatOverGrid(name="repeat_embedding")([embedding, features])
    x = layers.Concatenate(name="concatenate")([features, repeated])
    x = layers.Conv2D(FUSION_FILTERS, 1, activation="relu", name="conv")(x)
    return keras.Model([features, embedding], x, name="fusion")
