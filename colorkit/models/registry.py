"""The registry of models, as `colorkit models` prints it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from colorkit.backend.suggestions import suggest_nearest
from colorkit.models import (
    colorkit_base,
    colorkit_hints,
    encoder_decoder,
    fusion,
    iizuka,
    larsson,
    vgg16,
    zhang,
)
from colorkit.models.weight_files import SHIPPED_WEIGHTS

if TYPE_CHECKING:
    import keras


@dataclasses.dataclass(frozen=True)
class ModelEntry:
    """A model as the registry names it.

    Attributes:
        name: The recipe's name, as on the command line.
        builder: Function of `(image_size, weights, name)` that returns a `keras.Model`.
        input: Input, with its range and default size in pixels.
        output: Output, with its range.
        size_multiple: Int, height and width must be divisible by it.
        description: One line.
        any_size: Whether a model trained at one size is used at every size.
    """

    name: str
    builder: Callable[..., keras.Model]
    input: str
    output: str
    size_multiple: int
    description: str
    any_size: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelDescription(ModelEntry):
    """A `ModelEntry` and its parameters, counted on the built model.

    Attributes:
        trainable_parameters: Int, parameters updated by gradients.
        frozen_parameters: Int, the others: the backbone, and BatchNormalization's statistics.
    """

    trainable_parameters: int
    frozen_parameters: int


def list_models(trained: bool | None = None) -> list[str]:
    """Lists the models by name.

    Args:
        trained: Whether to list only those whose weights come with colorkit (`True`), or only the
            others (`False`). `None` lists all.

    Returns:
        A list of names, each of which `build_model` takes.

    Example:
        >>> colorkit.list_models(trained=True)
        ['colorkit_base', 'colorkit_hints']
    """
    return [name for name in MODELS if trained is None or (name in SHIPPED_WEIGHTS) == trained]


def build_model(name: str, **options: Any) -> keras.Model:
    """Builds a model by its name.

    The models have random weights, or ImageNet's where the builder says so. `load_model` gives
    those that come with colorkit their trained weights.

    Args:
        name: One of `list_models()`.
        **options: What the model's own builder takes, such as `image_size` and `weights`.

    Returns:
        A `keras.Model`.

    Raises:
        ValueError: There is no such model.

    Example:
        >>> model = colorkit.build_model("vgg16", image_size=256, weights=None)
    """
    return find_model(name).builder(**options)


def find_model(name: str) -> ModelEntry:
    """Finds a model by its name.

    Args:
        name: A key of `MODELS`.

    Returns:
        A `ModelEntry`.

    Raises:
        ValueError: There is no such model; the message names all, and the nearest one.
    """
    if name not in MODELS:
        hint = suggest_nearest(name, MODELS)
        raise ValueError(f"Expected one of the models {list(MODELS)}. Received: {name!r}.{hint}")
    return MODELS[name]


def describe(name: str) -> ModelDescription:
    """Describes a model, building it with random weights to count its parameters.

    Args:
        name: A key of `MODELS`.

    Returns:
        A `ModelDescription`.

    Raises:
        ValueError: There is no such model.

    Example:
        >>> describe("vgg16").frozen_parameters
        14714688
    """
    entry = find_model(name)
    model = entry.builder(weights=None)
    trainable = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    return ModelDescription(
        **dataclasses.asdict(entry),
        trainable_parameters=trainable,
        frozen_parameters=model.count_params() - trainable,
    )


_ENTRIES = (
    ModelEntry(
        "colorkit_base",
        colorkit_base.build_colorkit_base_model,
        "L of any size in [0, 100]",
        "ab / 128 in [-1, 1]",
        colorkit_base.SIZE_MULTIPLE,
        "EfficientNet-Lite1 and a decoder that classifies ab",
        any_size=True,
    ),
    ModelEntry(
        "encoder_decoder",
        encoder_decoder.build_encoder_decoder_model,
        "L 512 x 512 in [0, 100]",
        "RGB in [0, 1]",
        encoder_decoder.SIZE_MULTIPLE,
        "Encoder-decoder from scratch (report 4.1)",
    ),
    ModelEntry(
        "vgg16",
        vgg16.build_vgg_model,
        "L 224 x 224 in [0, 100]",
        "ab / 128 in [-1, 1]",
        vgg16.SIZE_MULTIPLE,
        "Frozen VGG16 trunk and a decoder (report 4.2)",
    ),
    ModelEntry(
        "inception_v3",
        fusion.build_inception_model,
        "L 256 x 256 in [0, 100]",
        "ab / 128 in [-1, 1]",
        fusion.SIZE_MULTIPLE,
        "Encoder-decoder fused with a frozen InceptionV3's embedding (report 4.3)",
    ),
    ModelEntry(
        "efficientnet_b0",
        fusion.build_efficientnet_model,
        "L 256 x 256 in [0, 100]",
        "ab / 128 in [-1, 1]",
        fusion.SIZE_MULTIPLE,
        "Encoder-decoder fused with a frozen EfficientNetB0's embedding (report 4.4)",
    ),
    ModelEntry(
        "zhang",
        zhang.build_zhang_model,
        "L of any size in [0, 100]",
        "ab / 128 in [-1, 1]",
        zhang.SIZE_MULTIPLE,
        "Dilated network that classifies ab (Zhang, Isola, Efros 2016)",
        any_size=True,
    ),
    ModelEntry(
        "iizuka",
        iizuka.build_iizuka_model,
        "L of any size in [0, 100]",
        "ab / 128 in [-1, 1]",
        iizuka.SIZE_MULTIPLE,
        "Local features fused with global ones (Iizuka, Simo-Serra, Ishikawa 2016)",
        any_size=True,
    ),
    ModelEntry(
        "larsson",
        larsson.build_larsson_model,
        "L of any size in [0, 100]",
        "ab / 128 in [-1, 1]",
        larsson.SIZE_MULTIPLE,
        "Hypercolumns of a VGG-16, histograms of hue and chroma (Larsson et al. 2016)",
        any_size=True,
    ),
    ModelEntry(
        "colorkit_hints",
        colorkit_hints.build_colorkit_hints_model,
        "L of any size in [0, 100], hints",
        "ab / 128 in [-1, 1]",
        colorkit_base.SIZE_MULTIPLE,
        "colorkit_base with a branch for colours that a user gives (Zhang et al. 2017)",
        any_size=True,
    ),
)
MODELS = MappingProxyType({entry.name: entry for entry in _ENTRIES})
"""Every `ModelEntry` by its name, in the order of `colorkit models`."""
