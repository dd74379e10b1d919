"""Gradients with respect to inputs, for which Keras has no operation."""

from collections.abc import Callable

import keras

from colorkit.typing import Tensor


def input_gradients(function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """Computes a function's gradient with respect to its input.

    The result is differentiable, as a gradient penalty needs.

    Args:
        function: Function of a float tensor of shape `(batch, ...)`, whose outputs each depend on
            their own row only. It must not change variables.
        inputs: The tensor.

    Returns:
        Tensor of the shape of `inputs`: the gradient of the sum of the outputs.

    Raises:
        NotImplementedError: If Keras runs on neither TensorFlow, JAX nor PyTorch.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = function(inputs)
        return tape.gradient(outputs, inputs)
    if backend == "jax":
        import jax

        return jax.grad(lambda x: keras.ops.sum(function(x)))(inputs)
    if backend == "torch":
        import torch

        inputs = inputs.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(function(inputs).sum(), inputs, create_graph=True)
        return gradient
    raise NotImplementedError(
        "Gradients in a model's input are known for Keras on TensorFlow, JAX and PyTorch: choose "
        "one by the variable KERAS_BACKEND, or train without what needs them (r1_weight=0). "
        f"Received: Keras on {backend}"
    )
