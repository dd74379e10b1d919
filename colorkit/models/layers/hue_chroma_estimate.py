"""From histograms of hue and chroma to one colour a pixel (Larsson et al. 2016)."""

import keras
from keras import ops

from colorkit.color.hue_chroma import CHROMA_RANGE, faded_direction, median
from colorkit.color.lab import AB_SCALE


@keras.saving.register_keras_serializable(package="colorkit")
class HueChromaEstimate(keras.layers.Layer):
    """The median of chroma at the mean hue, with chromatic fading (section 3.3).

    Always float32, whatever the dtype policy.

    Args:
        **kwargs: Base layer keyword arguments, such as `name`; a `dtype` among them is ignored.

    Call arguments:
        logits: Tensor of shape `(batch, height, width, 64)`: 32 bins of hue, 32 of chroma.

    Returns:
        float32 tensor of shape `(batch, height, width, 2)`: ab / 128.
    """

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})

    def call(self, logits):
        hue, chroma = (ops.softmax(part, axis=-1) for part in ops.split(logits, 2, axis=-1))
        scale = CHROMA_RANGE / AB_SCALE
        return scale * median(chroma)[..., None] * faded_direction(hue)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2)
