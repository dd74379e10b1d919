"""The discriminator against the paper's table, and its spectral normalisation against SVD."""

import keras
import numpy as np
import pytest
from model_checks import conv_parameters, count, lightness, save_and_load

from colorkit.backend.gradients import input_gradients
from colorkit.models import build_discriminator
from colorkit.models.patch_discriminator import RECEPTIVE_FIELD, SpectralConv2D


def chroma(batch, height, width, seed=1):
    """Random ab / 128."""
    ab = np.random.default_rng(seed).normal(0, 0.2, (batch, height, width, 2))
    return ab.astype("float32")


@pytest.fixture(scope="module")
def normalized():
    keras.utils.set_random_seed(0)
    return build_discriminator(filters=4, spectral_normalization=True)


def test_the_convolutions_are_the_papers():
    model = build_discriminator(256)
    found = [
        (layer.kernel_size, layer.strides, tuple(layer.output.shape[1:]))
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    sides = [(64, 2, 128), (128, 2, 64), (256, 2, 32), (512, 1, 31), (1, 1, 30)]
    assert found == [((4, 4), (s, s), (side, side, f)) for f, s, side in sides]
    filters = [f for f, *_ in sides]
    parameters = conv_parameters(filters, inputs=3, kernel=4) + 2 * (128 + 256 + 512)
    assert count(model.weights) == parameters == 2_766_529
    norms = [layer.name for layer in model.layers if "Normalization" in type(layer).__name__]
    assert norms == ["block2_norm", "block3_norm", "block4_norm"]


def test_the_leaky_slope_is_the_papers():
    relus = [x for x in build_discriminator().layers if isinstance(x, keras.layers.LeakyReLU)]
    assert len(relus) == 4
    for relu in relus:
        np.testing.assert_allclose(relu(np.array([-10.0, 0.0, 10.0])), [-2.0, 0.0, 10.0])


def test_a_patch_of_70_pixels_decides_and_no_other(normalized):
    """By the gradient of one answer in all pixels; random slopes leave none of them at 0."""
    side = 128
    ab = keras.ops.convert_to_tensor(chroma(1, side, side))
    gray = keras.ops.convert_to_tensor(lightness(1, side, side))
    for row, column in ((7, 7), (5, 9)):
        gradient = input_gradients(
            lambda ab, at=(row, column): normalized([gray, ab])[:, at[0], at[1], 0], ab
        )
        seen = np.abs(keras.ops.convert_to_numpy(gradient)).max(axis=(0, 3)) > 0
        rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
        assert rows[-1] - rows[0] + 1 == columns[-1] - columns[0] + 1 == RECEPTIVE_FIELD == 70
        # Answer n is about the pixels from 8 n - 23 on: 3, then 2 x 3 ... pixels of padding
        assert (rows[0], columns[0]) == (8 * row - 23, 8 * column - 23)


@pytest.mark.parametrize("size", [(24, 24), (32, 40), (37, 70)])
def test_answers_by_the_pictures_size(normalized, size):
    logits = keras.ops.convert_to_numpy(normalized([lightness(2, *size), chroma(2, *size)]))
    assert logits.shape == (2, size[0] // 8 - 2, size[1] // 8 - 2, 1)
    assert logits.dtype == np.float32 and np.isfinite(logits).all()


def test_what_cannot_be_judged_is_an_error():
    with pytest.raises(ValueError, match="at least 24 pixels. Received: image_size=16"):
        build_discriminator(16)
    with pytest.raises(ValueError, match=r"None \(random\) or the path.*weights='imagenet'"):
        build_discriminator(weights="imagenet")


def test_a_unit_of_lightness_counts_like_one_of_colour():
    """Inside, 50 Lab units are 1, whichever channel they are in."""
    model = build_discriminator(32, filters=1)
    scaled = keras.Model(model.inputs, model.get_layer("lab").output)
    gray, ab = np.full((1, 32, 32, 1), 75.0), np.full((1, 32, 32, 2), 25.0 / 128)
    np.testing.assert_allclose(scaled([gray, ab]), 0.5, rtol=1e-6)


def test_both_lightness_and_colour_are_judged(normalized):
    gray, ab = lightness(1, 32, 32), chroma(1, 32, 32)
    answer = np.asarray(normalized([gray, ab]))
    for other in ([lightness(1, 32, 32, seed=5), ab], [gray, chroma(1, 32, 32, seed=5)]):
        assert np.abs(np.asarray(normalized(other)) - answer).max() > 1e-4


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_divided_kernel_has_spectral_norm_1(policy):
    """The oracle is NumPy's SVD; a one-hot picture makes a convolution show its kernel."""
    keras.utils.set_random_seed(1)
    layer = SpectralConv2D(6, 3, use_bias=False, dtype=policy)
    one_hot = np.zeros((27, 3, 3, 3), "float32")
    one_hot.reshape(27, 27)[np.arange(27), np.arange(27)] = 1
    layer(one_hot)
    before = np.asarray(layer.kernel)
    for _ in range(30):
        layer(one_hot, training=True)
    np.testing.assert_array_equal(np.asarray(layer.kernel), before)
    shown = np.asarray(keras.ops.cast(layer(one_hot), "float32")).reshape(27, 6)
    norm = np.linalg.svd(before.reshape(27, 6), compute_uv=False)[0]
    tolerance = 1e-3 if policy == "float32" else 1e-2
    np.testing.assert_allclose(shown, before.reshape(27, 6) / norm, atol=tolerance)
    assert np.linalg.svd(shown, compute_uv=False)[0] == pytest.approx(1.0, abs=2 * tolerance)
    left = np.asarray(layer.left)
    layer(one_hot)
    np.testing.assert_array_equal(np.asarray(layer.left), left, "only training iterates")


def test_gradients_know_of_the_division():
    """Miyato et al. 2018, equation 12: scaling the kernel changes nothing, so no gradient there."""
    keras.utils.set_random_seed(1)
    layer = SpectralConv2D(4, 3, use_bias=False)
    picture = chroma(1, 8, 8)
    for _ in range(30):
        layer(picture, training=True)
    kernel = keras.ops.convert_to_tensor(np.asarray(layer.kernel))

    def answer(kernel):
        outputs, _ = layer.stateless_call([kernel], [layer.left.value], picture)
        return keras.ops.sum(keras.ops.square(outputs))

    gradient = np.asarray(input_gradients(answer, kernel))
    along = np.sum(gradient * np.asarray(kernel))
    size = np.linalg.norm(gradient) * np.linalg.norm(kernel)
    assert size > 0 and abs(along) < 1e-3 * size


def test_saving_and_loading_changes_nothing(normalized, tmp_path):
    pictures = [lightness(1, 32, 32), chroma(1, 32, 32)]
    loaded = save_and_load(normalized, tmp_path)
    np.testing.assert_allclose(loaded(pictures), normalized(pictures), atol=1e-6)


def test_mixed_precision_answers_in_float32(mixed_bfloat16):
    model = build_discriminator(32, filters=2, spectral_normalization=True)
    assert model.get_layer("block2_conv").compute_dtype == "bfloat16"
    answer = model([lightness(1, 32, 32), chroma(1, 32, 32)], training=True)
    assert keras.backend.standardize_dtype(answer.dtype) == "float32"


def test_input_gradients_need_a_backend_that_is_known(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "openvino")
    with pytest.raises(NotImplementedError, match="r1_weight=0.*Received: Keras on openvino"):
        input_gradients(keras.ops.sum, None)
