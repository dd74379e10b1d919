"""What the tests of all networks share."""

import keras
import numpy as np

from colorkit.models.layers.common import BilinearUpSampling2D


def lightness(batch, height, width, seed=0):
    """Random L, float32 `(batch, height, width, 1)` in [0, 100]."""
    pixels = np.random.default_rng(seed).uniform(0, 100, (batch, height, width, 1))
    return pixels.astype("float32")


def table_of(model):
    """The rows of a network's table: its convolutions, pools and upsamplings, in order.

    A convolution is `(kernel, filters, stride, activation, output shape)`.
    """
    rows = []
    for layer in model.layers:
        shape = tuple(layer.output.shape[1:])
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.padding == "same" or layer.kernel_size == (1, 1)
            (kernel, _), (stride, _) = layer.kernel_size, layer.strides
            rows.append((kernel, layer.filters, stride, layer.activation.__name__, shape))
        elif isinstance(layer, keras.layers.MaxPooling2D):
            rows.append((f"pool {layer.pool_size}", shape))
        elif isinstance(layer, keras.layers.UpSampling2D):
            rows.append((f"up {layer.size} {layer.interpolation}", shape))
        elif isinstance(layer, BilinearUpSampling2D):
            rows.append(("up (2, 2) bilinear", shape))
    return rows


def count(weights):
    """Number of parameters of a list of weights."""
    return sum(int(np.prod(weight.shape)) for weight in weights)


def conv_parameters(filters, inputs, kernel=3):
    """Parameters of a chain of convolutions with biases, from the number of input channels."""
    channels = [inputs, *filters]
    return sum((kernel * kernel * a + 1) * b for a, b in zip(channels, channels[1:], strict=False))


def assert_weights_equal(before, after):
    """All arrays of two `get_weights()` lists are the same, bit for bit."""
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def save_and_load(model, folder):
    """The model, through a `.keras` file, in safe mode."""
    model.save(folder / "model.keras")
    return keras.saving.load_model(folder / "model.keras", safe_mode=True)


def fit_briefly(model, pictures, targets, eager=False):
    """Two steps of training; eagerly where the graph takes longer to trace than to run."""
    optimizer = keras.optimizers.SGD(0.1)
    model.compile(optimizer=optimizer, loss="mse", jit_compile=False, run_eagerly=eager)
    model.fit(pictures, targets, batch_size=len(pictures), epochs=2, verbose=0)
