"""Draws a model as a row of boxes, one for each feature shape (Figure 2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import keras

from colorkit.io.atomic_write import replace_when_whole
from colorkit.models.layers.common import FrozenModel
from colorkit.typing import Shape, StrPath

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = ("white", "C1", "C2", "C3", "C0")  # Matplotlib's colours of the parts in turn
FROZEN = "0.6"
_GAP, _DEPTH = 0.7, 0.3  # in units of the figure; as a share of a box's height
_INCHES_A_UNIT = 0.16


@dataclasses.dataclass(frozen=True)
class FeatureShape:
    """The shape of a model's features at one stage.

    Attributes:
        part: Name of the part of the model, such as "encoder".
        is_frozen: Whether the part is a frozen backbone, which is drawn as one box.
        height, width: Of the features; `None` for a vector.
        channels: Number of channels.
    """

    part: str
    is_frozen: bool
    height: int | None
    width: int | None
    channels: int


def list_feature_shapes(model: keras.Model) -> list[FeatureShape]:
    """Lists the feature shapes of a model, in the order of the layers.

    Args:
        model: `keras.Model` of one input size.

    Returns:
        List of `FeatureShape`; consecutive layers of one output shape are merged.

    Raises:
        ValueError: If the model is built for any size.
    """
    shapes: list[FeatureShape] = []
    walk = _walk(model, model.name)
    for part, is_frozen, shape in [("input", False, model.input_shape), *walk]:
        if None in shape[1:]:
            raise ValueError(
                "A model can be drawn for one input size only: build it with an `image_size`. "
                f"Received: {model.name!r}, in which a layer gives {shape}"
            )
        height, width = shape[1:3] if len(shape) == 4 else (None, None)
        found = FeatureShape(part, is_frozen, height, width, shape[-1])
        if not shapes or found != shapes[-1]:
            shapes.append(found)
    return shapes


def draw_model_diagram(model: keras.Model, path: StrPath) -> None:
    """Draws the feature shapes from a model's input to its output.

    A box's height stands for the spatial size, its width for the channels (both as square roots).

    Args:
        model: `keras.Model` of one input size.
        path: Path of the PNG.

    Raises:
        ValueError: If the model is built for any size.

    Example:
        >>> draw_model_diagram(colorkit.build_vgg_model(weights=None), "vgg16.png")
    """
    from matplotlib.figure import Figure  # Without pyplot: draws by Agg, whatever the display is
    from matplotlib.patches import Patch

    shapes = list_feature_shapes(model)
    parts = list(dict.fromkeys((shape.part, shape.is_frozen) for shape in shapes))
    color = {part: PARTS[n % len(PARTS)] for n, (part, is_frozen) in enumerate(parts)}
    color.update({part: FROZEN for part, is_frozen in parts if is_frozen})
    figure = Figure(layout="constrained")
    axes = figure.add_subplot(aspect="equal")
    axes.axis("off")
    left = 0.0
    for shape in shapes:
        left = _draw_box(axes, shape, left, color[shape.part]) + _GAP
    legend = [
        Patch(facecolor=color[part], edgecolor="black", label=part + is_frozen * " (frozen)")
        for part, is_frozen in parts
    ]
    axes.legend(handles=legend, loc="upper center", ncols=len(legend), frameon=False)
    axes.autoscale_view()
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.15 * (high - low))  # Room for the legend
    figure.set_size_inches(
        max(6, left * _INCHES_A_UNIT), max(2.5, 1.4 * (high - low) * _INCHES_A_UNIT)
    )
    with replace_when_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)


def _walk(model: keras.Model, part: str) -> Iterator[tuple[str, bool, Shape]]:
    """Yields part, whether it is frozen, and the output's shape, of every layer with features."""
    for layer in model.layers:
        if isinstance(layer, FrozenModel):
            yield layer.name, True, layer.output_shape
        elif hasattr(layer, "layers"):
            yield from _walk(layer, layer.name)
        elif len(layer.output.shape) == 4 and not isinstance(layer, keras.layers.InputLayer):
            yield part, False, tuple(layer.output.shape)


def _draw_box(axes: Axes, shape: FeatureShape, left: float, color: str) -> float:
    """Draws a box with its channels below and its size above, and returns its right end."""
    from matplotlib.patches import Polygon

    height = (shape.height or 1) ** 0.5
    width = shape.channels**0.5 / 4
    right, low, high = left + width, -height / 2, height / 2
    shift = _DEPTH * height
    faces = {
        0.9: [(left, low), (right, low), (right, high), (left, high)],
        0.7: [(right, low), (right, high)],
        0.5: [(left, high), (right, high)],
    }
    for alpha, corners in faces.items():
        if len(corners) == 2:  # An edge of the front, from which a face goes back
            corners += [(x + shift, y + shift) for x, y in reversed(corners)]
        axes.add_patch(Polygon(corners, facecolor=color, alpha=alpha, edgecolor="black", lw=0.5))
    middle = (left + right) / 2
    axes.text(middle, low - 0.4, str(shape.channels), ha="center", va="top", fontsize=9)
    if shape.height:
        size = f"{shape.height} x {shape.width}"
        axes.text(middle + shift, high + shift + 0.3, size, ha="left", va="bottom", fontsize=8,
                  rotation=45)  # fmt: skip
    return right + shift
