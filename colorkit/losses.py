"""Losses that take the photograph itself as their target.

Every loss is called with `y_true`, the RGB photographs of a batch (in [0, 255], shape
`(batch, height, width, 3)`; Keras makes floats of their uint8), and splits off what the network
predicts. So one input pipeline feeds every network, and the conversion runs on the accelerator, in
float32 under any dtype policy.
"""

import keras
from keras import ops

from colorkit.color import AB_SCALE, rgb_to_lab
from colorkit.color_bins import encode_ab, load_prior, rebalancing_weights


@keras.saving.register_keras_serializable(package="colorkit")
class ChromaMSE(keras.losses.Loss):
    """Mean squared error of ab / 128 (SPEC, models 2 to 4).

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`.
        y_pred: ab / 128, shape `(batch, height, width, 2)`.
    """

    def __init__(self, name="chroma_mse", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        ab = rgb_to_lab(_unit_rgb(y_true))[..., 1:] / AB_SCALE
        return ops.mean(ops.square(ab - ops.cast(y_pred, "float32")), axis=-1)


@keras.saving.register_keras_serializable(package="colorkit")
class RGBMSE(keras.losses.Loss):
    """Mean squared error of RGB in [0, 1] (SPEC, model 1).

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`.
        y_pred: RGB in [0, 1], same shape.
    """

    def __init__(self, name="rgb_mse", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(_unit_rgb(y_true) - ops.cast(y_pred, "float32")), axis=-1)


@keras.saving.register_keras_serializable(package="colorkit")
class RebalancedCrossEntropy(keras.losses.Loss):
    """Cross-entropy over the 313 ab bins with rare colours weighted up.

    Zhang, Isola, Efros 2016, equations 2 to 4. The target of a pixel is the mean colour of the
    area it covers, soft-encoded over the four bins around it.

    Args:
        uniform_share: How much of the uniform distribution is mixed into the prior before it is
            inverted to weights, in [0, 1]; 1 weights all colours equally.

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`.
        y_pred: Logits, shape `(batch, height / k, width / k, 313)` for a whole number k.
    """

    def __init__(self, uniform_share=0.5, name="rebalanced_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.uniform_share = uniform_share

    def call(self, y_true, y_pred):
        logits = ops.cast(y_pred, "float32")
        stride = y_true.shape[1] // y_pred.shape[1]
        rgb = ops.average_pool(_unit_rgb(y_true), stride, strides=stride)
        bins, shares = encode_ab(rgb_to_lab(rgb)[..., 1:])
        log_probability = ops.log_softmax(logits, axis=-1)
        cross_entropy = -ops.sum(
            shares * ops.take_along_axis(log_probability, bins, axis=-1), axis=-1
        )
        bin_weights = ops.convert_to_tensor(
            rebalancing_weights(load_prior(), self.uniform_share), dtype="float32"
        )
        return cross_entropy * ops.sum(shares * ops.take(bin_weights, bins), axis=-1)

    def get_config(self):
        return {**super().get_config(), "uniform_share": self.uniform_share}


def _unit_rgb(rgb):
    return ops.cast(rgb, "float32") / 255.0
