"""Lists the stages of an EfficientNet from the model itself (the report's table 3)."""

import dataclasses
import re
from collections.abc import Mapping

import keras

from colorkit.backend.weights import layers_of

_BLOCK = re.compile(r"block(\d+)([a-z])_(expand_conv|dwconv|project_conv)$")


@dataclasses.dataclass(frozen=True)
class Stage:
    """A row of the report's table 3 (Tan and Le 2019, table 1).

    Attributes:
        number: Int, from 1.
        operator: What it repeats, such as "MBConv6, k5x5": an inverted bottleneck that widens its
            channels 6 times, of 5 x 5 depthwise kernels.
        resolution: `(height, width)` of what the stage is given, in pixels.
        channels: Int, of its answer.
        layers: Int, how often the operator is repeated.
    """

    number: int
    operator: str
    resolution: tuple[int, ...]
    channels: int
    layers: int


def efficientnet_stages(model: keras.Model) -> list[Stage]:
    """Lists the stages of an EfficientNet, or of a model that has one as its backbone.

    Args:
        model: `keras.Model`: one of `keras.applications` with its top, or what
            `colorkit.build_efficientnet_model` builds.

    Returns:
        List of `Stage`.

    Raises:
        ValueError: If there is no EfficientNet in the model.

    Example:
        >>> model = colorkit.build_efficientnet_model(weights=None, variant="b1")
        >>> efficientnet_stages(model)[0]
        Stage(number=1, operator='Conv 3x3', resolution=(240, 240), channels=32, layers=1)
    """
    layers = {layer.name: layer for layer in layers_of(model)}
    if not {"stem_conv", "top_conv", "predictions"} <= set(layers):
        raise ValueError(
            "Expected an EfficientNet with its top, or a model with one as its backbone, as "
            f"`build_efficientnet_model` builds. Received: {model.name!r}"
        )
    stem, top = layers["stem_conv"], layers["top_conv"]
    # The stem's padding is a layer of its own, before which the picture has its size.
    picture = next(
        layer.output.shape[1:3]
        for layer in layers.values()
        if isinstance(layer, keras.layers.Normalization)
    )
    stages = [Stage(1, f"Conv {_kernel(stem)}", picture, stem.filters, 1)]
    blocks: dict[int, dict[str, dict[str, keras.Layer]]] = {}
    for name, layer in layers.items():
        found = _BLOCK.match(name)
        if found:
            block, repeat, part = found.groups()
            blocks.setdefault(int(block), {}).setdefault(repeat, {})[part] = layer
    for block, repeats in sorted(blocks.items()):
        stages.append(_stage_of_block(block + 1, repeats))
    operator = f"Conv {_kernel(top)} & Pooling & FC"
    stages.append(Stage(len(stages) + 1, operator, top.input.shape[1:3], top.filters, 1))
    return stages


def _stage_of_block(number: int, repeats: Mapping[str, Mapping[str, keras.Layer]]) -> Stage:
    first = repeats["a"]
    expand, depthwise = first.get("expand_conv"), first["dwconv"]
    widening = 1 if expand is None else expand.filters // expand.input.shape[-1]
    return Stage(
        number,
        f"MBConv{widening}, k{_kernel(depthwise)}",
        (expand or depthwise).input.shape[1:3],
        first["project_conv"].filters,
        len(repeats),
    )


def _kernel(layer: keras.Layer) -> str:
    return "x".join(map(str, layer.kernel_size))
