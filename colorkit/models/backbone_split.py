"""Splits a model into its frozen backbone and the trained part."""

import dataclasses
import hashlib
import json
from typing import Any

import keras

import colorkit
from colorkit.backend.weights import hash_weights
from colorkit.models.layers.common import FrozenModel

_NAMES = ("name", "registered_name", "inbound_nodes", "input_layers", "output_layers")


@dataclasses.dataclass(frozen=True)
class SplitModel:
    """The two parts of a model, which share its weights.

    Attributes:
        backbone: `FrozenModel` from L to features.
        trained_part: `keras.Model` from features, or from `[L, features]`, to the output.
    """

    backbone: keras.Model
    trained_part: keras.Model

    @property
    def takes_lightness(self) -> bool:
        """Whether the trained part takes L beside the features."""
        return len(self.trained_part.inputs) == 2


def split_backbone(model: keras.Model) -> SplitModel | None:
    """Splits a model into its frozen backbone and the trained part.

    Args:
        model: `keras.Model` from L.

    Returns:
        A `SplitModel`, or `None` where the model is not a frozen backbone and one other part.

    Example:
        >>> split_backbone(colorkit.build_vgg_model(weights=None)).trained_part.name
        'decoder'
    """
    inner = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    if len(inner) != 2 or not isinstance(inner[0], FrozenModel):
        return None
    return SplitModel(*inner)


def describe_backbone(backbone: keras.Model) -> dict[str, str]:
    """Describes what a backbone's features depend on: weights, layers, preprocessing, precision.

    Args:
        backbone: `FrozenModel` whose preprocessing is inside, as `build_frozen_backbone` makes it.

    Returns:
        JSON object with the model's name, SHA-256 of the weights and of the layers, and
        colorkit's version.
    """
    layers = json.dumps(_without_names(keras.saving.serialize_keras_object(backbone)))
    return {
        "backbone": " ".join(layer.name for layer in backbone.layers if hasattr(layer, "layers")),
        "weights_sha256": hash_weights(backbone),
        "layers_sha256": hashlib.sha256(layers.encode()).hexdigest(),
        "colorkit": colorkit.__version__,
    }


def _without_names(config: Any) -> Any:
    """Removes names, which Keras numbers per process; layers stay in order."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return config["config"]
        return {key: _without_names(config[key]) for key in sorted(config) if key not in _NAMES}
    if isinstance(config, (list, tuple)):
        return [_without_names(value) for value in config]
    return config
