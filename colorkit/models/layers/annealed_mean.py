"""Decodes a distribution over the 313 ab bins to one colour per pixel, in one of three styles."""

import dataclasses
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
from keras import ops

from colorkit.choices import STYLE_NAMES
from colorkit.color.ab_bins import AB_BINS, load_prior, rebalancing_weights
from colorkit.color.lab import AB_SCALE
from colorkit.models.layers.common import BilinearUpSampling2D
from colorkit.typing import Shape, Tensor


@dataclasses.dataclass(frozen=True)
class Decoding:
    """How a distribution over bins is decoded.

    Attributes:
        temperature: Divisor of the log-probabilities, in (0, 1]: 1 gives the distribution's mean,
            which is desaturated; towards 0 it becomes the mode, which is vivid and patchy.
        rebalancing: Exponent of the loss's class rebalancing that remains in the output, in [0, 2].
            A model trained with class weights w predicts p * w for colours of probability p; 0
            divides by w, so that rare colours are as rare as in photographs, 1 keeps the
            prediction, and more favours rare colours further.
    """

    temperature: float
    rebalancing: float


_FAITHFUL = Decoding(temperature=0.6, rebalancing=0.3)
_BALANCED = Decoding(temperature=0.38, rebalancing=0.7)
_VIVID = Decoding(temperature=0.38, rebalancing=1.0)

STYLES = MappingProxyType(dict(zip(STYLE_NAMES, (_FAITHFUL, _BALANCED, _VIVID), strict=True)))
"""Decodings by name, from the palest colours, which are nearest to the truth on average, to colours
as strong as the truth's. `benchmarks/default_decoding.py` measures what lies between."""


@keras.saving.register_keras_serializable(package="colorkit")
class AnnealedMean(keras.layers.Layer):
    """The annealed mean of a distribution over bins (Zhang et al. 2016, section 2.3).

    Always float32, whatever the dtype policy.

    Args:
        temperature, rebalancing: As in `Decoding`. Zhang et al. take 0.38 and 1.
        **kwargs: Base layer keyword arguments, such as `name`; a `dtype` among them is ignored.

    Call arguments:
        logits: Tensor of shape `(batch, height, width, 313)`.

    Returns:
        float32 tensor of shape `(batch, height, width, 2)`: ab / 128.

    Raises:
        ValueError: If `temperature` or `rebalancing` lies outside its range.
    """

    def __init__(self, temperature: float, rebalancing: float, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not 0 < temperature <= 1:
            raise ValueError(f"`temperature` must lie in (0, 1]. Received: {temperature}")
        if not 0 <= rebalancing <= 2:
            raise ValueError(f"`rebalancing` must lie in [0, 2]. Received: {rebalancing}")
        self.temperature = temperature
        self.rebalancing = rebalancing

    def call(self, logits: Tensor) -> Tensor:
        log_weights = np.log(rebalancing_weights(load_prior()))
        shift = ops.convert_to_tensor((1.0 - self.rebalancing) * log_weights, dtype="float32")
        probabilities = ops.softmax((logits - shift) / self.temperature, axis=-1)
        return ops.matmul(probabilities, ops.convert_to_tensor(AB_BINS / AB_SCALE))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], 2)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "rebalancing": self.rebalancing,
        }


def classify_color(features: Tensor, decoding: Decoding) -> Tensor:
    """Head of a model: classifies bins at 1/4 of the input size, and decodes and upsamples them.

    Args:
        features: Keras tensor of shape `(batch, height / 4, width / 4, channels)`.
        decoding: `Decoding`.

    Returns:
        Keras tensor of shape `(batch, height, width, 2)`: ab / 128, float32. The layer `bin_logits`
        holds the 313 bins' logits.
    """
    return read_color(keras.layers.Conv2D(len(AB_BINS), 1, name="bin_logits")(features), decoding)


def read_color(logits: Tensor, decoding: Decoding) -> Tensor:
    """Head of a model: decodes logits of bins at 1/4 of the input size, and upsamples the colour.

    Args:
        logits: Keras tensor of shape `(batch, height / 4, width / 4, 313)`.
        decoding: `Decoding`.

    Returns:
        Keras tensor of shape `(batch, height, width, 2)`: ab / 128, float32.
    """
    ab = AnnealedMean(**dataclasses.asdict(decoding), name="annealed_mean")(logits)
    ab = BilinearUpSampling2D(dtype="float32", name="ab_half")(ab)
    return BilinearUpSampling2D(dtype="float32", name="ab")(ab)


def styles_of(model: keras.Model) -> tuple[str, ...]:
    """Returns the names of the styles a model can colour in: `STYLES`, or none.

    Args:
        model: A `keras.Model`.
    """
    return tuple(STYLES) if any(_is_decoder(layer) for layer in model.layers) else ()


def with_style(model: keras.Model, style: str | None) -> keras.Model:
    """Rebuilds the head of a model for another style.

    Args:
        model: `keras.Model` with one `AnnealedMean`, followed by a chain of layers without weights.
        style: A key of `STYLES`, or `None` for the model's own decoding.

    Returns:
        A `keras.Model` that shares the layers up to there; `model` itself for `None`.

    Raises:
        ValueError: If `style` is not one of these, or the model does not classify colour.
    """
    if style is None:
        return model
    if style not in STYLES:
        raise ValueError(f"`style` must be None or one of {tuple(STYLES)}. Received: {style!r}")
    if not styles_of(model):
        raise ValueError(
            f"The model {model.name!r} predicts one colour, not a distribution, and so has one "
            f"style: leave `style` out, or make its colours stronger by `saturation`. "
            f"Received: style={style!r}"
        )
    place = next(n for n, layer in enumerate(model.layers) if _is_decoder(layer))
    decoder, *following = model.layers[place:]
    output = AnnealedMean(**dataclasses.asdict(STYLES[style]), name=f"{decoder.name}_{style}")(
        decoder.input
    )
    for layer in following:
        output = type(layer).from_config(layer.get_config())(output)
    return keras.Model(model.input, output, name=model.name)


def _is_decoder(layer: keras.Layer) -> bool:
    return isinstance(layer, AnnealedMean)
