"""The model of Larsson, Maire and Shakhnarovich 2016 ("autocolorize")."""

from typing import Any

import keras
from keras import layers, ops

from colorkit.color.hue_chroma import BINS, CHROMA_RANGE, faded_direction, median
from colorkit.color.lab import AB_SCALE
from colorkit.models.arguments import (
    explain_other_arguments,
    standardize_image_size,
    standardize_weights,
)
from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness
from colorkit.models.layers.hypercolumns import HypercolumnHistograms
from colorkit.typing import ImageSize, Shape, StrPath, Tensor

# VGG-16 (Simonyan and Zisserman 2015, table 1, D): filters of the 3x3 convolutions, by block.
BLOCKS = {
    "conv1": (64, 64),
    "conv2": (128, 128),
    "conv3": (256, 256, 256),
    "conv4": (512, 512, 512),
    "conv5": (512, 512, 512),
}
FULLY_CONNECTED = {"fc6": (4096, 7), "fc7": (4096, 1)}  # filters and kernel, as convolutions
HYPERCOLUMN_UNITS = 1024
DROPOUT = 0.5
SIZE_MULTIPLE = 32

_NORM_EPSILON = 1e-5  # Caffe's


@explain_other_arguments
def build_larsson_model(
    image_size: ImageSize = None, weights: StrPath | None = None, name: str = "larsson"
) -> keras.Model:
    """Builds the model of Larsson et al. 2016 (arXiv 1603.06668).

    "Learning Representations for Automatic Colorization", section 3.5: a fully convolutional VGG-16
    on one gray channel, whose fc6 and fc7 are 7x7 and 1x1 convolutions. A pixel's hypercolumn has
    the lightness and the features of all layers there, 12,417 channels; a fully connected layer of
    1024 units turns it into histograms of hue and of chroma, of 32 bins each (section 3.2). The
    colour is the median of chroma at the mean hue, and fades where hue is uncertain (section 3.3).

    Training uses 128 random pixels of each photograph (`HypercolumnHistograms`). For a whole
    picture the output is computed at 1/4 of its size, as by the published model, and upsampled.

    The paper's results come from a trunk trained on ImageNet's classes; this is the batch
    normalised one (without scale and offset) that the authors published for training from scratch.
    Departures: hue and chroma are those of Lab (`colorkit.color.hue_chroma`); the lightness in is
    CIE L / 100 - 0.5; the fully connected layer starts at He's scale, not at 1e-4; positions
    are interpolated between cell centres; the colour is upsampled, not the histograms; histogram
    transfer (section 3.4) is left out.

    Args:
        image_size: Int, `(height, width)` or None (any size, fully convolutional), in multiples
            of 32 pixels. Defaults to `None`.
        weights: None (random) or the path of a `.weights.h5` or `.keras` file of this model.
            Defaults to `None`.
        name: String, the model's name.

    Returns:
        A `keras.Model` from L, float32 `(B, H, W, 1)` in [0, 100], to ab / 128, float32
        `(B, H, W, 2)` in [-1, 1]. Its layer `histogram_logits` holds 32 logits of hue and 32 of
        chroma at 1/4 of height and width; `Trainer` calls it for random pixels.

    Raises:
        ValueError: `image_size` does not fit, or `weights` is not one of the above.

    Example:
        >>> model = build_larsson_model()
        >>> model.predict(np.full((1, 64, 96, 1), 50.0), verbose=0).shape
        (1, 64, 96, 2)
    """
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    weights = standardize_weights(weights, allow_imagenet=False)
    lightness = keras.Input((height, width, 1), name="lightness")
    x = ScaleLightness(1 / 100, SIZE_MULTIPLE, name="scale_lightness")(lightness)
    x = layers.Rescaling(1.0, offset=-0.5, dtype="float32", name="center_lightness")(x)
    maps, strides, stride = [x], [1], 1
    for block, widths in BLOCKS.items():
        for number, filters in enumerate(widths, start=1):
            x = _conv(x, filters, 3, f"{block}_{number}")
            maps.append(x)
            strides.append(stride)
        x = layers.MaxPooling2D(2, name=f"{block}_pool")(x)
        stride *= 2
    for layer, (filters, kernel) in FULLY_CONNECTED.items():
        x = _conv(x, filters, kernel, layer)
        x = layers.Dropout(DROPOUT, name=f"{layer}_dropout")(x)
        maps.append(x)
        strides.append(stride)
    logits = HypercolumnHistograms(
        strides, HYPERCOLUMN_UNITS, 2 * BINS, dropout=DROPOUT, name="histogram_logits"
    )(maps)
    ab = HueChromaEstimate(name="hue_chroma")(logits)
    ab = BilinearUpSampling2D(dtype="float32", name="ab_half")(ab)
    ab = BilinearUpSampling2D(dtype="float32", name="ab")(ab)
    model = keras.Model(lightness, ab, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


def _conv(x: Tensor, filters: int, kernel: int, name: str) -> Tensor:
    x = layers.Conv2D(
        filters, kernel, padding="same", kernel_initializer="lecun_uniform", name=name
    )(x)
    x = layers.BatchNormalization(
        epsilon=_NORM_EPSILON, center=False, scale=False, name=f"{name}_norm"
    )(x)
    return layers.ReLU(name=f"{name}_relu")(x)


@keras.saving.register_keras_serializable(package="colorkit")
class HueChromaEstimate(keras.layers.Layer):
    """The median of chroma at the mean hue, with chromatic fading (section 3.3).

    Always float32, whatever the dtype policy.

    Args:
        **kwargs: Base layer keyword arguments, such as `name`; a `dtype` among them is ignored.

    Call arguments:
        logits: Tensor of shape `(batch, height, width, 64)`: 32 bins of hue, 32 of chroma.

    Returns:
        float32 tensor of shape `(batch, height, width, 2)`: ab / 128.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})

    def call(self, logits: Tensor) -> Tensor:
        hue, chroma = (ops.softmax(part, axis=-1) for part in ops.split(logits, 2, axis=-1))
        scale = CHROMA_RANGE / AB_SCALE
        return scale * median(chroma)[..., None] * faded_direction(hue)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], 2)
