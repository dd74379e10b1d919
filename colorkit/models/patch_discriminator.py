"""The PatchGAN discriminator of adversarial training."""

from collections.abc import Mapping, MutableMapping
from typing import Any

import keras
from keras import layers, ops
from numpy.typing import NDArray

from colorkit.color.lab import AB_SCALE
from colorkit.models.arguments import standardize_image_size, standardize_weights
from colorkit.typing import ImageSize, Shape, StrPath, Tensor

# Appendix 6.1.2, "70 x 70 discriminator": filters as multiples of the first, and strides.
BLOCKS = ((1, 2), (2, 2), (4, 2), (8, 1))
FILTERS = 64
KERNEL = 4
RECEPTIVE_FIELD = 70
"""Receptive field of one logit, in pixels."""

MIN_SIZE = 24
"""Minimum side of a picture, in pixels."""

_SLOPE = 0.2
_LAB_UNITS = 50.0  # scaled to 1 inside, for L as for a and b
_NORM_EPSILON = 1e-5
_NORM_FLOOR = 1e-12  # of squared norms, before division


def build_discriminator(
    image_size: ImageSize = None,
    weights: StrPath | None = None,
    name: str = "discriminator",
    *,
    filters: int = FILTERS,
    spectral_normalization: bool = False,
) -> keras.Model:
    """Builds the conditional 70 x 70 PatchGAN of Isola et al. 2017 ("pix2pix", arXiv 1611.07004).

    Section 3.2.2 and appendix 6.1.2: five 4 x 4 convolutions C64-C128-C256-C512-1, the first three
    of stride 2, each padded by 1 on every side, with leaky ReLU of slope 0.2. Its input is
    lightness and colour, its output a logit for every patch of 70 x 70 pixels. Most of the
    paper's trainings have batches of one, so its batch normalisation is instance normalisation
    here; the first block has none.

    Lightness and colour are scaled inside, alike in Lab units: L to [-1, 1], ab by the same factor.

    Args:
        image_size: Int, `(height, width)` or None (any size from 24 pixels on). Defaults to `None`.
        weights: None (random) or the path of a `.weights.h5` or `.keras` file of this model.
            Defaults to `None`.
        name: String, the model's name.
        filters: Int, filters of the first convolution, of which the others are multiples. Defaults
            to 64.
        spectral_normalization: Bool, whether each convolution is divided by its spectral norm
            (Miyato et al. 2018) in place of normalisation. Normalised features carry little
            information on the strength of colours; these do.

    Returns:
        A `keras.Model` from `[lightness, ab]`, L in [0, 100] of shape `(B, H, W, 1)` and ab / 128
        of shape `(B, H, W, 2)`, both float32, to logits, float32 of shape
        `(B, H // 8 - 2, W // 8 - 2, 1)`: the greater, the more realistic.

    Raises:
        ValueError: If `image_size` or `weights` is not one of the above.

    Example:
        >>> discriminator = build_discriminator()
        >>> picture = [np.zeros((1, 256, 256, 1)), np.zeros((1, 256, 256, 2))]  # L, and ab / 128
        >>> discriminator.predict(picture, verbose=0).shape
        (1, 30, 30, 1)
    """
    height, width = standardize_image_size(image_size, 1)
    if any(side is not None and side < MIN_SIZE for side in (height, width)):
        raise ValueError(
            f"Expected a picture of at least {MIN_SIZE} pixels. Received: image_size={image_size}"
        )
    weights = standardize_weights(weights, allow_imagenet=False)
    lightness = keras.Input((height, width, 1), name="lightness")
    ab = keras.Input((height, width, 2), name="ab")
    x = layers.Concatenate(dtype="float32", name="lab")(
        [
            layers.Rescaling(1 / _LAB_UNITS, -1.0, dtype="float32", name="scale_lightness")(
                lightness
            ),
            layers.Rescaling(AB_SCALE / _LAB_UNITS, dtype="float32", name="scale_ab")(ab),
        ]
    )
    convolution = SpectralConv2D if spectral_normalization else layers.Conv2D
    for block, (multiple, stride) in enumerate(BLOCKS, start=1):
        x = _conv(convolution, x, multiple * filters, f"block{block}", stride)
        if block > 1 and not spectral_normalization:
            x = layers.GroupNormalization(
                groups=-1, epsilon=_NORM_EPSILON, name=f"block{block}_norm"
            )(x)
        x = layers.LeakyReLU(negative_slope=_SLOPE, name=f"block{block}_relu")(x)
    logits = _conv(convolution, x, 1, "logits", stride=1, dtype="float32")
    model = keras.Model([lightness, ab], logits, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


def _conv(
    convolution: type[keras.layers.Conv2D],
    x: Tensor,
    filters: int,
    name: str,
    stride: int,
    **options: Any,
) -> Tensor:
    x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return convolution(
        filters,
        KERNEL,
        strides=stride,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
        name=name if name == "logits" else f"{name}_conv",
        **options,
    )(x)


@keras.saving.register_keras_serializable(package="colorkit")
class SpectralConv2D(keras.layers.Conv2D):
    """A `Conv2D` whose kernel is divided by its greatest singular value (Miyato et al. 2018).

    The kernel is reshaped to a matrix of one column per filter (section 2.1). Its greatest singular
    value is computed by power iteration, one step in each call in training (appendix A), and in
    float32 under any dtype policy. Gradients take the division into account (equation 12).

    Keras has `SpectralNormalization`, which overwrites the weights with the divided kernel in
    every call. In mixed precision that rounds them to bfloat16, which loses optimizer updates, and
    on JAX an assignment to a trained weight within a step is discarded, so that the norm is not
    constrained at inference. Here the weights are not changed, and the divided kernel is used in
    the convolution.

    Args:
        *args, **kwargs: As for `keras.layers.Conv2D`.
    """

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self.left = self.add_weight(
            name="left",
            shape=(self.filters,),
            initializer="random_normal",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",  # all replicas compute the same
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        kernel = self.kernel
        matrix = ops.cast(ops.reshape(kernel, (-1, self.filters)), "float32")
        fixed = ops.stop_gradient(matrix)
        left = ops.convert_to_tensor(self.left)
        right = _unit(ops.matmul(fixed, left))
        if training:
            left = _unit(ops.matmul(ops.transpose(fixed), right))
            self.left.assign(left)
        left = _unit(left)
        norm = ops.sum(right * ops.matmul(matrix, left))
        divided = ops.cast(ops.cast(kernel, "float32") / norm, self.compute_dtype)
        outputs = self.convolution_op(inputs, divided)
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    # As `Layer` does: `Conv2D` saves kernel and bias only.
    def save_own_variables(self, store: MutableMapping[str, NDArray[Any]]) -> None:
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Mapping[str, NDArray[Any]]) -> None:
        keras.layers.Layer.load_own_variables(self, store)


def _unit(vector: Tensor) -> Tensor:
    return vector / ops.sqrt(ops.sum(ops.square(vector)) + _NORM_FLOOR)
