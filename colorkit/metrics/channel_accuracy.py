"""What Keras' "accuracy" means for ab targets, which the report names."""

import keras
from keras import ops

from colorkit.color.lab import rgb_to_lab
from colorkit.metrics.inputs import predicted_ab
from colorkit.typing import Tensor


@keras.saving.register_keras_serializable(package="colorkit")
class ChannelAccuracy(keras.metrics.Mean):
    """What Keras' "accuracy" means for ab targets: how often the larger of a and b is the same one.

    The report compiles its VGG16 model with this metric (section 4.2.2), so it is provided; it
    says little about colour.

    Args:
        name: The metric's name in logs.
        dtype: The state's dtype; float32 by default.
    """

    _direction = "up"  # by which Keras knows in callbacks what is better

    def __init__(self, name: str = "accuracy", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        ab_true, ab_pred = rgb_to_lab(y_true)[..., 1:], predicted_ab(y_pred)
        same = ops.equal(ops.argmax(ab_true, axis=-1), ops.argmax(ab_pred, axis=-1))
        super().update_state(ops.mean(ops.cast(same, "float32"), axis=(1, 2)), sample_weight)
