import re
from pathlib import Path

import keras
import numpy as np
import pytest
from model_checks import lightness

import colorkit
from colorkit.models.layers.common import (
    BilinearUpSampling2D,
    FrozenModel,
    RepeatOverGrid,
    ScaleLightness,
)

pytestmark = pytest.mark.any_backend


def test_an_embedding_is_repeated_over_the_grid():
    rng = np.random.default_rng(0)
    embedding, features = rng.normal(size=(2, 5)), rng.normal(size=(2, 3, 4, 7))
    expected = np.tile(embedding[:, None, None, :], (1, 3, 4, 1)).astype("float32")
    np.testing.assert_array_equal(RepeatOverGrid()([embedding, features]), expected)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (7, 2), (16, 16)])
def test_bilinear_upsampling_is_that_of_keras(size):
    features = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    expected = np.asarray(keras.layers.UpSampling2D(2, interpolation="bilinear")(features))
    np.testing.assert_allclose(BilinearUpSampling2D()(features), expected, atol=1e-6)
    assert BilinearUpSampling2D().compute_output_shape((None, None, 4, 3)) == (None, None, 8, 3)


@pytest.mark.parametrize("known", [(None, None), (2, None), (None, 3), (2, 3)])
def test_bilinear_upsampling_of_six_pixels(known):
    """By hand: each value becomes two, each 3/4 itself and 1/4 its neighbour on that side.

    TensorFlow alone runs layers on tensors of unknown size, where the layer does its own doubling.
    """
    features = np.array([[0.0, 4.0, 8.0], [16.0, 20.0, 24.0]], "float32")[None, ..., None]
    across = np.array([0.0, 1.0, 3.0, 5.0, 7.0, 8.0])
    expected = np.add.outer([0.0, 4.0, 12.0, 16.0], across)[None, ..., None]
    double = BilinearUpSampling2D()
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        double = tf.function(double, input_signature=[tf.TensorSpec((1, *known, 1))])
    np.testing.assert_array_equal(double(features), expected)


def test_bilinear_upsampling_in_bfloat16_is_that_in_float32_rounded(mixed_bfloat16):
    features = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype("float32")
    features = keras.ops.cast(features, "bfloat16")
    doubled = BilinearUpSampling2D()(features)
    exact = keras.layers.UpSampling2D(2, interpolation="bilinear", dtype="float32")(features)
    assert keras.backend.standardize_dtype(doubled.dtype) == "bfloat16"
    rounded = keras.ops.cast(keras.ops.cast(exact, "bfloat16"), "float32")
    np.testing.assert_array_equal(keras.ops.cast(doubled, "float32"), rounded)


@pytest.mark.parametrize(("scale", "white"), [(1 / 100, 1.0), (255 / 100, 255.0)])
def test_lightness_is_scaled_in_float32(mixed_bfloat16, scale, white):
    picture = np.array([0.0, 33.3, 100.0], "float32").reshape(1, 1, 3, 1)
    scaled = np.asarray(ScaleLightness(scale)(picture)).ravel()
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [0.0, 0.333 * white, white], rtol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(8, 12), (12, 8), (7, 8)])
def test_a_size_that_does_not_divide_is_an_error(height, width):
    with pytest.raises(ValueError, match="multiples of 8; pad it.* Received: height and width"):
        ScaleLightness(1.0, size_multiple=8)(lightness(1, height, width))


def test_rgb_is_answered_with_how_to_get_lightness():
    with pytest.raises(ValueError, match=r"rgb_to_lab\(rgb\).*Received: shape \(1, 16, 16, 3\)"):
        ScaleLightness(1.0, 16)(np.zeros((1, 16, 16, 3), "float32"))


def test_the_settings_survive_saving():
    layer = ScaleLightness(2.55, size_multiple=8, name="scale_lightness")
    copy = ScaleLightness.from_config(layer.get_config())
    assert (copy.scale, copy.size_multiple, copy.dtype) == (2.55, 8, "float32")


def test_a_frozen_model_ignores_training_mode():
    keras.utils.set_random_seed(0)
    picture = keras.Input((8, 8, 1))
    noisy = keras.layers.Dropout(0.5)(picture)
    frozen = FrozenModel(picture, noisy, name="frozen")
    outer = keras.Model(picture, frozen(picture))
    copy = keras.Model.from_config(outer.get_config())
    ones = np.ones((1, 8, 8, 1), "float32")
    for model in (frozen, outer, copy):
        np.testing.assert_array_equal(model(ones, training=True), ones)
    assert np.any(np.asarray(keras.Model(picture, noisy)(ones, training=True)) != ones)


def test_no_layer_hides_a_method_of_pytorchs_modules():
    """On that backend a Keras layer is a `torch.nn.Module`, whose own methods win."""
    methods = "apply|buffers|children|cpu|cuda|double|eval|float|half|modules|parameters|to|type"
    for path in Path(colorkit.__file__).parent.rglob("*.py"):
        assert not re.findall(rf"self\.({methods}) = ", path.read_text(encoding="utf-8")), path
