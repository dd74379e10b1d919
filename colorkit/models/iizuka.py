"""The model of Iizuka, Simo-Serra and Ishikawa 2016, "Let there be Color!"."""

from collections.abc import Iterable

import keras
from keras import layers

from colorkit.models.arguments import (
    explain_other_arguments,
    standardize_image_size,
    standardize_weights,
)
from colorkit.models.layers.common import (
    BilinearUpSampling2D,
    RepeatOverGrid,
    ResizeToSquare,
    ScaleLightness,
)
from colorkit.typing import ImageSize, Shape, StrPath, Tensor

# Table 1: (filters, stride) of the 3x3 convolutions, and units of the fully connected layers.
LOW_LEVEL = ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1))
GLOBAL_CONVOLUTIONS = ((512, 2), (512, 1), (512, 2), (512, 1))
GLOBAL_UNITS = (1024, 512, 256)
MID_LEVEL = ((512, 1), (256, 1))
FUSION_FILTERS = 256
COLORIZATION_BLOCKS = ((128,), (64, 64), (32,))  # a x2 upsampling follows the first two
CLASSIFICATION_UNITS = 256

GLOBAL_SIZE = 224
"""Side of the global features network's input, in pixels."""

SIZE_MULTIPLE = 8

# Torch's, in which the paper's model was trained
_NORM_MOMENTUM, _NORM_EPSILON = 0.9, 1e-5


@explain_other_arguments
def build_iizuka_model(
    image_size: ImageSize = None,
    weights: StrPath | None = None,
    name: str = "iizuka",
    classes: int | None = None,
) -> keras.Model:
    """Builds the model of "Let there be Color!" (Iizuka et al. 2016, ACM TOG 35(4), 110).

    Section 3.2 and table 1. A low-level network reduces the picture to 1/8. From there a mid-level
    model keeps that size, and a global one, whose input is always the picture at 224 x 224
    through the same low-level weights, computes a vector of 256 values. The fusion layer
    concatenates the vector to the mid-level features at every position (3.2.4), and the
    colourisation network predicts a and b at 1/2 of the picture's size by a sigmoid, which are
    upsampled to it. Batch normalisation follows every layer but the last (section 3.4).

    The parts are models of their own: `get_layer("low_level")`, `"global_features"`,
    `"mid_level"`, `"fusion"`, `"colorization"`, and with `classes` also `"classification"`.

    Args:
        image_size: Int, `(height, width)` or None (any size), in multiples of 8 pixels. At 224,
            the paper's training size, the low-level features are computed once and shared; at any
            other, twice. Defaults to `None`.
        weights: None (random) or the path of a `.weights.h5` or `.keras` file of this model.
            Defaults to `None`.
        name: String, the model's name.
        classes: Int, number of classes of a classification branch (section 3.3), which
            trains the global features on labelled photographs. Defaults to `None`, no such branch.

    Returns:
        A `keras.Model` from L, float32 `(B, H, W, 1)` in [0, 100], to ab / 128, float32
        `(B, H, W, 2)` in [-1, 1]. With `classes`, to a dict of that, `"ab"`, and of
        `"class_logits"`, float32 `(B, classes)`.

    Raises:
        ValueError: `image_size` does not fit, `weights` is not one of the above, or `classes` is
            below 2.

    Example:
        >>> model = build_iizuka_model()
        >>> model.predict(np.full((1, 64, 96, 1), 50.0), verbose=0).shape
        (1, 64, 96, 2)

        Photographs with labels train both outputs together. The paper's loss (section 3.3) is the
        squared error of chroma in [0, 1] and 1/300 of the cross-entropy; chroma in [-1, 1] has 4
        times that squared error. The colourisation network is then a model like any other:

        >>> photos = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), "uint8")
        >>> labels = np.array([3, 1, 4, 1])
        >>> model = build_iizuka_model(image_size=64, classes=205)
        >>> model.compile(
        ...     keras.optimizers.Adadelta(1.0),
        ...     loss={
        ...         "ab": "mse",
        ...         "class_logits": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        ...     },
        ...     loss_weights={"ab": 1 / 4, "class_logits": 1 / 300},
        ... )
        >>> lightness = colorkit.rgb_to_lab(photos)[..., :1]
        >>> targets = {"ab": colorkit.rgb_to_lab(photos)[..., 1:] / 128, "class_logits": labels}
        >>> history = model.fit(lightness, targets, batch_size=128, verbose=0)
        >>> colors = keras.Model(model.input, model.output["ab"], name="iizuka")
        >>> colors.save("iizuka.keras")
    """
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    weights = standardize_weights(weights, allow_imagenet=False)
    lightness = keras.Input((height, width, 1), name="lightness")
    x = ScaleLightness(1 / 100, SIZE_MULTIPLE, name="scale_lightness")(lightness)
    is_shared = (height, width) == (GLOBAL_SIZE, GLOBAL_SIZE)
    low_level_shape = (height, width, 1) if is_shared else (None, None, 1)
    low_level = _convolutions(low_level_shape, LOW_LEVEL, "low_level")
    features = whole = low_level(x)
    if not is_shared:
        whole = low_level(ResizeToSquare(GLOBAL_SIZE, dtype="float32", name="resize")(x))
    global_features, class_features = _global_features(whole.shape[1:])(whole)
    mid_level = _convolutions(features.shape[1:], MID_LEVEL, "mid_level")(features)
    x = _fusion(mid_level.shape[1:], global_features.shape[1:])([mid_level, global_features])
    ab = _colorization(x.shape[1:])(x)
    ab = BilinearUpSampling2D(dtype="float32", name="ab")(ab)
    output = ab
    if classes is not None:
        class_logits = _classification(class_features.shape[1:], classes)(class_features)
        output = {"ab": ab, "class_logits": class_logits}
    model = keras.Model(lightness, output, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


def _convolutions(input_shape: Shape, table: Iterable[tuple[int, int]], name: str) -> keras.Model:
    features = keras.Input(input_shape, name="features")
    x = features
    for number, (filters, stride) in enumerate(table, start=1):
        x = _conv(x, filters, f"conv{number}", stride)
    return keras.Model(features, x, name=name)


def _global_features(input_shape: Shape) -> keras.Model:
    """Returns the global features and, for classification, those of the layer before."""
    features = keras.Input(input_shape, name="features")
    x = features
    for number, (filters, stride) in enumerate(GLOBAL_CONVOLUTIONS, start=1):
        x = _conv(x, filters, f"conv{number}", stride)
    x = layers.Flatten(name="flatten")(x)
    for number, units in enumerate(GLOBAL_UNITS, start=1):
        before, x = x, _dense(x, units, f"dense{number}")
    return keras.Model(features, [x, before], name="global_features")


def _fusion(mid_shape: Shape, global_shape: Shape) -> keras.Model:
    mid_level = keras.Input(mid_shape, name="mid_level")
    global_features = keras.Input(global_shape, name="global_features")
    repeated = RepeatOverGrid(name="repeat_global")([global_features, mid_level])
    x = layers.Concatenate(name="concatenate")([mid_level, repeated])
    x = _conv(x, FUSION_FILTERS, "conv", kernel=1)
    return keras.Model([mid_level, global_features], x, name="fusion")


def _colorization(input_shape: Shape) -> keras.Model:
    features = keras.Input(input_shape, name="features")
    x = features
    for block, filters_of_block in enumerate(COLORIZATION_BLOCKS, start=1):
        if block > 1:
            x = layers.UpSampling2D(2, name=f"block{block - 1}_up")(x)
        for number, filters in enumerate(filters_of_block, start=1):
            x = _conv(x, filters, f"block{block}_conv{number}")
    x = layers.Conv2D(
        2, 3, padding="same", activation="sigmoid", dtype="float32", name="chrominance"
    )(x)
    ab = layers.Rescaling(2.0, offset=-1.0, dtype="float32", name="ab_half")(x)
    return keras.Model(features, ab, name="colorization")


def _classification(input_shape: Shape, classes: int) -> keras.Model:
    if classes < 2:
        raise ValueError(f"`classes` must be None or at least 2. Received: {classes}")
    features = keras.Input(input_shape, name="features")
    x = _dense(features, CLASSIFICATION_UNITS, "dense1")
    logits = layers.Dense(classes, dtype="float32", name="dense2")(x)
    return keras.Model(features, logits, name="classification")


def _conv(x: Tensor, filters: int, name: str, stride: int = 1, kernel: int = 3) -> Tensor:
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        kernel_initializer="he_normal",
        name=name,
    )(x)
    return _norm_relu(x, name)


def _dense(x: Tensor, units: int, name: str) -> Tensor:
    return _norm_relu(layers.Dense(units, kernel_initializer="he_normal", name=name)(x), name)


def _norm_relu(x: Tensor, name: str) -> Tensor:
    x = layers.BatchNormalization(
        momentum=_NORM_MOMENTUM, epsilon=_NORM_EPSILON, name=f"{name}_norm"
    )(x)
    return layers.ReLU(name=f"{name}_relu")(x)
