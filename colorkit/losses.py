"""Losses that take the photograph itself as their target.

Every loss is called with `y_true`, the RGB photographs of a batch (in [0, 255], shape
`(batch, height, width, 3)`; Keras makes floats of their uint8), and extracts the target that
the model predicts. So one input pipeline feeds every model, and the conversion runs on the
accelerator, in float32 under any dtype policy. Where ab is cached with features, `y_true` may be ab
/ 128 instead, of shape `(batch, height, width, 2)`.
"""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from colorkit.backend.jit import compile_elementwise
from colorkit.color.ab_bins import (
    AB_BINS,
    encode_ab,
    encode_ab_by_neighbors,
    load_prior,
    rebalancing_weights,
)
from colorkit.color.hue_chroma import BINS, hue_and_chroma, window_histograms
from colorkit.color.lab import AB_SCALE, L_MAX, rgb_to_lab
from colorkit.typing import Tensor

__all__ = [
    "ChromaMSE",
    "HueChromaDivergence",
    "NeighborCrossEntropy",
    "NormalizedChromaLoss",
    "RGBMSE",
    "RebalancedCrossEntropy",
]

GRAY_AB = 5.0
"""Zhang et al. 2016 leave out photographs whose a and b are all nearer to 0, in Lab units (the mask
of the published code)."""

NOTICEABLE_DIFFERENCE = 2.3
"""Distance in Lab at which two colours just look different (Mahy, Van Eycken, Oosterlinck 1994)."""


@keras.saving.register_keras_serializable(package="colorkit")
class ChromaMSE(keras.losses.Loss):
    """Mean squared error of ab / 128 (the report's models 2 to 4).

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`, or ab / 128 with 2 channels.
        y_pred: ab / 128, shape `(batch, height, width, 2)`.
    """

    def __init__(self, name: str = "chroma_mse", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        a, b = _true_ab(y_true)
        return _mean_square_difference()(a, b, ops.cast(y_pred, "float32"))


@keras.saving.register_keras_serializable(package="colorkit")
class RGBMSE(keras.losses.Loss):
    """Mean squared error of RGB in [0, 1] (the report's section 4.1.3).

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`.
        y_pred: RGB in [0, 1], same shape.
    """

    def __init__(self, name: str = "rgb_mse", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.mean(ops.square(_unit_rgb(y_true) - ops.cast(y_pred, "float32")), axis=-1)


@keras.saving.register_keras_serializable(package="colorkit")
class NormalizedChromaLoss(keras.losses.Loss):
    """Squared error of ab relative to the chroma of truth and prediction, per photograph.

    With t and p the true and the predicted ab of a photograph's pixels,

        loss = sum |t - p|^2 / (sum |t|^2 + sum |p|^2 + n c^2)

    for n pixels and c = 2.3, the just noticeable difference in Lab units (Mahy et al. 1994), which
    keeps noise in gray photographs from dominating. It is one minus the soft Dice coefficient of
    V-Net (Milletari et al. 2016, section 3), of chroma in place of a mask: 0 for the truth, nearly
    1 for gray whatever the photograph, at most 2. So a colourful photograph counts as much as a
    pale one. Where a photograph is v or -v with chances q and 1 - q, squared error is least at the
    pale (2q - 1) v; this is least at the full v for every q above 1/2, and gray is never better.

    For an RGB prediction (model 1) the squared error of L / 100 is added, since nothing else
    constrains its lightness.

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`, or ab / 128 with 2 channels.
        y_pred: ab / 128, shape `(batch, height, width, 2)`, or RGB in [0, 1] with 3 channels.
    """

    def __init__(self, name: str = "normalized_chroma", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y_pred = ops.cast(y_pred, "float32")
        if y_pred.shape[-1] == 2:
            return _chroma_share()(*_true_ab(y_true), y_pred * AB_SCALE)
        lightness, a, b = _lab_of_photos()(y_true)
        lab_pred = rgb_to_lab(y_pred)
        l_error = (lightness - lab_pred[..., 0]) / 100.0
        l_loss = ops.mean(ops.square(l_error), axis=(-2, -1))
        return _chroma_share()(a, b, lab_pred[..., 1:]) + l_loss


@keras.saving.register_keras_serializable(package="colorkit")
class RebalancedCrossEntropy(keras.losses.Loss):
    """Cross-entropy over the 313 ab bins with rare colours weighted up.

    Zhang, Isola, Efros 2016, equations 2 to 4. The target of a pixel is the mean colour of the
    area it covers, soft-encoded over the four bins around it.

    Args:
        uniform_share: Share of the uniform distribution mixed into the prior before it is inverted
            to weights, in [0, 1]; 1 weights all colours equally.

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`.
        y_pred: Logits, shape `(batch, height / k, width / k, 313)` for a whole number k.
    """

    def __init__(
        self, uniform_share: float = 0.5, name: str = "rebalanced_cross_entropy", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.uniform_share = uniform_share

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        stride = y_true.shape[1] // y_pred.shape[1]
        rgb = ops.average_pool(_unit_rgb(y_true), stride, strides=stride)
        target = self._weighted_target(rgb_to_lab(rgb)[..., 1:])
        return -ops.sum(target * ops.log_softmax(ops.cast(y_pred, "float32")), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "uniform_share": self.uniform_share}

    @functools.cached_property
    def _weighted_target(self) -> Callable[[Tensor], Tensor]:
        """From ab, of shape `(..., 2)`, to the weighted shares of all bins, `(..., 313)`.

        Dense, since the gradient of a gather is a slow scatter.
        """

        def weighted_target(ab: Tensor) -> Tensor:
            bins, shares = self._encode(ab)
            bin_weights = ops.convert_to_tensor(
                rebalancing_weights(load_prior(), self.uniform_share), dtype="float32"
            )
            weights = self._weigh(ops.take(bin_weights, bins), shares, ab)
            shares = shares * weights[..., None]
            return sum(
                ops.one_hot(bins[..., rank], len(AB_BINS), dtype="float32")
                * shares[..., rank, None]
                for rank in range(bins.shape[-1])
            )

        return compile_elementwise(weighted_target)

    def _encode(self, ab: Tensor) -> tuple[Tensor, Tensor]:
        return encode_ab(ab)

    def _weigh(self, weights_of_bins: Tensor, shares: Tensor, ab: Tensor) -> Tensor:
        return ops.sum(shares * weights_of_bins, axis=-1)


@keras.saving.register_keras_serializable(package="colorkit")
class NeighborCrossEntropy(RebalancedCrossEntropy):
    """Cross-entropy over the 313 ab bins, encoded and weighted as Zhang et al. 2016 do.

    Section 2.2: a colour is soft-encoded over its nearest bins, of which the published code takes
    ten, and gets the weight of the nearest (equation 3). Photographs that are gray throughout have
    weight 0, as in that code. `RebalancedCrossEntropy` uses an encoding that can be decoded
    exactly, and the weights of all its bins.

    Args:
        uniform_share: lambda in the paper, as in `RebalancedCrossEntropy`.

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`.
        y_pred: Logits, shape `(batch, height / k, width / k, 313)` for a whole number k.
    """

    def __init__(
        self, uniform_share: float = 0.5, name: str = "neighbor_cross_entropy", **kwargs: Any
    ) -> None:
        super().__init__(uniform_share, name=name, **kwargs)

    def _encode(self, ab: Tensor) -> tuple[Tensor, Tensor]:
        return encode_ab_by_neighbors(ab)

    def _weigh(self, weights_of_bins: Tensor, shares: Tensor, ab: Tensor) -> Tensor:
        has_color = ops.any(ops.abs(ab) > GRAY_AB, axis=(1, 2, 3), keepdims=True)[..., 0]
        return ops.where(has_color, weights_of_bins[..., 0], 0.0)


@keras.saving.register_keras_serializable(package="colorkit")
class HueChromaDivergence(keras.losses.Loss):
    """Kullback-Leibler divergence of histograms of hue and of chroma.

    Larsson, Maire, Shakhnarovich 2016, section 3.2. The target of a pixel is how often each bin
    occurs around it; hue counts by the pixel's chroma, since the hue of gray means nothing. As in
    the published training, chroma counts by 3 min(L, 1/3, 1 - L), L in [0, 1]: fully in the middle
    third, and less towards black and white, where there is little of it. L is CIE's here.

    Args:
        hue_weight: lambda_H in the paper.
        window: Odd integer, side of the square of pixels around each: 7 in the published training,
            where the paper finds 1 as good.

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`.
        y_pred: 32 logits of hue and 32 of chroma: for pixels, followed by their row and column, of
            shape `(batch, pixels, 66)`; or for the middles of cells of k x k pixels, of shape
            `(batch, height / k, width / k, 64)`.
    """

    def __init__(
        self,
        hue_weight: float = 5.0,
        window: int = 7,
        name: str = "hue_chroma_divergence",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.hue_weight = hue_weight
        self.window = window

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y_pred = ops.cast(y_pred, "float32")
        if len(y_pred.shape) == 4:
            y_pred = _with_middles_of_cells(y_pred, y_true.shape[1] // y_pred.shape[1])
        rows, columns = (ops.cast(y_pred[..., place], "int32") for place in (-2, -1))
        lightness, a, b = _lab_of_photos()(y_true)
        hue, chroma = hue_and_chroma(a, b)
        hue_loss, chroma_loss = (
            _divergence(window_histograms(values, rows, columns, self.window), logits)
            for values, logits in ((hue, y_pred[..., :BINS]), (chroma, y_pred[..., BINS:-2]))
        )
        own_chroma, own_lightness = (
            ops.take_along_axis(
                ops.reshape(values, (-1, values.shape[1] * values.shape[2])),
                rows * values.shape[2] + columns,
                axis=1,
            )
            for values in (chroma, lightness / L_MAX)
        )
        room = 3.0 * ops.minimum(ops.minimum(own_lightness, 1.0 / 3.0), 1.0 - own_lightness)
        return room * chroma_loss + self.hue_weight * own_chroma * hue_loss

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "hue_weight": self.hue_weight, "window": self.window}


def _with_middles_of_cells(logits: Tensor, stride: int) -> Tensor:
    """Lists the cells of a grid as pixels: shape `(batch, cells, logits + 2)`."""
    height, width = logits.shape[1:3]
    row = ops.arange(height, dtype="float32")[:, None, None] * stride + stride // 2
    column = ops.arange(width, dtype="float32")[None, :, None] * stride + stride // 2
    ones = ops.ones_like(logits[..., :1])
    places = ops.concatenate([logits, ones * row, ones * column], axis=-1)
    return ops.reshape(places, (-1, height * width, places.shape[-1]))


def _divergence(truth: Tensor, logits: Tensor) -> Tensor:
    """Kullback-Leibler divergence of shares and logits, over the last axis."""
    surprise = ops.log(ops.maximum(truth, 1e-9)) - ops.log_softmax(logits, axis=-1)
    return ops.sum(truth * surprise, axis=-1)


# Channel by channel, since concatenated channels would prevent vectorisation of the compiled
# loops.
@functools.cache
def _lab_of_photos() -> Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]:
    def convert(rgb: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        lab = rgb_to_lab(_unit_rgb(rgb))
        return lab[..., 0], lab[..., 1], lab[..., 2]

    return compile_elementwise(convert)


def _true_ab(y_true: Tensor) -> tuple[Tensor, Tensor]:
    """Returns a and b in Lab units, of photographs or of ab / 128."""
    if y_true.shape[-1] == 2:
        return y_true[..., 0] * AB_SCALE, y_true[..., 1] * AB_SCALE
    return _lab_of_photos()(y_true)[1:]


@functools.cache
def _mean_square_difference() -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Computes `ChromaMSE` of a and b in Lab units and a predicted ab / 128, pixel by pixel."""

    def differ(a: Tensor, b: Tensor, ab_pred: Tensor) -> Tensor:
        a_error, b_error = a / AB_SCALE - ab_pred[..., 0], b / AB_SCALE - ab_pred[..., 1]
        return (ops.square(a_error) + ops.square(b_error)) / 2.0

    return compile_elementwise(differ)


@functools.cache
def _chroma_share() -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Computes `NormalizedChromaLoss` of a, b and a predicted ab in Lab units: shape `(batch,)`."""

    def mean_square(a: Tensor, b: Tensor) -> Tensor:
        return ops.mean(ops.square(a) + ops.square(b), axis=(-2, -1))

    def share(a: Tensor, b: Tensor, ab_pred: Tensor) -> Tensor:
        a_pred, b_pred = ab_pred[..., 0], ab_pred[..., 1]
        chroma = mean_square(a, b) + mean_square(a_pred, b_pred) + NOTICEABLE_DIFFERENCE**2
        return mean_square(a - a_pred, b - b_pred) / chroma

    return compile_elementwise(share)


def _unit_rgb(rgb: Tensor) -> Tensor:
    return ops.cast(rgb, "float32") / 255.0
