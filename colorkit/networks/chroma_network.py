"""A Keras network as a function from lightness to a and b, quick on pictures of many shapes."""

import contextlib
import logging
import threading

import keras

from colorkit.architectures.annealed_mean import styles_of, with_style
from colorkit.architectures.contract import contract_of
from colorkit.architectures.layers import BilinearUpSampling2D
from colorkit.color import AB_SCALE, rgb_to_lab
from colorkit.devices.precision import with_precision
from colorkit.networks.exported_network import finite_ab


class ChromaNetwork:
    """Runs any network that meets `colorkit.architectures.contract` and answers in CIE a and b.

    Args:
        model: The `keras.Model`.
        precision: `"auto"`, `"float32"` or `"mixed_bfloat16"`, see `with_precision`.
        style: A key of `colorkit.architectures.annealed_mean.STYLES`, or `None` for the model's
            own.

    Attributes:
        model: `model`, as it was given.
        name: Its name.
        contract: The model's `Contract`.
        styles: Tuple of the names of the styles that it can colour in.
        stride: Int, input pixels for one pixel of the answer. It is above 1 where the network ends
            by enlarging its colour: that last step is left to `colorization.upsampling`, which has
            the picture's edges to go by.
    """

    def __init__(self, model, precision="auto", style=None):
        self.model = model
        self.name = model.name
        self.contract = contract_of(model)
        self.styles = styles_of(model)
        styled = with_style(model, style)
        self._model, self.stride = without_last_enlargement(with_precision(styled, precision))
        self._functions = {}
        self._lock = threading.Lock()

    def predict(self, lightness):
        """Predicts the colour of a stack of pictures.

        Args:
            lightness: float32 array of shape `(B, H, W)` in [0, 100], H and W as the contract says.

        Returns:
            float32 array of shape `(B, H / stride, W / stride, 2)`: CIE a and b.

        Raises:
            ValueError: If the network answers with NaN or infinity.
        """
        output = self._run(lightness[..., None])
        if self.contract.output == "rgb":
            output = keras.ops.convert_to_numpy(rgb_to_lab(output)[..., 1:] / AB_SCALE)
        return finite_ab(output, self.name)

    def _run(self, batch):
        # One compiled function for each height and width. Left alone, Keras on TensorFlow widens
        # its one function to unknown sizes at the second shape, which `UpSampling2D` cannot take;
        # calling the model uncompiled takes about twice as long.
        with self._lock, _without_retracing_advice():
            self._model.predict_function = self._functions.get(batch.shape[1:3])
            output = self._model.predict_on_batch(batch)
            self._functions[batch.shape[1:3]] = self._model.predict_function
            self._model.predict_function = None
        return output


def without_last_enlargement(model):
    """Cuts off the enlarging layers that end a model.

    Args:
        model: A `keras.Model`.

    Returns:
        Tuple of a `keras.Model`, the rest, and the factor by which those layers enlarge.
    """
    answer, stride = model.outputs[0], 1
    for layer in reversed(model.layers):
        if not isinstance(layer, (keras.layers.UpSampling2D, BilinearUpSampling2D)):
            break
        answer = layer.input
        stride *= layer.compute_output_shape((1, 1, 1, 2))[1]
    if stride == 1:
        return model, 1
    return keras.Model(model.inputs[0], answer, name=model.name), stride


@contextlib.contextmanager
def _without_retracing_advice():
    """Silences TensorFlow's log line on functions that are compiled for several shapes."""
    logger = logging.getLogger("tensorflow")

    def is_other(record):
        return "tf.function retracing" not in record.getMessage()

    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)
