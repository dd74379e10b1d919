"""Moves the distribution of a whole picture's colours towards a palette.

After the global hints of Zhang et al. 2017 ("Real-Time User-Guided Image Colorization with Learned
Deep Priors", section 3.3), whose model is trained with histograms. Here a trained model's
distribution is re-weighted instead, so that any model that classifies colour takes a palette.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from colorkit.color.ab_bins import AB_BINS, load_prior, rebalancing_weights
from colorkit.models.layers.annealed_mean import AnnealedMean
from colorkit.typing import Shape, Tensor

SPREAD = 8.0
"""Standard deviation, in Lab units, of the Gaussian about each colour of a palette."""

_OTHERS = 0.2  # Share of photographs' usual colours in every palette: nothing is ruled out
_LEAST = 1e-6  # of a bin's share: below, its ratio to another share is noise
_ROUNDS = 3  # after which a picture's mean distribution is what it should be, to a few percent


@keras.saving.register_keras_serializable(package="colorkit")
class TowardsPalette(keras.layers.Layer):
    """Re-weights the bins so that a picture's mean distribution moves towards a palette.

    Each bin's probability is multiplied by one factor in all of the picture, so that a colour
    comes where the model thinks it likeliest. Always float32, whatever the dtype policy.

    Args:
        palette: Sequence of 313 floats, a histogram over the bins of `color.ab_bins`.
        strength: Float in [0, 1]: how far the mean distribution moves (their geometric mean of
            these weights): 0 leaves the model's, 1 asks for the palette's.
        **kwargs: Base layer keyword arguments, such as `name`; a `dtype` among them is ignored.

    Call arguments:
        logits: Tensor of shape `(batch, height, width, 313)`, of a model trained with the class
            weights of Zhang et al. 2016.

    Returns:
        float32 tensor of that shape.
    """

    def __init__(self, palette: Sequence[float], strength: float, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.palette = [float(share) for share in palette]
        self.strength = strength
        self._target = np.log(smooth_palette(self.palette)).astype("float32")
        self._log_weights = np.log(rebalancing_weights(load_prior())).astype("float32")

    def call(self, logits: Tensor) -> Tensor:
        unweighted = ops.cast(logits, "float32") - ops.convert_to_tensor(self._log_weights)
        before = _log_mean(unweighted)
        target = ops.convert_to_tensor(self._target)
        wanted = (1.0 - self.strength) * before + self.strength * target
        wanted = ops.log_softmax(wanted, axis=-1)
        shift = ops.zeros_like(before)
        for _ in range(_ROUNDS):
            shift = shift + wanted - _log_mean(unweighted + shift)
        return ops.cast(logits, "float32") + shift

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "palette": self.palette, "strength": self.strength}


def smooth_palette(palette: ArrayLike) -> NDArray[np.float64]:
    """Smooths a palette's histogram into probabilities, and mixes in a little of all colours.

    Args:
        palette: Array of shape `(313,)`, non-negative, not all zero.

    Returns:
        float64 array of shape `(313,)`, positive, with sum 1.
    """
    shares = np.asarray(palette, "float64")
    squared_distance = np.sum((AB_BINS[:, None] - AB_BINS[None, :]) ** 2, axis=-1)
    kernel = np.exp(-squared_distance / (2.0 * SPREAD**2))
    smooth = kernel @ (shares / kernel.sum(axis=0))
    return (1 - _OTHERS) * smooth / smooth.sum() + _OTHERS * load_prior()


def with_palette(model: keras.Model, palette: ArrayLike, strength: float) -> keras.Model:
    """Rebuilds the head of a model so that pictures move towards a palette.

    Args:
        model: `keras.Model` with one `AnnealedMean`, followed by a chain of layers without weights.
        palette, strength: As for `TowardsPalette`.

    Returns:
        A `keras.Model` that shares the layers up to there.

    Raises:
        ValueError: If the model does not classify colour.
    """
    places = [n for n, layer in enumerate(model.layers) if isinstance(layer, AnnealedMean)]
    if not places:
        raise ValueError(
            f"A palette re-weights a distribution, and the model {model.name!r} predicts one "
            f"colour: leave `palette` out, or take the default model."
        )
    decoder, *following = model.layers[places[0] :]
    layer = TowardsPalette(np.asarray(palette).tolist(), strength, name="towards_palette")
    output = layer(decoder.input)
    for each in (decoder, *following):
        output = type(each).from_config(each.get_config())(output)
    return keras.Model(model.input, output, name=model.name)


def _log_mean(logits: Tensor) -> Tensor:
    """Returns the logarithm of the mean distribution: shape `(batch, 1, 1, 313)`."""
    mean = ops.mean(ops.softmax(logits, axis=-1), axis=(1, 2), keepdims=True)
    return ops.log(mean + _LEAST)
