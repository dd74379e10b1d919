import functools

import keras
import numpy as np
import pytest
from model_checks import (
    assert_weights_equal,
    check_model,
    conv_parameters,
    count,
    fit_briefly,
    lightness,
    table_of,
)

from colorkit.models import build_vgg_model
from colorkit.models.contract import ModelSpec

# The report's model 2, written out for 224 x 224.
DECODER = [
    (3, 256, 1, "relu", (7, 7, 256)),
    (3, 128, 1, "relu", (7, 7, 128)),
    ("up (2, 2) nearest", (14, 14, 128)),
    (3, 64, 1, "relu", (14, 14, 64)),
    ("up (2, 2) nearest", (28, 28, 64)),
    (3, 32, 1, "relu", (28, 28, 32)),
    ("up (2, 2) nearest", (56, 56, 32)),
    (3, 16, 1, "relu", (56, 56, 16)),
    ("up (2, 2) nearest", (112, 112, 16)),
    (3, 2, 1, "tanh", (112, 112, 2)),
    ("up (2, 2) nearest", (224, 224, 2)),
]


@pytest.fixture(scope="module")
def trunk():
    """VGG16 without its top, random, as keras.applications makes it."""
    keras.utils.set_random_seed(0)
    return keras.applications.VGG16(weights=None, include_top=False, input_shape=(None, None, 3))


@pytest.fixture(scope="module")
def trunk_file(trunk, tmp_path_factory):
    path = tmp_path_factory.mktemp("vgg") / "vgg16_notop.weights.h5"
    trunk.save_weights(path)
    return path


@pytest.fixture(scope="module")
def model(trunk_file):
    return build_vgg_model(weights=trunk_file)


@pytest.fixture
def small_model(trunk_file):
    keras.utils.set_random_seed(0)
    return build_vgg_model(image_size=(32, 64), weights=trunk_file)


def features_of(trunk, pictures):
    """The oracle: gray in three channels, keras.applications' own preprocessing, the trunk."""
    gray = np.repeat(pictures * 2.55, 3, axis=-1)
    return trunk.predict(keras.applications.vgg16.preprocess_input(gray), verbose=0)


@pytest.mark.slow
def test_it_is_a_model(trunk_file, tmp_path):
    check_model(
        functools.partial(build_vgg_model, weights=trunk_file),
        tmp_path,
        name="vgg16",
        spec=ModelSpec((224, 224), size_multiple=32, output="ab"),
        sizes=[(32, 32), (32, 96), (64, 32), (32, 64)],
        bad_size=(32, 48),
        bad_image_size=240,
        weights_error="'imagenet', None",
        bad_weights="no/such.h5",
        weights_files=(),
        frozen="encoder",
        in_bfloat16="encoder/vgg16/block1_conv1",
    )


def test_the_trunk_is_the_first_19_layers_of_vgg16(model):
    layers = model.get_layer("encoder").get_layer("vgg16").layers
    whole = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3)).layers[:19]
    assert [layer.name for layer in layers[1:]] == [layer.name for layer in whole[1:]]
    assert layers[-1].name == "block5_pool"
    assert count(model.get_layer("encoder").weights) == 14_714_688
    assert model.get_layer("encoder").output_shape == (None, 7, 7, 512)


def test_the_decoder_is_the_specification(model):
    assert table_of(model.get_layer("decoder")) == DECODER


def test_the_parameters_are_counted_by_hand(model):
    decoder = conv_parameters([256, 128, 64, 32, 16, 2], inputs=512)
    assert count(model.trainable_weights) == decoder == 1_572_114
    assert count(model.non_trainable_weights) == 14_714_688
    assert len(model.trainable_weights) == 12


def test_the_features_are_those_of_keras_applications(trunk, small_model):
    pictures = lightness(2, 32, 64)
    expected = features_of(trunk, pictures)
    actual = small_model.get_layer("encoder").predict(pictures, verbose=0)
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4 * expected.max())
    assert np.abs(features_of(trunk, pictures / 255) - expected).max() > 0.1 * expected.max()


@pytest.mark.slow
def test_imagenet_weights_are_the_file_that_keras_downloads(trunk_file, trunk, monkeypatch):
    names = []
    monkeypatch.setattr(
        "keras.src.utils.file_utils.get_file",
        lambda name, *args, **kwargs: names.append(name) or str(trunk_file),
    )
    model = build_vgg_model(image_size=32)
    assert names == ["vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"]
    assert_weights_equal(model.get_layer("encoder").get_weights(), trunk.get_weights())


def test_a_failed_download_says_what_to_do(monkeypatch):
    def fail(*args, **kwargs):
        raise Exception("URL fetch failure on https://example.org: None -- unreachable")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", fail)
    with pytest.raises(ConnectionError, match="`weights=` the path of.* Received: URL fetch"):
        build_vgg_model(image_size=32)


@pytest.mark.slow
def test_encoder_and_decoder_can_be_taken_apart(small_model):
    pictures = lightness(2, 32, 64)
    features = small_model.get_layer("encoder").predict(pictures, verbose=0)
    ab = small_model.get_layer("decoder").predict(features, verbose=0)
    np.testing.assert_allclose(ab, small_model.predict(pictures, verbose=0), atol=1e-6)


@pytest.mark.slow
def test_training_the_decoder_alone_trains_the_whole(small_model):
    pictures, ab = lightness(2, 32, 64), np.full((2, 32, 64, 2), 0.5, "float32")
    before = np.abs(small_model.predict(pictures, verbose=0) - ab).mean()
    features = small_model.get_layer("encoder").predict(pictures, verbose=0)
    fit_briefly(small_model.get_layer("decoder"), features / features.max(), ab)
    assert np.abs(small_model.predict(pictures, verbose=0) - ab).mean() != before
