"""colorkit-base, the package's own network: lightness in, colour classified, ab out.

A residual encoder from 1/8 to 1/32 of the picture, a decoder back to 1/4 with skip connections,
and a classification over the 313 ab bins (Zhang, Isola, Efros 2016) that an annealed mean turns
into one colour a pixel. Chroma is smooth, so 1/4 of the resolution loses little, and
`colorkit.colorization.upsampling` brings it back to the edges of the full picture.

There is no normalisation layer: on a CPU it doubles the time of a training step. Each residual
branch starts small instead (a learned scale, as in De & Smith 2020, "SkipInit"), which keeps the
network trainable from scratch and free of statistics that differ between training and use.
"""

import keras
from keras import layers, ops

from colorkit.architectures.contract import standardize_image_size, standardize_weights
from colorkit.architectures.layers import BilinearUpSampling2D, ScaleLightness
from colorkit.color import AB_SCALE
from colorkit.color_bins import AB_BINS, load_prior

SIZE_MULTIPLE = 32
"""Height and width of the input must be multiples of this."""

OUTPUT_STRIDE = 4
"""The bins are classified at 1/4 of the input's height and width."""

TEMPERATURE, PRIOR_POWER = 0.6, 0.3
"""The default decoding of colour: between safe and vivid (`benchmarks/default_decoding.py`)."""

FILTERS = {4: 96, 8: 192, 16: 288, 32: 384}  # by stride
BLOCKS = {8: 2, 16: 2, 32: 2}
_BRANCH_SCALE = 0.2


def build_base_model(image_size=None, weights=None, name="colorkit_base"):
    """Builds colorkit-base, fully convolutional.

    Args:
        image_size: Height and width of the input: an integer, a pair, or `None` for any multiple
            of 32.
        weights: `None` for random weights, or the path of a `.weights.h5` file of this network.
        name: Name of the model.

    Returns:
        A `keras.Model` from L, float32 of shape `(batch, height, width, 1)` in [0, 100], to
        ab / 128, float32 of shape `(batch, height, width, 2)` in [-1, 1]. Its layer `bin_logits`
        holds the 313 bins' logits at 1/4 of height and width, which is what is trained.

    Raises:
        ValueError: If `image_size` is not a multiple of 32, or there is no such weights file.
    """
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    weights = standardize_weights(weights, allow_imagenet=False)
    lightness = keras.Input((height, width, 1), name="lightness")
    x = ScaleLightness(1 / 50, SIZE_MULTIPLE, name="scale_lightness")(lightness)
    x = _conv(x, 32, "stem_conv1", strides=2, activation="relu")
    x = _conv(x, FILTERS[4], "stem_conv2", strides=2, activation="relu")

    skips = {4: x}
    for stride in (8, 16, 32):
        x = _conv(x, FILTERS[stride], f"encoder{stride}_down", strides=2)
        for block in range(1, BLOCKS[stride] + 1):
            x = _residual_block(x, f"encoder{stride}_block{block}")
        skips[stride] = x
    x = _global_context(x, "context")
    for stride in (16, 8, 4):
        x = _decoder_stage(x, skips[stride], FILTERS[stride], f"decoder{stride}")

    x = layers.ReLU(name="decoder_relu")(x)
    logits = layers.Conv2D(len(AB_BINS), 1, name="bin_logits")(x)
    ab = AnnealedMean(name="annealed_mean")(logits)
    ab = BilinearUpSampling2D(dtype="float32", name="ab_half")(ab)
    ab = BilinearUpSampling2D(dtype="float32", name="ab")(ab)
    model = keras.Model(lightness, ab, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


@keras.saving.register_keras_serializable(package="colorkit")
class AnnealedMean(layers.Layer):
    """The colour that a distribution over bins stands for (Zhang et al. 2016, section 2.3).

    The distribution is sharpened by a temperature before its mean is taken: 1 gives the mean,
    which is safe and dull; towards 0 it becomes the mode, which is vivid and patchy.

    Args:
        temperature: Divisor of the log-probabilities, in (0, 1].
        prior_power: Power of the bins' prior probability that multiplies the distribution. It
            shifts the balance between rare, colourful bins (negative) and common, grayish ones.

    Call arguments:
        logits: Tensor of shape `(batch, height, width, 313)`.

    Returns:
        float32 tensor of shape `(batch, height, width, 2)`: ab / 128.
    """

    def __init__(self, temperature=TEMPERATURE, prior_power=PRIOR_POWER, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not 0 < temperature <= 1:
            raise ValueError(f"`temperature` must lie in (0, 1]. Received: {temperature}")
        self.temperature = temperature
        self.prior_power = prior_power

    def call(self, logits):
        log_prior = ops.log(ops.convert_to_tensor(load_prior(), dtype="float32"))
        logits = (logits + self.prior_power * log_prior) / self.temperature
        probabilities = ops.softmax(logits, axis=-1)
        return ops.matmul(probabilities, ops.convert_to_tensor(AB_BINS / AB_SCALE))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2)

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "prior_power": self.prior_power,
        }


@keras.saving.register_keras_serializable(package="colorkit")
class BranchScale(layers.Layer):
    """Multiplies each channel by a learned number that starts small (SkipInit)."""

    def build(self, input_shape):
        self.scale = self.add_weight(
            name="scale",
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(_BRANCH_SCALE),
        )

    def call(self, branch):
        return branch * self.scale


def _conv(x, filters, name, **options):
    return layers.Conv2D(
        filters, 3, padding="same", kernel_initializer="he_normal", name=name, **options
    )(x)


def _residual_block(x, name):
    filters = x.shape[-1]
    branch = layers.ReLU(name=f"{name}_relu")(x)
    branch = _conv(branch, filters, f"{name}_conv1", activation="relu")
    branch = _conv(branch, filters, f"{name}_conv2")
    branch = BranchScale(name=f"{name}_scale")(branch)
    return layers.Add(name=f"{name}_add")([x, branch])


def _global_context(x, name):
    """Tells every place what the whole picture shows (the idea of Iizuka et al. 2016)."""
    filters = x.shape[-1]
    scene = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pool")(x)
    scene = layers.Conv2D(filters, 1, activation="relu", name=f"{name}_conv1")(scene)
    scene = layers.Conv2D(filters, 1, name=f"{name}_conv2")(scene)
    return layers.Add(name=f"{name}_add")([x, scene])


def _decoder_stage(x, skip, filters, name):
    x = layers.Conv2D(filters, 1, name=f"{name}_project")(x)
    x = layers.UpSampling2D(2, name=f"{name}_up")(x)
    skip = layers.Conv2D(filters, 1, name=f"{name}_skip")(skip)
    x = layers.Add(name=f"{name}_merge")([x, skip])
    return _residual_block(x, f"{name}_block")
