"""True colour as coarse as a network's, so that the discriminator judges colour, not sharpness.

Most networks end by enlarging their colour. A discriminator that compared that with a photograph's
own colour would tell them apart by the missing detail, which the network has no means to give.
"""

import keras

from colorkit.models.layers.common import BilinearUpSampling2D

_ENLARGING = (keras.layers.UpSampling2D, BilinearUpSampling2D)
_FACTOR = 2


class CoarseChroma:
    """Makes colour as coarse as a network's: averages it, and enlarges it as the network does.

    Args:
        network: `keras.Model` from L, whose last layers may double height and width.

    Attributes:
        stride: Side of the squares that are averaged, in pixels; 1 where the network's colour is
            as fine as its picture.

    Call arguments:
        ab: Tensor of shape `(batch, height, width, 2)`, the sides divisible by `stride`.

    Returns:
        Tensor of the same shape.
    """

    def __init__(self, network):
        self._layers = [
            type(layer).from_config(layer.get_config()) for layer in _last_enlargements(network)
        ]
        self.stride = _FACTOR ** len(self._layers)

    def __call__(self, ab):
        if self.stride == 1:
            return ab
        ab = keras.ops.average_pool(ab, self.stride, strides=self.stride)
        for layer in self._layers:
            ab = layer(ab)
        return ab


def _last_enlargements(model):
    """Lists the layers that double height and width behind all others, nested models' too."""
    found = []
    for layer in reversed(model.layers):
        if isinstance(layer, keras.Model):
            return _last_enlargements(layer) + found
        if not isinstance(layer, _ENLARGING) or getattr(layer, "size", (2, 2)) != (2, 2):
            break
        found.insert(0, layer)
    return found
