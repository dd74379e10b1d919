"""Blurs true colour to a model's resolution, so that the discriminator judges colour, not detail.

Most models end by upsampling their colour. A discriminator that compared that with a photograph's
own colour would tell them apart by the missing detail, which the model cannot produce.
"""

import keras

from colorkit.models.layers.common import BilinearUpSampling2D
from colorkit.typing import Tensor

_ENLARGING = (keras.layers.UpSampling2D, BilinearUpSampling2D)
_FACTOR = 2


class CoarseChroma:
    """Average-pools colour and upsamples it as the model does.

    Args:
        model: `keras.Model` from L, whose last layers may double height and width.

    Attributes:
        stride: Side of the squares that are averaged, in pixels; 1 where the model's colour is
            as fine as its picture.

    Call arguments:
        ab: Tensor of shape `(batch, height, width, 2)`, the sides divisible by `stride`.

    Returns:
        Tensor of the same shape.
    """

    def __init__(self, model: keras.Model) -> None:
        self._layers = [
            type(layer).from_config(layer.get_config()) for layer in _last_enlargements(model)
        ]
        self.stride = _FACTOR ** len(self._layers)

    def __call__(self, ab: Tensor) -> Tensor:
        if self.stride == 1:
            return ab
        ab = keras.ops.average_pool(ab, self.stride, strides=self.stride)
        for layer in self._layers:
            ab = layer(ab)
        return ab


def _last_enlargements(model: keras.Model) -> list[keras.Layer]:
    """Lists the layers at a model's end that double height and width, in nested models too."""
    found: list[keras.Layer] = []
    for layer in reversed(model.layers):
        if isinstance(layer, keras.Model):
            return _last_enlargements(layer) + found
        if not isinstance(layer, _ENLARGING) or getattr(layer, "size", (2, 2)) != (2, 2):
            break
        found.insert(0, layer)
    return found
