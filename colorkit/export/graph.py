"""The exported graph: a function of tensors, and its metadata."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import keras
from numpy.typing import NDArray

import colorkit
from colorkit.backend.precision import with_precision
from colorkit.color.lab import AB_SCALE, rgb_to_lab
from colorkit.export.picture_graph import color_pictures
from colorkit.inference.exported_runtime import COARSE_AB, coarse_ab_name
from colorkit.inference.keras_runtime import without_last_enlargement
from colorkit.models.contract import model_spec
from colorkit.models.layers.annealed_mean import styles_of, with_style
from colorkit.typing import Shape, Tensor

OWN_OUTPUTS = {
    "ab": f"ab: float32 (B, H, W, 2), CIE a and b / {AB_SCALE:.0f}",
    "rgb": "rgb: float32 (B, H, W, 3), sRGB in [0, 1]",
}
"""What the signature "network" gives, by the output of the model's `ModelSpec`."""


HINTS_INPUT = "hints: float32 (B, H, W, 3), a / 128, b / 128, and 1 where a colour is given, else 0"
"""The second input of models that take hints."""

Run: TypeAlias = Callable[..., dict[str, NDArray[Any]]]
"""An export in its own runtime: from an array, or two with hints, to its outputs, by name."""


@dataclasses.dataclass(frozen=True)
class Graph:
    """A function to export.

    Attributes:
        function: From a tensor, or two with hints, to a dict of tensors, in `keras.ops`.
        model: The `keras.Model` in float32 whose weights it uses.
        input_name, input_shape, input_dtype: Of its argument; unknown lengths are `None`.
        metadata: JSON-serializable dict, the export's metadata.
        takes_hints: Whether its second argument is `hints`, float32 of the same height and width.
    """

    function: Callable[..., dict[str, Tensor]]
    model: keras.Model
    input_name: str
    input_shape: Shape
    input_dtype: str
    metadata: dict[str, Any]
    takes_hints: bool = False

    def with_weights(
        self, values: Callable[[], list[Tensor]]
    ) -> Callable[[Tensor], dict[str, Tensor]]:
        """Returns `function` with other tensors in place of the model's weights.

        Args:
            values: Function without arguments that returns those tensors, in the weights' order.
        """

        def function(batch: Tensor) -> dict[str, Tensor]:
            with _replaced_weights(self.model, values()):
                return self.function(batch)

        return function


def build_graph(
    model: keras.Model, signature: str, dtype: str, size: int, licence: str | None
) -> Graph:
    """Builds the graph of a signature.

    Args:
        model: `keras.Model` that meets `colorkit.models.contract`.
        signature: `"ab"`, `"picture"` or `"network"`.
        dtype: Dtype of the stored weights, for the metadata.
        size: Int, pixels of the shorter side as a model of any input size sees a picture.
        licence: String or `None`.

    Returns:
        A `Graph`.
    """
    spec = model_spec(model)
    model = with_precision(model, "float32")
    cut, stride = without_last_enlargement(model)
    styles = styles_of(model)
    metadata = {
        "name": model.name,
        "colorkit": colorkit.__version__,
        "licence": licence,
        "signature": signature,
        "weights": dtype,
        "image_size": spec.image_size,
        "size_multiple": spec.size_multiple,
        "stride": stride,
        "styles": styles,
    }

    shape = (None, *(spec.image_size or (None, None)), 1)

    def coarse_ab(lightness: Tensor) -> Tensor:
        prediction = cut(lightness, training=False)
        if spec.output == "rgb":
            prediction = rgb_to_lab(prediction)[..., 1:] / AB_SCALE
        return keras.ops.clip(prediction, -1.0, 1.0)

    if signature == "picture":
        metadata["input"] = "pictures: uint8 (B, H, W, 1 or 3), sRGB of any size"
        metadata["output"] = "colored: uint8 (B, H, W, 3), sRGB, L of the input kept"
        metadata["preprocessing"] = (
            f"inside: L, shrunk to {spec.image_size or size} pixels, mirrored at the edges"
        )

        def color(pictures: Tensor) -> dict[str, Tensor]:
            return {
                "colored": color_pictures(
                    pictures, lambda view: coarse_ab(view) * AB_SCALE, spec, stride, size
                )
            }

        return Graph(color, model, "pictures", (None, None, None, None), "uint8", metadata)

    metadata["input"] = "lightness: float32 (B, H, W, 1), CIE L (D65) in [0, 100]"
    metadata["preprocessing"] = (
        f"scaling inside; H and W must be {spec.image_size}"
        if spec.image_size
        else f"scaling inside; H and W must be multiples of {spec.size_multiple}"
    )
    if signature == "network":
        metadata["output"] = OWN_OUTPUTS[spec.output]

        def predict_as_it_is(lightness: Tensor) -> dict[str, Tensor]:
            return {spec.output: model(lightness, training=False)}

        return Graph(predict_as_it_is, model, "lightness", shape, "float32", metadata)

    outputs = {"ab": model, COARSE_AB: cut}
    for style in styles:
        outputs[coarse_ab_name(style)] = without_last_enlargement(with_style(model, style))[0]
    joined = keras.Model(model.inputs, [each.outputs[0] for each in outputs.values()])
    if spec.takes_hints:
        metadata["input"] += f"; {HINTS_INPUT}"
        metadata["takes_hints"] = True
    metadata["output"] = (
        f"ab: float32 (B, H, W, 2), CIE a and b / {AB_SCALE:.0f}; {COARSE_AB}: the same at 1 / "
        f"{stride} of height and width, before the last enlargement"
        + (f"; {COARSE_AB}_STYLE: that in the style STYLE" if styles else "")
    )

    def predict(*inputs: Tensor) -> dict[str, Tensor]:
        predictions = joined(list(inputs), training=False)
        if spec.output == "rgb":
            predictions = [rgb_to_lab(rgb)[..., 1:] / AB_SCALE for rgb in predictions]
        # Copies, since a graph cannot give one tensor two names.
        return {
            name: keras.ops.clip(prediction, -1.0, 1.0)
            for name, prediction in zip(outputs, predictions, strict=True)
        }

    return Graph(predict, model, "lightness", shape, "float32", metadata, spec.takes_hints)


@contextlib.contextmanager
def _replaced_weights(model: keras.Model, values: Iterable[Tensor]) -> Iterator[None]:
    """Context in which a model uses tensors in place of its weights, as in `stateless_call`."""
    with keras.StatelessScope(list(zip(model.variables, values, strict=True))):
        yield
