"""Colour conversion against scikit-image, on random values, primaries, grays and black."""

import contextlib

import keras
import numpy as np
import pytest
import skimage.color
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import ops

from colorkit.color.lab import count_out_of_gamut, lab_to_rgb, rgb_to_lab

pytestmark = pytest.mark.any_backend

PRIMARIES = np.uint8(
    [[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    + [[level] * 3 for level in range(256)]
    + [[1, 0, 0], [0, 1, 0], [0, 0, 1], [10, 11, 12], [254, 255, 255]]
)

rgb_pictures = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=0, max_dims=4, max_side=7).map(lambda s: (*s, 3))
)


def test_primaries_grays_and_black_match_skimage():
    np.testing.assert_allclose(rgb_to_lab(PRIMARIES), skimage.color.rgb2lab(PRIMARIES), atol=1e-3)


@given(rgb_pictures)
@settings(max_examples=30, deadline=None)
def test_uint8_of_any_leading_shape_matches_skimage(rgb):
    lab = ops.convert_to_numpy(rgb_to_lab(rgb))
    assert lab.dtype == np.float32 and lab.shape == rgb.shape
    np.testing.assert_allclose(lab, skimage.color.rgb2lab(rgb), atol=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_float_matches_skimage(dtype):
    rgb = np.random.default_rng(0).random((4, 32, 32, 3)).astype(dtype)
    np.testing.assert_allclose(rgb_to_lab(rgb), skimage.color.rgb2lab(rgb), atol=1e-3)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_lab_to_rgb_matches_skimage_inside_and_outside_the_gamut(seed):
    random = np.random.default_rng(seed)
    lab = random.uniform((0, -110, -110), (100, 110, 110), (64, 64, 3)).astype("float32")
    with pytest.warns(UserWarning) if _skimage_warns(lab) else contextlib.nullcontext():
        expected = skimage.color.lab2rgb(lab)
    np.testing.assert_allclose(lab_to_rgb(lab), expected, atol=1e-4)


def test_every_gray_level_survives_the_round_trip():
    rgb = ops.convert_to_numpy(lab_to_rgb(rgb_to_lab(PRIMARIES)))
    np.testing.assert_array_equal(np.round(255 * rgb), PRIMARIES)


@pytest.mark.parametrize("level", [0.0, 1e-8, 0.04045, 0.5, 1.0])
def test_gradients_are_finite(level):
    for convert, pixel in ((rgb_to_lab, [level] * 3), (lab_to_rgb, [100 * level, 0.0, 0.0])):
        assert np.isfinite(_gradient(convert, np.float32([pixel]))).all()


def test_float32_under_a_bfloat16_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        lab = rgb_to_lab(PRIMARIES)
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(lab, skimage.color.rgb2lab(PRIMARIES), atol=1e-3)


def test_pixels_outside_the_gamut_are_counted():
    inside = skimage.color.rgb2lab(PRIMARIES)
    outside = np.float32([[50, 110, -110], [10, 0, 100], [99, -80, 80]])
    assert int(count_out_of_gamut(inside)) == 0
    assert int(count_out_of_gamut(np.concatenate([inside, outside]))) == 3


@pytest.mark.parametrize("convert", [rgb_to_lab, lab_to_rgb])
def test_wrong_channels_are_an_error(convert):
    with pytest.raises(ValueError, match=r"three channels.*Received: shape \(5, 4\)"):
        convert(np.zeros((5, 4), "float32"))


def test_wrong_dtype_is_an_error():
    with pytest.raises(ValueError, match="uint8 in .* or float in .* Received: dtype int32"):
        rgb_to_lab(np.zeros((5, 3), "int32"))


def _gradient(function, pixels):
    """The gradient of the sum, by each backend's own means."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        pixels = tf.constant(pixels)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            total = ops.sum(function(pixels))
        return tape.gradient(total, pixels).numpy()
    if keras.backend.backend() == "torch":
        pixels = ops.convert_to_tensor(pixels).requires_grad_()
        function(pixels).sum().backward()
        return ops.convert_to_numpy(pixels.grad)
    import jax

    return np.asarray(jax.grad(lambda pixels: ops.sum(function(pixels)))(pixels))


def _skimage_warns(lab):
    return bool((((lab[..., 0] + 16) / 116 - lab[..., 2] / 200) < 0).any())
