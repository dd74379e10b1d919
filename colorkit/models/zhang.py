"""The model of Zhang, Isola and Efros 2016, "Colorful Image Colorization" ("ECCV16")."""

import keras
from keras import layers

from colorkit.models.arguments import (
    explain_other_arguments,
    standardize_image_size,
    standardize_weights,
)
from colorkit.models.layers.annealed_mean import Decoding, classify_color
from colorkit.models.layers.common import ScaleLightness
from colorkit.typing import ImageSize, StrPath, Tensor

# Figure 2 and the appendix's table: (filters, stride, dilation) of each 3x3 convolution.
BLOCKS = {
    "conv1": ((64, 1, 1), (64, 2, 1)),
    "conv2": ((128, 1, 1), (128, 2, 1)),
    "conv3": ((256, 1, 1), (256, 1, 1), (256, 2, 1)),
    "conv4": ((512, 1, 1),) * 3,
    "conv5": ((512, 1, 2),) * 3,
    "conv6": ((512, 1, 2),) * 3,
    "conv7": ((512, 1, 1),) * 3,
}
LAST_FILTERS = 256
SIZE_MULTIPLE = 8

TEMPERATURE = 0.38
"""Of the annealed mean (section 2.3)."""

_NORM_EPSILON = 1e-5  # Caffe's


@explain_other_arguments
def build_zhang_model(
    image_size: ImageSize = None, weights: StrPath | None = None, name: str = "zhang"
) -> keras.Model:
    """Builds the model of "Colorful Image Colorization" (Zhang et al. 2016, arXiv 1603.08511).

    Section 2 and figure 2: eight blocks of 3x3 ReLU convolutions, the first seven each followed by
    batch normalisation. There is no pooling: strides reduce the picture to 1/8 in blocks 1 to 3,
    dilation widens blocks 5 and 6, and block 8 begins with a x2 transposed convolution. At 1/4 of
    the picture's size a 1x1 convolution classifies the colour of each position over the 313 bins of
    the ab plane, and an annealed mean of temperature 0.38 (section 2.3) decodes them to ab, which
    is upsampled to the picture's size.

    Widths, padding and normalisation (without scale and offset) are those of the published model,
    whose 32.2 million parameters are the 129 MB of the paper's table 1.

    Args:
        image_size: Int, `(height, width)` or None (any size, fully convolutional), in multiples
            of 8 pixels. Defaults to `None`.
        weights: None (random) or the path of a `.weights.h5` or `.keras` file of this model.
            Defaults to `None`.
        name: String, the model's name.

    Returns:
        A `keras.Model` from L, float32 `(B, H, W, 1)` in [0, 100], to ab / 128, float32
        `(B, H, W, 2)` in [-1, 1]. Its layer `bin_logits` holds the 313 bins' logits at 1/4 of
        height and width, on which the loss is computed.

    Raises:
        ValueError: `image_size` does not fit, or `weights` is not one of the above.

    Example:
        >>> model = build_zhang_model()
        >>> model.predict(np.full((1, 64, 96, 1), 50.0), verbose=0).shape
        (1, 64, 96, 2)
    """
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    weights = standardize_weights(weights, allow_imagenet=False)
    lightness = keras.Input((height, width, 1), name="lightness")
    x = ScaleLightness(1 / 100, SIZE_MULTIPLE, name="scale_lightness")(lightness)
    x = layers.Rescaling(1.0, offset=-0.5, dtype="float32", name="center_lightness")(x)
    for block, convolutions in BLOCKS.items():
        for number, (filters, stride, dilation) in enumerate(convolutions, start=1):
            x = _conv(x, filters, f"{block}_{number}", stride, dilation)
        x = layers.BatchNormalization(
            epsilon=_NORM_EPSILON, center=False, scale=False, name=f"{block}_norm"
        )(x)
    x = layers.Conv2DTranspose(
        LAST_FILTERS,
        4,
        strides=2,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name="conv8_1",
    )(x)
    x = _conv(x, LAST_FILTERS, "conv8_2")
    x = _conv(x, LAST_FILTERS, "conv8_3")
    color = classify_color(x, Decoding(TEMPERATURE, rebalancing=1.0))
    model = keras.Model(lightness, color, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


def _conv(x: Tensor, filters: int, name: str, stride: int = 1, dilation: int = 1) -> Tensor:
    """A 3x3 convolution padded by 1 on every side; Keras' "same" pads stride 2 on two sides."""
    if stride == 2:
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return layers.Conv2D(
        filters,
        3,
        strides=stride,
        dilation_rate=dilation,
        padding="valid" if stride == 2 else "same",
        activation="relu",
        kernel_initializer="he_normal",
        name=name,
    )(x)
