"""AuC: area under the cumulative histogram of ab errors (Zhang et al. 2016, section 3.1)."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from colorkit.color.ab_bins import AB_BINS, load_prior, nearest_bin, rebalancing_weights
from colorkit.color.lab import rgb_to_lab
from colorkit.metrics.inputs import PICTURE_AXES, as_float, check_same_shape, predicted_ab
from colorkit.typing import Tensor

AUC_MAX_THRESHOLD = 150
"""Thresholds on the ab error run from 0 to this, in steps of 1 (Zhang et al. 2016, 3.1)."""


def ab_error_auc(ab_true: Tensor, ab_pred: Tensor, pixel_weights: Tensor | None = None) -> Tensor:
    """Computes each picture's AuC of the ab error, "raw accuracy" of Zhang et al. 2016 (3.1).

    The share of pixels whose L2 error in ab is at most t, as a curve over t = 0, 1, ..., 150; the
    area under it by the trapezoidal rule, as a percentage of the greatest possible. A pixel's
    contribution depends only on its error rounded up, so the curve need not be stored.

    Args:
        ab_true: Float tensor or array of shape `(..., H, W, 2)`: a and b in Lab units.
        ab_pred: The same, of the same shape.
        pixel_weights: Weight of each pixel, shape `(..., H, W)`; `None` for equal weights.
            `class_weights` gives those of the class-rebalanced AuC.

    Returns:
        float32 tensor of shape `(...)` in [0, 100].

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> ab = colorkit.rgb_to_lab(photo)[..., 1:]
        >>> auc = colorkit.metrics.ab_error_auc(ab, np.zeros(ab.shape))  # of the gray picture
    """
    ab_true, ab_pred = as_float(ab_true), as_float(ab_pred)
    check_same_shape("ab_true", ab_true, "ab_pred", ab_pred)
    error = ops.sqrt(ops.sum(ops.square(ab_true - ab_pred), axis=-1))
    first_threshold = ops.ceil(error)
    area = ops.clip(AUC_MAX_THRESHOLD + 0.5 - first_threshold, 0.0, AUC_MAX_THRESHOLD)
    if pixel_weights is None:
        accuracy = ops.mean(area, axis=PICTURE_AXES)
    else:
        pixel_weights = as_float(pixel_weights)
        check_same_shape("pixel_weights", pixel_weights, "ab_true without channels", area)
        total = ops.sum(pixel_weights, axis=PICTURE_AXES)
        accuracy = ops.sum(area * pixel_weights, axis=PICTURE_AXES) / total
    return accuracy * (100.0 / AUC_MAX_THRESHOLD)


def class_weights(ab_true: Tensor, class_prior: ArrayLike | None = None) -> Tensor:
    """Weighs each pixel inversely by how common its colour is (Zhang et al. 2016, eq. 4, lambda 0).

    Args:
        ab_true: Float tensor or array of shape `(..., 2)`: a and b in Lab units.
        class_prior: Probability of each of the 313 colour classes, in the order of
            `ab_bins.AB_BINS`; `None` for the smoothed one of our training photographs.

    Returns:
        float32 tensor of shape `(...)`; its mean over pixels that follow the prior is 1.

    Raises:
        ValueError: If `class_prior` is not 313 positive numbers.
    """
    weights = rebalancing_weights(_checked_prior(class_prior), uniform_share=0.0)
    weights = ops.convert_to_tensor(weights.astype("float32"))
    return ops.take(weights, nearest_bin(as_float(ab_true)))


@keras.saving.register_keras_serializable(package="colorkit")
class AbErrorAuc(keras.metrics.Mean):
    """Averages `ab_error_auc` over pictures, in percent.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    _direction = "up"  # by which Keras knows in callbacks what is better

    def __init__(self, name: str = "auc", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        ab_true = rgb_to_lab(y_true)[..., 1:]
        super().update_state(ab_error_auc(ab_true, predicted_ab(y_pred)), sample_weight)


@keras.saving.register_keras_serializable(package="colorkit")
class RebalancedAbErrorAuc(keras.metrics.Mean):
    """Averages the class-rebalanced `ab_error_auc` over all pictures' pixels, in percent.

    A picture is weighted by the mean of its `class_weights`, as if all pixels were in one picture:
    one with rare colours counts more.

    Args:
        class_prior: Probability of each of the 313 colour classes; `None` for the default.
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.

    Raises:
        ValueError: If `class_prior` is not 313 positive numbers.
    """

    _direction = "up"  # by which Keras knows in callbacks what is better

    def __init__(
        self,
        class_prior: ArrayLike | None = None,
        name: str = "auc_rebalanced",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.class_prior = _checked_prior(class_prior)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        ab_true = rgb_to_lab(y_true)[..., 1:]
        pixel_weights = class_weights(ab_true, self.class_prior)
        picture_weights = ops.mean(pixel_weights, axis=PICTURE_AXES)
        if sample_weight is not None:
            picture_weights = picture_weights * ops.cast(sample_weight, "float32")
        values = ab_error_auc(ab_true, predicted_ab(y_pred), pixel_weights)
        super().update_state(values, picture_weights)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "class_prior": self.class_prior.tolist()}


def _checked_prior(class_prior: ArrayLike | None) -> NDArray[np.float64]:
    prior = np.asarray(load_prior() if class_prior is None else class_prior, "float64")
    if prior.shape != (len(AB_BINS),) or not (prior > 0).all():
        raise ValueError(
            f"`class_prior` must be {len(AB_BINS)} positive probabilities, one for each row of "
            f"`ab_bins.AB_BINS`; smooth it so that none is 0. Received: shape {prior.shape}"
            + (f", smallest {prior.min():g}" if prior.size else "")
        )
    return prior
