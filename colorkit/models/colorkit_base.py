"""colorkit_base, the package's own model: lightness in, colour classified, ab out.

The encoder is EfficientNet-Lite1, pretrained on ImageNet; the decoder merges its feature maps from
1/32 up to 1/4 of the picture, and classifies colour there over the 313 ab bins
(Zhang, Isola, Efros 2016), which an annealed mean turns into one colour a pixel. Chroma is smooth,
so 1/4 of the resolution loses little, and `colorkit.inference.chroma_upsampling` upsamples it along
the edges of the full picture.

There is no normalisation layer: the encoder's is folded into its convolutions, and each residual
branch of the decoder starts with a small learned scale instead ( as in De & Smith 2020,
"SkipInit").
"""

from collections.abc import Iterable
from typing import Any

import keras
from keras import layers

from colorkit.models.arguments import (
    explain_other_arguments,
    standardize_image_size,
    standardize_weights,
)
from colorkit.models.efficientnet_lite import encode, load_imagenet_weights
from colorkit.models.layers.annealed_mean import STYLES, classify_color
from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness
from colorkit.typing import ImageSize, Shape, StrPath, Tensor

SIZE_MULTIPLE = 32
"""Height and width of the input must be multiples of this."""

OUTPUT_STRIDE = 4
"""The bins are classified at 1/4 of the input's height and width."""

FILTERS = {4: 64, 8: 128, 16: 256, 32: 256}  # of the decoder, by stride
BLOCKS = {4: 1, 8: 1, 16: 1, 32: 2}
_BRANCH_SCALE = 0.2


@explain_other_arguments
def build_colorkit_base_model(
    image_size: ImageSize = None, weights: StrPath | None = None, name: str = "colorkit_base"
) -> keras.Model:
    """Builds colorkit_base, fully convolutional.

    Args:
        image_size: Height and width of the input: an integer, a pair, or `None` for any multiple
            of 32.
        weights: `None` for random weights; `"imagenet"` for an encoder with ImageNet weights, from
            an installed package; or the path of a `.weights.h5` file of this model.
        name: Name of the model.

    Returns:
        A `keras.Model` from L, float32 of shape `(batch, height, width, 1)` in [0, 100], to
        ab / 128, float32 of shape `(batch, height, width, 2)` in [-1, 1]. Its layer `bin_logits`
        holds the 313 bins' logits at 1/4 of height and width, on which the loss is computed.

    Raises:
        ValueError: If `image_size` is not a multiple of 32, or there is no such weights file.
        ImportError: If the package that has the ImageNet weights is not installed.
    """
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    weights = standardize_weights(weights)
    lightness = keras.Input((height, width, 1), name="lightness")
    gray = ScaleLightness(255 / 100, SIZE_MULTIPLE, name="lightness_to_gray")(lightness)
    features = encode(gray)
    x = layers.Conv2D(FILTERS[32], 1, name="decoder32_project")(features[32])
    x = global_context(x, "context")
    for block in range(1, BLOCKS[32] + 1):
        x = residual_block(x, f"decoder32_block{block}")
    for stride in (16, 8, 4):
        x = decoder_stage(x, features[stride], stride, f"decoder{stride}")
    x = layers.ReLU(name="decoder_relu")(x)
    model = keras.Model(lightness, classify_color(x, STYLES["balanced"]), name=name)
    if weights == "imagenet":
        load_imagenet_weights(model)
    elif weights is not None:
        model.load_weights(weights)
    return model


@keras.saving.register_keras_serializable(package="colorkit")
class BranchScale(layers.Layer):
    """Multiplies each channel by a learned scale with a small initial value (SkipInit)."""

    def build(self, input_shape: Shape) -> None:
        self.scale = self.add_weight(
            name="scale",
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(_BRANCH_SCALE),
        )

    def call(self, branch: Tensor) -> Tensor:
        return branch * self.scale


def convolve(x: Tensor, filters: int, name: str, **options: Any) -> Tensor:
    """A 3 x 3 convolution of `filters` channels."""
    return layers.Conv2D(
        filters, 3, padding="same", kernel_initializer="he_normal", name=name, **options
    )(x)


def residual_block(x: Tensor, name: str) -> Tensor:
    """Residual block of two 3 x 3 convolutions."""
    filters = x.shape[-1]
    branch = layers.ReLU(name=f"{name}_relu")(x)
    branch = convolve(branch, filters, f"{name}_conv1", activation="relu")
    branch = convolve(branch, filters, f"{name}_conv2")
    branch = BranchScale(name=f"{name}_scale")(branch)
    return layers.Add(name=f"{name}_add")([x, branch])


def global_context(x: Tensor, name: str) -> Tensor:
    """Adds globally pooled features at every position (after Iizuka et al. 2016)."""
    filters = x.shape[-1]
    scene = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pool")(x)
    scene = layers.Conv2D(filters, 1, activation="relu", name=f"{name}_conv1")(scene)
    scene = layers.Conv2D(filters, 1, name=f"{name}_conv2")(scene)
    return layers.Add(name=f"{name}_add")([x, scene])


def decoder_stage(
    x: Tensor, skip: Tensor, stride: int, name: str, further: Iterable[Tensor] = ()
) -> Tensor:
    """Upsamples by 2 and adds the encoder's (and `further`) features of that stride.

    Bilinear, since nearest upsampling makes the coarsest cells visible in the colour.
    """
    x = layers.Conv2D(FILTERS[stride], 1, name=f"{name}_project")(x)
    x = BilinearUpSampling2D(name=f"{name}_up")(x)
    skip = layers.Conv2D(FILTERS[stride], 1, name=f"{name}_skip")(skip)
    x = layers.Add(name=f"{name}_merge")([x, skip, *further])
    for block in range(1, BLOCKS[stride] + 1):
        x = residual_block(x, f"{name}_block{block}")
    return x
