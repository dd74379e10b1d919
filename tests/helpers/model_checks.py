"""What the tests of all models share; `check_model` is what every builder must pass."""

import dataclasses
import re

import keras
import numpy as np
import pytest

from colorkit.models.contract import model_spec
from colorkit.models.layers.common import BilinearUpSampling2D


def lightness(batch, height, width, seed=0):
    """Random L, float32 `(batch, height, width, 1)` in [0, 100]."""
    pixels = np.random.default_rng(seed).uniform(0, 100, (batch, height, width, 1))
    return pixels.astype("float32")


def table_of(model):
    """The rows of a model's table: its convolutions, pools and upsamplings, in order.

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
    model.fit(pictures, targets, batch_size=len(targets), epochs=2, verbose=0)


def check_model(
    build,
    folder,
    *,
    name,
    spec,
    sizes,
    bad_size,
    bad_image_size,
    weights_error,
    bad_weights="no/such.weights.h5",
    weights_files=(".weights.h5",),
    frozen=None,
    every_weight_changes=False,
    loss_below=np.inf,
    largest=1.0,
    in_bfloat16,
    in_float32=(),
    atol=0.0,
):
    """Checks what every builder promises, and that its errors say what was expected.

    Args:
        build: The builder, with random weights where it is given none.
        folder: Folder for files.
        name, spec: Name and `ModelSpec` of what it builds by default.
        sizes: Heights and widths that it takes; of the last a model is built, saved and trained.
        bad_size: Height and width that a model of any size refuses.
        bad_image_size: What the builder refuses as `image_size`: one or a list.
        weights_error, bad_weights: What the builder says of which `weights`: one or a list.
        weights_files: Suffixes of files of the whole model that `weights` may be.
        frozen: Name of the part that training leaves as it is.
        every_weight_changes: Whether training changes all others, not the kernels alone.
        loss_below: Mean squared error on the pictures after the two steps of training.
        largest: Largest absolute value of ab / 128.
        in_bfloat16, in_float32: Layers, such as `"encoder/conv1"`, that compute so in mixed
            precision.
        atol: By how much a loaded model may differ.
    """
    model = build()
    assert model.name == name and model_spec(model) == spec
    channels = {"ab": 2, "rgb": 3}[spec.output]
    height_width = spec.image_size or (None, None)
    assert tuple(model.inputs[0].shape) == (None, *height_width, 1)
    assert model.output_shape == (None, *height_width, channels)

    any_size = model if spec.image_size is None else build(image_size=None)
    assert model_spec(any_size) == dataclasses.replace(spec, image_size=None)
    for size in sizes:
        answer = _answer(any_size, spec, 2, size)
        assert answer.shape == (2, *size, channels) and answer.dtype == np.float32
        assert answer.std() > 0
        assert answer.min() >= (0 if spec.output == "rgb" else -largest)
        assert answer.max() <= largest
    check_errors(build, any_size, spec, bad_size, bad_image_size, weights_error, bad_weights)

    for suffix in weights_files:
        path = folder / f"trained{suffix}"
        any_size.save_weights(path) if suffix == ".weights.h5" else any_size.save(path)
        small = build(image_size=sizes[-1], weights=path)
        assert_weights_equal(any_size.get_weights(), small.get_weights())
    if not weights_files:
        small = build(image_size=sizes[-1])
        small.set_weights(any_size.get_weights())
    assert model_spec(small) == dataclasses.replace(spec, image_size=sizes[-1])
    # `answer` is that of the last size.
    np.testing.assert_allclose(_answer(small, spec, 2, sizes[-1]), answer, atol=1e-5)

    loaded = save_and_load(small, folder)
    found, expected = (_answer(each, spec, 2, sizes[-1]) for each in (loaded, small))
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol)
    assert model_spec(loaded) == model_spec(small)
    for each in (small, loaded) if frozen else (loaded,):
        check_training(each, spec, sizes[-1], frozen, every_weight_changes, loss_below)
    check_mixed_precision(build, spec, sizes[0], in_bfloat16, in_float32)


def check_errors(build, any_size, spec, bad_size, bad_image_size, weights_error, bad_weights):
    """What the builder, and its model of any size, refuse, and in which words."""
    height, width = bad_size
    multiples = f"multiples of {spec.size_multiple}"
    received = rf"Received: height and width \({height}, {width}\)"
    with pytest.raises(ValueError, match=f"{multiples}.*{received}"):
        _answer(any_size, spec, 1, bad_size)
    for wrong in bad_image_size if isinstance(bad_image_size, list) else [bad_image_size]:
        received = re.escape(f"Received: image_size={wrong!r}")
        with pytest.raises(ValueError, match=f"{multiples}.*{received}"):
            build(image_size=wrong)
    for wrong in bad_weights if isinstance(bad_weights, list) else [bad_weights]:
        received = re.escape(f"Received: weights={wrong!r}")
        with pytest.raises(ValueError, match=f"{weights_error}.*{received}"):
            build(weights=wrong)


def check_training(model, spec, size, frozen, every_weight_changes, loss_below):
    """Two steps of training change the kernels, but leave a frozen part as it was."""
    still = model.get_layer(frozen).weights if frozen else []
    if frozen:
        assert model.get_layer(frozen).trainable_weights == []
    for weight in still:
        assert not any(weight is each for each in model.trainable_weights)
    before = [np.array(weight) for weight in still]
    moving = [
        weight
        for weight in (model.weights if every_weight_changes else model.trainable_weights)
        if every_weight_changes or weight.ndim == 4
    ]
    assert moving
    moving_before = [np.array(weight) for weight in moving]
    pictures, target = _inputs(spec, 2, size), _target(spec, 2, size)
    fit_briefly(model, pictures, target, eager=True)
    assert_weights_equal(before, [np.array(weight) for weight in still])
    for weight, was in zip(moving, moving_before, strict=True):
        assert np.any(np.array(weight) != was), weight.path
    assert np.mean((_answer(model, spec, 2, size) - target) ** 2) < loss_below


def check_mixed_precision(build, spec, size, in_bfloat16, in_float32):
    """Under mixed precision the convolutions compute in bfloat16, and the answer is float32."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build(image_size=size)
        assert _layer(model, in_bfloat16).compute_dtype == "bfloat16"
        for path in in_float32:
            assert _layer(model, path).compute_dtype == "float32"
        assert model.outputs[0].dtype == "float32"
        assert _answer(model, spec, 1, size).dtype == np.float32
    finally:
        keras.config.set_dtype_policy(policy)


def _layer(model, path):
    """The layer that a path such as `"encoder/conv1"` leads to."""
    for name in path.split("/"):
        model = model.get_layer(name)
    return model


def _inputs(spec, batch, size):
    """Random lightness, with hints in one corner where a model takes them."""
    pictures = lightness(batch, *size)
    if not spec.takes_hints:
        return pictures
    hints = np.zeros((batch, *size, 3), "float32")
    hints[:, :4, :4] = (0.5, 0.3, 1.0)
    return [pictures, hints]


def _target(spec, batch, size):
    channels, value = (3, 0.0) if spec.output == "rgb" else (2, 0.5)
    return np.full((batch, *size, channels), value, "float32")


def _answer(model, spec, batch, size):
    return keras.ops.convert_to_numpy(model(_inputs(spec, batch, size)))
