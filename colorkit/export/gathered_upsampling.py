"""Nearest upsampling by gathering rows and columns, which LiteRT's converter supports.

Keras' `UpSampling2D` ends in a reshape, after which the converter no longer knows the number of
channels, and rejects the next convolution.
"""

import copy
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from colorkit.backend.weights import copy_weights
from colorkit.typing import Tensor


@keras.saving.register_keras_serializable(package="colorkit")
class GatheredUpSampling2D(keras.layers.UpSampling2D):
    """`UpSampling2D` with interpolation "nearest": the same values by other operations."""

    def call(self, features: Tensor) -> Tensor:
        for axis, factor in zip((1, 2), self.size, strict=True):
            length = ops.shape(features)[axis]
            places = ops.arange(factor * length, dtype="int32") // factor
            features = ops.take(features, places, axis=axis)
        return features


def with_gathered_upsampling(model: keras.Model) -> keras.Model:
    """Rebuilds a model with `GatheredUpSampling2D` in the place of nearest `UpSampling2D`.

    Args:
        model: `keras.Model` that can be rebuilt from its config.

    Returns:
        `model` itself where it has no such layer or cannot be rebuilt; else a new model with the
        same weights.
    """
    config = copy.deepcopy(keras.saving.serialize_keras_object(model))
    if not _replace(config):
        return model
    try:
        rebuilt = keras.saving.deserialize_keras_object(config, safe_mode=True)
    except (NotImplementedError, TypeError, ValueError):
        return model
    copy_weights(model, rebuilt)
    return rebuilt


def _replace(config: object) -> int:
    """Replaces the layers within a serialized model; returns their number."""
    if isinstance(config, list):
        return sum(map(_replace, config))
    if not isinstance(config, dict):
        return 0
    if config.get("class_name") == "UpSampling2D" and _is_nearest(config["config"]):
        own = keras.saving.serialize_keras_object(GatheredUpSampling2D())
        config.update({key: own[key] for key in ("module", "class_name", "registered_name")})
        return 1
    return sum(map(_replace, config.values()))


def _is_nearest(layer: Mapping[str, Any]) -> bool:
    return layer["interpolation"] == "nearest" and layer["data_format"] == "channels_last"
