"""Measures colourings of one photograph."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from colorkit import metrics
from colorkit.color.lab import rgb_to_lab
from colorkit.evaluation.metric_info import TRUTH
from colorkit.typing import Tensor

CHROMA_EDGES = np.arange(0.0, 136.0, 2.0)
"""Edges of the histograms of chroma, in Lab units; sRGB's strongest blue has a chroma of 133.8."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """The metrics of one photograph's colourings.

    Attributes:
        metrics: Values by metric, by picture; of `TRUTH` those that need no other picture.
        class_weight: Mean of the photograph's `metrics.class_weights`.
        chroma: Share of pixels between each two of `CHROMA_EDGES`, by picture.
    """

    metrics: dict[str, dict[str, float]]
    class_weight: float
    chroma: dict[str, NDArray[np.float64]]


class Measurer:
    """Measures photographs of any size.

    One function, compiled once for all sizes, compares two pictures: on TensorFlow it is faster
    than the same operations one by one. XLA would recompile for each size.

    Args:
        class_prior: Probability of each of the 313 colour classes.
    """

    def __init__(self, class_prior: Sequence[float] | NDArray[np.float64]) -> None:
        self._comparison = _compiled_comparison(tuple(class_prior))

    def measure(
        self, photo: NDArray[np.uint8], pictures: Mapping[str, NDArray[np.uint8]]
    ) -> Measured:
        """Measures several colourings of one photograph.

        Args:
            photo: uint8 array of shape `(H, W, 3)`, 11 pixels or more a side.
            pictures: Dict of one array like it or more, by name.

        Returns:
            A `Measured`.
        """
        metrics, chroma = {}, {}
        for name, picture in pictures.items():
            found = self._comparison.predict_on_batch(np.stack([photo, picture]))
            chroma[TRUTH], chroma[name] = map(_shares, found.pop("chroma"))
            values = {key: value.tolist() for key, value in found.items()}
            class_weight = values.pop("class_weight")
            truth, own = ({key: values[key][n] for key in _OWN_METRICS} for n in range(2))
            excess = own["colorfulness"] - truth["colorfulness"]
            metrics[name] = {
                **values,
                **own,
                "colorfulness_bias": excess,
                "colorfulness_error": abs(excess),
                "cf_bias": own["cf"] - truth["cf"],
            }
        metrics[TRUTH] = truth
        return Measured(metrics, class_weight, chroma)


_OWN_METRICS = ("colorfulness", "cf")


@functools.lru_cache(maxsize=2)  # for evaluations that follow each other
def _compiled_comparison(class_prior: tuple[float, ...]) -> keras.Model:
    comparison = _Comparison(class_prior)
    comparison.compile(jit_compile=False)
    return comparison


class _Comparison(keras.Model):
    """Compares the second picture of a `(2, H, W, 3)` pair with the first, the truth."""

    def __init__(self, class_prior: tuple[float, ...]) -> None:
        super().__init__(name="comparison", dtype="float32", autocast=False)
        self._class_prior = class_prior

    def call(self, pair: Tensor) -> dict[str, Tensor]:
        lab = rgb_to_lab(pair)
        ab = lab[..., 1:]
        weights = metrics.class_weights(ab[0], self._class_prior)
        return {
            "psnr": metrics.psnr(pair[0], pair[1]),
            "ssim": metrics.ssim(pair[:1], pair[1:])[0],
            "ciede2000": ops.mean(metrics.ciede2000(lab[0], lab[1])),
            "auc": metrics.ab_error_auc(ab[0], ab[1]),
            "auc_rebalanced": metrics.ab_error_auc(ab[0], ab[1], weights),
            "colorfulness": metrics.colorfulness(pair),
            "cf": metrics.colorfulness_of_magnitudes(pair),
            "class_weight": ops.mean(weights),
            "chroma": ops.sqrt(ops.sum(ops.square(ab), axis=-1)),
        }


def _shares(chroma: NDArray[np.float32]) -> NDArray[np.float64]:
    counts, _ = np.histogram(chroma, CHROMA_EDGES)
    return counts / chroma.size
