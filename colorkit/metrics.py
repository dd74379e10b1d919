"""How good a colourisation is: PSNR, AuC of the ab error, colourfulness.

The functions measure each picture of a batch on its own, in `keras.ops`; `evaluating` uses them on
photographs, and the `keras.metrics.Metric` classes average them in `compile(metrics=...)`.
In the classes `y_true` is the RGB batch `(B, H, W, 3)`, uint8 in [0, 255] or float in [0, 1];
`y_pred` is what a network says: ab / 128 `(B, H, W, 2)`, or RGB in [0, 1] `(B, H, W, 3)`.
Lightness is the truth's own, so only the colour is judged (an RGB prediction is taken as it is).
"""

import keras
import numpy as np
from keras import ops

from colorkit.color import AB_SCALE, lab_to_rgb, rgb_to_lab
from colorkit.color_bins import AB_BINS, load_prior, nearest_bin, rebalancing_weights

MAX_PSNR = 100.0
"""The PSNR, in dB, given to equal pictures, whose own would be infinite and spoil every mean."""

AUC_MAX_THRESHOLD = 150
"""Thresholds on the ab error run from 0 to this, in steps of 1 (Zhang et al. 2016, 3.1)."""

_PICTURE_AXES = (-2, -1)  # height and width, once the channels are gone


def psnr(rgb_true, rgb_pred):
    """Computes each picture's peak signal-to-noise ratio over its three RGB channels.

    Args:
        rgb_true: Tensor or array of shape `(..., H, W, 3)`: uint8 in [0, 255] or float in [0, 1].
        rgb_pred: The same, of the same shape; its dtype may differ.

    Returns:
        float32 tensor of shape `(...)`: dB, at most `MAX_PSNR`.

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> colorkit.metrics.psnr(photo, np.clip(photo, 16, 235))  # uint8 pictures
    """
    rgb_true, rgb_pred = _as_8_bit_range(rgb_true), _as_8_bit_range(rgb_pred)
    _check_same_shape("rgb_true", rgb_true, "rgb_pred", rgb_pred)
    mse = ops.mean(ops.square(rgb_true - rgb_pred), axis=(-3, *_PICTURE_AXES))
    floor = 255.0**2 / 10.0 ** (MAX_PSNR / 10.0)
    return 10.0 * ops.log10(255.0**2 / ops.maximum(mse, floor))


def ab_error_auc(ab_true, ab_pred, pixel_weights=None):
    """Computes each picture's AuC of the ab error, "raw accuracy" of Zhang et al. 2016 (3.1).

    The share of pixels whose L2 error in ab is at most t, as a curve over t = 0, 1, ..., 150; the
    area under it by the trapezoidal rule, as a percentage of the greatest possible. A pixel adds
    to that area only through its error rounded up, so no curve has to be kept.

    Args:
        ab_true: Float tensor or array of shape `(..., H, W, 2)`: a and b in Lab units.
        ab_pred: The same, of the same shape.
        pixel_weights: How much each pixel counts, shape `(..., H, W)`; `None` for all the same.
            `class_weights` gives those of the class-rebalanced AuC.

    Returns:
        float32 tensor of shape `(...)` in [0, 100].

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> ab = colorkit.rgb_to_lab(photo)[..., 1:]
        >>> colorkit.metrics.ab_error_auc(ab, np.zeros(ab.shape))  # of the gray picture
    """
    ab_true, ab_pred = _as_float(ab_true), _as_float(ab_pred)
    _check_same_shape("ab_true", ab_true, "ab_pred", ab_pred)
    error = ops.sqrt(ops.sum(ops.square(ab_true - ab_pred), axis=-1))
    first_threshold = ops.ceil(error)
    area = ops.clip(AUC_MAX_THRESHOLD + 0.5 - first_threshold, 0.0, AUC_MAX_THRESHOLD)
    if pixel_weights is None:
        accuracy = ops.mean(area, axis=_PICTURE_AXES)
    else:
        pixel_weights = _as_float(pixel_weights)
        _check_same_shape("pixel_weights", pixel_weights, "ab_true without channels", area)
        total = ops.sum(pixel_weights, axis=_PICTURE_AXES)
        accuracy = ops.sum(area * pixel_weights, axis=_PICTURE_AXES) / total
    return accuracy * (100.0 / AUC_MAX_THRESHOLD)


def class_weights(ab_true, class_prior=None):
    """Weighs each pixel inversely by how common its colour is (Zhang et al. 2016, eq. 4, lambda 0).

    Args:
        ab_true: Float tensor or array of shape `(..., 2)`: a and b in Lab units.
        class_prior: Probability of each of the 313 colour classes, in the order of
            `color_bins.AB_BINS`; `None` for the smoothed one of our training photographs.

    Returns:
        float32 tensor of shape `(...)`; its mean over pixels that follow the prior is 1.

    Raises:
        ValueError: If `class_prior` is not 313 positive numbers.
    """
    weights = rebalancing_weights(_checked_prior(class_prior), uniform_share=0.0)
    weights = ops.convert_to_tensor(weights.astype("float32"))
    return ops.take(weights, nearest_bin(_as_float(ab_true)))


def colorfulness(rgb):
    """Computes each picture's colourfulness, M(3) of Hasler and Suesstrunk 2003.

    Args:
        rgb: Tensor or array of shape `(..., H, W, 3)`: uint8 in [0, 255] or float in [0, 1].

    Returns:
        float32 tensor of shape `(...)`: 0 for gray, about 15 "slightly", 45 "quite" and
        82 "highly" colourful in the paper's words.
    """
    rgb = _as_8_bit_range(rgb)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    red_green, yellow_blue = red - green, 0.5 * (red + green) - blue

    def over_opponents(statistic):
        return ops.sqrt(
            ops.square(statistic(red_green, axis=_PICTURE_AXES))
            + ops.square(statistic(yellow_blue, axis=_PICTURE_AXES))
        )

    return over_opponents(ops.std) + 0.3 * over_opponents(ops.mean)


@keras.saving.register_keras_serializable(package="colorkit")
class Psnr(keras.metrics.Mean):
    """Averages `psnr` over pictures, in dB.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.

    Example:
        >>> model.compile(loss=..., metrics=[colorkit.metrics.Psnr()])
    """

    def __init__(self, name="psnr", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(psnr(y_true, _predicted_rgb(y_true, y_pred)), sample_weight)


@keras.saving.register_keras_serializable(package="colorkit")
class AbErrorAuc(keras.metrics.Mean):
    """Averages `ab_error_auc` over pictures, in percent.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    def __init__(self, name="auc", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        ab_true = rgb_to_lab(y_true)[..., 1:]
        super().update_state(ab_error_auc(ab_true, _predicted_ab(y_pred)), sample_weight)


@keras.saving.register_keras_serializable(package="colorkit")
class RebalancedAbErrorAuc(keras.metrics.Mean):
    """Averages the class-rebalanced `ab_error_auc` over all pictures' pixels, in percent.

    A picture counts by the mean of its `class_weights`, as if all pixels stood in one picture:
    one with rare colours counts more than one with common colours.

    Args:
        class_prior: Probability of each of the 313 colour classes; `None` for the default.
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.

    Raises:
        ValueError: If `class_prior` is not 313 positive numbers.
    """

    def __init__(self, class_prior=None, name="auc_rebalanced", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.class_prior = _checked_prior(class_prior)

    def update_state(self, y_true, y_pred, sample_weight=None):
        ab_true = rgb_to_lab(y_true)[..., 1:]
        pixel_weights = class_weights(ab_true, self.class_prior)
        picture_weights = ops.mean(pixel_weights, axis=_PICTURE_AXES)
        if sample_weight is not None:
            picture_weights = picture_weights * ops.cast(sample_weight, "float32")
        values = ab_error_auc(ab_true, _predicted_ab(y_pred), pixel_weights)
        super().update_state(values, picture_weights)

    def get_config(self):
        return {**super().get_config(), "class_prior": self.class_prior.tolist()}


@keras.saving.register_keras_serializable(package="colorkit")
class Colorfulness(keras.metrics.Mean):
    """Averages the `colorfulness` of the predicted pictures (not of the true ones).

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    def __init__(self, name="colorfulness", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(colorfulness(_predicted_rgb(y_true, y_pred)), sample_weight)


def _predicted_rgb(y_true, y_pred):
    y_pred = _as_float(y_pred)
    if y_pred.shape[-1] == 3:
        return y_pred
    return lab_to_rgb(ops.concatenate([rgb_to_lab(y_true)[..., :1], _predicted_ab(y_pred)], -1))


def _predicted_ab(y_pred):
    y_pred = _as_float(y_pred)
    channels = y_pred.shape[-1]
    if channels == 3:
        return rgb_to_lab(y_pred)[..., 1:]
    if channels == 2:
        return y_pred * AB_SCALE
    raise ValueError(
        "`y_pred` must have 2 channels (ab / 128) or 3 (RGB in [0, 1]). "
        f"Received: shape {tuple(y_pred.shape)}"
    )


def _as_float(values):
    return ops.cast(ops.convert_to_tensor(values), "float32")


def _as_8_bit_range(rgb):
    rgb = ops.convert_to_tensor(rgb)
    is_8_bit = keras.backend.standardize_dtype(rgb.dtype) == "uint8"
    return _as_float(rgb) * (1.0 if is_8_bit else 255.0)


def _check_same_shape(name, values, other_name, others):
    shape, other_shape = tuple(values.shape), tuple(others.shape)
    if len(shape) != len(other_shape) or any(
        None not in sizes and sizes[0] != sizes[1]  # a traced batch has None for unknown sizes
        for sizes in zip(shape, other_shape, strict=True)
    ):
        raise ValueError(
            f"`{name}` and `{other_name}` must have the same shape. "
            f"Received: {shape} and {other_shape}"
        )


def _checked_prior(class_prior):
    prior = np.asarray(load_prior() if class_prior is None else class_prior, "float64")
    if prior.shape != (len(AB_BINS),) or not (prior > 0).all():
        raise ValueError(
            f"`class_prior` must be {len(AB_BINS)} positive probabilities, one for each row of "
            f"`color_bins.AB_BINS`; smooth it so that none is 0. Received: shape {prior.shape}"
            + (f", smallest {prior.min():g}" if prior.size else "")
        )
    return prior


@keras.saving.register_keras_serializable(package="colorkit")
class ChannelAccuracy(keras.metrics.Mean):
    """What Keras' "accuracy" means for ab targets: how often the larger of a and b is the same one.

    The report compiles its VGG16 model with this metric (SPEC, model 2), so it is kept; it says
    little about colour.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        ab_true, ab_pred = rgb_to_lab(y_true)[..., 1:], _predicted_ab(y_pred)
        same = ops.equal(ops.argmax(ab_true, axis=-1), ops.argmax(ab_pred, axis=-1))
        super().update_state(ops.mean(ops.cast(same, "float32"), axis=(1, 2)), sample_weight)
