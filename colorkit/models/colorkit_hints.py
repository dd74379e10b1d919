"""colorkit_hints: the default model with a second branch that takes colours from the user.

The default model's encoder is frozen; a hint encoder of the same strides combines its features
with the hints, whose colours also spread to places that look alike (`HintAttention`); and a
second decoder, initialised as a copy of the default one, takes both (after
Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors", section 3,
whose single model takes the hints with lightness). Places that look like no hint, and pictures
without hints, are classified by the default decoder, so that the result there is the default
model's.
"""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers, ops

from colorkit.color.ab_bins import AB_BINS
from colorkit.models.arguments import (
    explain_other_arguments,
    standardize_image_size,
    standardize_weights,
)
from colorkit.models.colorkit_base import (
    FILTERS,
    SIZE_MULTIPLE,
    build_colorkit_base_model,
    convolve,
    decoder_stage,
    global_context,
    residual_block,
)
from colorkit.models.layers.annealed_mean import STYLES, read_color
from colorkit.models.layers.common import BilinearUpSampling2D
from colorkit.models.layers.hint_attention import HintAttention
from colorkit.models.layers.hint_reach import BlendLogits, HintReach
from colorkit.models.weight_files import shipped_file
from colorkit.typing import ImageSize, Shape, StrPath, Tensor

HINT_FILTERS = {4: 48, 8: 64, 16: 96, 32: 128}  # by stride
HINT_BLOCKS = {4: 1, 8: 1, 16: 2, 32: 2}
ATTENTION_STRIDE, ATTENTION_FILTERS = 16, 64
TRAINED_LAYER = "hinted_bin_logits"
"""The layer on which the loss is computed: the bins' logits of pictures with hints."""

_FEATURES = {
    4: "features4",
    8: "features8",
    16: "features16",
    32: "decoder32_block2_add",
}
"""The default model's feature layers, by stride."""

_BRANCH = "hint_branch"
_COPY = "hinted_"  # prefix of the copied decoder's layer names
_HINT_SCALE = 4.0  # scales ab / 128 of ordinary colours to about 1


@explain_other_arguments
def build_colorkit_hints_model(
    image_size: ImageSize = None,
    weights: StrPath | None = None,
    name: str = "colorkit_hints",
) -> keras.Model:
    """Builds colorkit_hints, fully convolutional.

    Args:
        image_size: Height and width of the input: an integer, a pair, or `None` for any multiple
            of 32.
        weights: `None` for random weights; `"colorkit_base"` for those of colorkit_base, the
            initial weights of training: the output then equals the default decoder's, whatever the
            hints; or the path of a `.weights.h5` file of the trained part (`trained_part`), beside
            which the default model's are loaded.
        name: Name of the model.

    Returns:
        A `keras.Model` of two inputs: L, float32 of shape `(batch, height, width, 1)` in [0, 100],
        and hints, float32 of shape `(batch, height, width, 3)`: a / 128, b / 128 and 1 where a
        colour is given, else 0. Its output is ab / 128, float32 of shape
        `(batch, height, width, 2)` in [-1, 1]. The default model's layers in it are frozen.

    Raises:
        ValueError: If `image_size` is not a multiple of 32, or there is no such weights file.
    """
    height, width = standardize_image_size(image_size, SIZE_MULTIPLE)
    if weights != "colorkit_base":
        weights = standardize_weights(weights, allow_imagenet=False)
    base = build_colorkit_base_model(image_size, weights and shipped_file(".weights.h5"))
    for layer in base.layers:
        layer.trainable = False
    hints = keras.Input((height, width, 3), name="hints")
    features = {stride: base.get_layer(layer).output for stride, layer in _FEATURES.items()}
    pooled = _pool_by_stride(hints)
    hinted = _classify_with_hints(pooled, features)
    reach = _find_reach(pooled, features)
    logits = BlendLogits(name="blend_logits")([base.get_layer("bin_logits").output, hinted, reach])
    color = read_color(logits, STYLES["balanced"])
    model = keras.Model([base.input, hints], color, name=name)
    if weights is not None:
        _copy_decoder(base, model)
    if weights not in (None, "colorkit_base"):
        part = trained_part(model)
        part.load_weights(weights)
        _copy_layers(part, model)
    return model


def trained_part(model: keras.Model) -> keras.Model:
    """Extracts the trained part of a hinted model, whose weights are shipped separately.

    Args:
        model: `keras.Model` of `build_colorkit_hints_model`.

    Returns:
        A `keras.Model` from the default model's features and the hints to logits, with copies
        of the weights.
    """
    features = {
        stride: keras.Input((None, None, model.get_layer(layer).output.shape[-1]))
        for stride, layer in _FEATURES.items()
    }
    hints = keras.Input((None, None, 3))
    logits = _classify_with_hints(_pool_by_stride(hints), features)
    part = keras.Model([*features.values(), hints], logits, name=_BRANCH)
    _copy_layers(model, part)
    return part


@keras.saving.register_keras_serializable(package="colorkit")
class PoolHints(layers.Layer):
    """Pools hints to a stride: the mean colour of those in each cell, and a mask.

    Always float32, whatever the dtype policy.

    Args:
        stride: Int, pixels of a cell's side.
        **kwargs: Base layer keyword arguments, such as `name`; a `dtype` among them is ignored.

    Call arguments:
        hints: Tensor of shape `(batch, height, width, 3)`: a / 128, b / 128, and the mask.

    Returns:
        float32 tensor of shape `(batch, height / stride, width / stride, 3)`: a / 32 and b / 32,
        0 where no hint is, and 1 where one is, else 0.
    """

    def __init__(self, stride: int, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.stride = stride

    def call(self, hints: Tensor) -> Tensor:
        mask = hints[..., 2:]
        pooled = ops.average_pool(
            ops.concatenate([hints[..., :2] * mask, mask], axis=-1), self.stride, self.stride
        )
        share = pooled[..., 2:]
        mean = pooled[..., :2] / ops.maximum(share, 0.5 / self.stride**2)
        return ops.concatenate([_HINT_SCALE * mean, ops.cast(share > 0, "float32")], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, height, width, channels = input_shape
        height, width = (side and side // self.stride for side in (height, width))
        return (batch, height, width, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stride": self.stride}


def _pool_by_stride(hints: Tensor) -> dict[int, Tensor]:
    return {stride: PoolHints(stride, name=f"hint{stride}_pool")(hints) for stride in HINT_FILTERS}


def _classify_with_hints(pooled: Mapping[int, Tensor], features: Mapping[int, Tensor]) -> Tensor:
    """Classifies colour at 1/4 from the pooled hints and the features, both by stride."""
    hint_features = _encode_hints(pooled, features)
    x = layers.Add(name="hinted_merge")([features[32], hint_features[32]])
    for stride in (16, 8, 4):
        name = f"{_COPY}decoder{stride}"
        x = decoder_stage(x, features[stride], stride, name, [hint_features[stride]])
    x = layers.ReLU(name=f"{_COPY}decoder_relu")(x)
    return layers.Conv2D(len(AB_BINS), 1, name=TRAINED_LAYER)(x)


def _find_reach(pooled: Mapping[int, Tensor], features: Mapping[int, Tensor]) -> Tensor:
    """Returns how far the hints reach at 1/4, in [0, 1]."""
    x = HintReach(name="hint_reach")([pooled[ATTENTION_STRIDE], features[ATTENTION_STRIDE]])
    for stride in (8, 4):
        x = BilinearUpSampling2D(name=f"hint_reach_up{stride}", dtype="float32")(x)
    return x


def _encode_hints(
    pooled: Mapping[int, Tensor], features: Mapping[int, Tensor]
) -> dict[int, Tensor]:
    """Returns the features that the decoder adds, by stride; 0 before training."""
    hint_features, x = {}, None
    for stride, filters in HINT_FILTERS.items():
        name = f"hint{stride}"
        parts = [
            convolve(pooled[stride], filters, f"{name}_color"),
            layers.Conv2D(filters, 1, name=f"{name}_seen")(features[stride]),
        ]
        if stride == ATTENTION_STRIDE:
            parts.append(_spread_alike(pooled[stride], features, filters, name))
        if x is not None:
            parts.append(convolve(x, filters, f"{name}_down", strides=2))
        x = layers.Add(name=f"{name}_join")(parts)
        for block in range(1, HINT_BLOCKS[stride] + 1):
            x = residual_block(x, f"{name}_block{block}")
        if stride == 32:
            x = global_context(x, f"{name}_context")
        hint_features[stride] = layers.Conv2D(
            FILTERS[stride],
            1,
            kernel_initializer="zeros",
            name=f"{name}_tell",
        )(x)
    return hint_features


def _spread_alike(
    pooled: Tensor, features: Mapping[int, Tensor], filters: int, name: str
) -> Tensor:
    """Returns features of the hints' colours, spread to cells that look alike; 0 at first."""
    coarse = BilinearUpSampling2D(name=f"{name}_attention_up")(features[2 * ATTENTION_STRIDE])
    spread = HintAttention(ATTENTION_FILTERS, name=f"{name}_attention")(
        [pooled, features[ATTENTION_STRIDE], coarse]
    )
    return layers.Conv2D(
        filters, 3, padding="same", kernel_initializer="zeros", name=f"{name}_alike"
    )(spread)


def _copy_decoder(base: keras.Model, model: keras.Model) -> None:
    for layer in model.layers:
        if layer.name.startswith(_COPY) and layer.weights:
            layer.set_weights(base.get_layer(layer.name.removeprefix(_COPY)).get_weights())


def _copy_layers(source: keras.Model, target: keras.Model) -> None:
    """Copies the weights of the layers that a hint branch has, by name."""
    branch = source if source.name == _BRANCH else target
    for layer in branch.layers:
        if layer.weights:
            target.get_layer(layer.name).set_weights(source.get_layer(layer.name).get_weights())
