"""A convolution of spectral norm 1.

Keras has `SpectralNormalization`, which writes the divided kernel over the weights in every call.
In mixed precision that rounds them to bfloat16, where the steps of an optimizer are lost, and on
JAX what is written over a trained weight within a step is lost, so that outside training the
kernel has any norm. Here the weights stay as they are, and what is divided is what convolves.
"""

import keras
from keras import ops

_EPSILON = 1e-12


@keras.saving.register_keras_serializable(package="colorkit")
class SpectralConv2D(keras.layers.Conv2D):
    """A `Conv2D` whose kernel is divided by its greatest singular value (Miyato et al. 2018).

    The kernel is looked at as a matrix of one column a filter (section 2.1). Its greatest singular
    value is found by power iteration, one step in each call in training (appendix A), and in
    float32 under any dtype policy. Gradients take the division into account (equation 12).

    Args:
        *args, **kwargs: As for `keras.layers.Conv2D`.
    """

    def build(self, input_shape):
        super().build(input_shape)
        self.left = self.add_weight(
            name="left",
            shape=(self.filters,),
            initializer="random_normal",
            trainable=False,
            autocast=False,
        )

    def call(self, inputs, training=False):
        kernel = self.kernel
        matrix = ops.cast(ops.reshape(kernel, (-1, self.filters)), "float32")
        fixed = ops.stop_gradient(matrix)
        left = ops.convert_to_tensor(self.left)
        right = _unit(ops.matmul(fixed, left))
        if training:
            left = _unit(ops.matmul(ops.transpose(fixed), right))
            self.left.assign(left)
        left = _unit(left)
        norm = ops.sum(right * ops.matmul(matrix, left))
        divided = ops.cast(ops.cast(kernel, "float32") / norm, self.compute_dtype)
        outputs = self.convolution_op(inputs, divided)
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    # As other layers do: a convolution's own saving knows of kernel and bias alone.
    def save_own_variables(self, store):
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store):
        keras.layers.Layer.load_own_variables(self, store)


def _unit(vector):
    return vector / ops.sqrt(ops.sum(ops.square(vector)) + _EPSILON)
