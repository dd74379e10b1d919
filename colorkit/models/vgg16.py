"""Model 2: a frozen VGG16 trunk and a decoder, from lightness to ab."""

import keras

from colorkit.models.arguments import explain_other_arguments, standardize_image_size
from colorkit.models.layers.ab_decoder import build_ab_decoder
from colorkit.models.layers.backbones import VGG16_TRUNK, build_frozen_backbone
from colorkit.typing import ImageSize, StrPath

# Filters of the 3x3 convolutions (the report's model 2); a x2 upsampling ends every block.
DECODER_BLOCKS = ((256, 128), (64,), (32,), (16,), (2,))
SIZE_MULTIPLE = 32


@explain_other_arguments
def build_vgg_model(
    image_size: ImageSize = 224, weights: StrPath | None = "imagenet", name: str = "vgg16"
) -> keras.Model:
    """Builds the VGG16 autoencoder of the report's section 4.2 (model 2).

    Upsampling is nearest (Keras' default; the report leaves the kind open). The two parts
    are available as models, to train the decoder on precomputed features:
    `get_layer("encoder")` is the frozen trunk from L to features `(B, H / 32, W / 32, 512)`, and
    `get_layer("decoder")` goes from features to ab. They share their weights with the model.

    Args:
        image_size: Int, `(height, width)` or None (any size, fully convolutional), in multiples
            of 32 pixels. Defaults to `224`, the backbone's own size.
        weights: The backbone's: `"imagenet"`, None (random), or the path of a `keras.applications`
            weights file of VGG16 without its top. Defaults to `"imagenet"`.
        name: String, the model's name.

    Returns:
        A `keras.Model` from L, float32 `(B, H, W, 1)` in [0, 100], to ab / 128, float32
        `(B, H, W, 2)` in [-1, 1].

    Raises:
        ValueError: `image_size` does not fit, or `weights` is not one of the above.
        ConnectionError: The ImageNet weights are not there and cannot be downloaded.

    Example:
        >>> lab = colorkit.rgb_to_lab(photo[None, :64, :64])
        >>> model = build_vgg_model(image_size=64, weights=None)
        >>> features = model.get_layer("encoder").predict(lab[..., :1], verbose=0)
        >>> decoder = model.get_layer("decoder")
        >>> decoder.compile("adam", "mse")
        >>> history = decoder.fit(features, lab[..., 1:] / 128, verbose=0)
        >>> model.save("vgg16.keras")
    """
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    lightness = keras.Input((height, width, 1), name="lightness")
    encoder = build_frozen_backbone(
        VGG16_TRUNK, lightness.shape[1:], weights, name="encoder", size_multiple=SIZE_MULTIPLE
    )
    decoder = build_ab_decoder(encoder.output_shape[1:], DECODER_BLOCKS, "nearest")
    ab = decoder(encoder(lightness, training=False))
    return keras.Model(lightness, ab, name=name)
