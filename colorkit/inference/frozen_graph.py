"""A network whose weights are constants, as TensorFlow runs it quickest on a CPU."""

import keras
import numpy as np


def freeze(model, image_size=None):
    """Makes a TensorFlow function of a model, with the weights as they are now.

    What can be computed from weights alone is computed once, such as rounding float32
    weights under mixed bfloat16. One function serves all sizes.

    Args:
        model: `keras.Model` on TensorFlow, from float32 `(B, H, W, C)`, one or several such, to
            one tensor.
        image_size: `(H, W)` if the model takes no other.

    Returns:
        A function from a float32 array for each input to a NumPy array, which any number of threads
        may call.

    Raises:
        TypeError, ValueError: If the model cannot be traced for pictures of unknown size.
    """
    import tensorflow as tf

    weights = [np.asarray(variable) for variable in model.variables]

    def answer(*batches):
        constants = [tf.constant(weight) for weight in weights]
        with keras.StatelessScope(list(zip(model.variables, constants, strict=True))):
            return model(batches[0] if len(batches) == 1 else list(batches), training=False)

    size = image_size or (None, None)
    specs = [tf.TensorSpec((None, *size, each.shape[-1]), "float32") for each in model.inputs]
    frozen = tf.function(answer, input_signature=specs, autograph=False).get_concrete_function()
    return lambda *batches: frozen(*map(tf.constant, batches)).numpy()
