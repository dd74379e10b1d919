"""Signs of age against NumPy, SciPy and the formulas they are named for."""

import keras
import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from colorkit.data.augmentation.aging import AGING_UNIFORMS, age_lightness, draw_grain, soften

TONED, TONE, FADED, BLACK, WHITE, SOFTENED, GRAINED, GRAIN, SEED = range(AGING_UNIFORMS)
NEVER, ALWAYS = 1.0, 0.0  # numbers that no probability exceeds, and that any but 0 does


def uniforms_for(**chosen):
    """Numbers by which one photograph gets the chosen signs of age and no other."""
    uniforms = np.full((1, AGING_UNIFORMS), NEVER, "float32")
    for name, value in chosen.items():
        uniforms[0, globals()[name]] = value
    return uniforms


def age(lightness, uniforms, probability=0.25):
    lightness = ops.convert_to_tensor(np.asarray(lightness, "float32"))
    return ops.convert_to_numpy(age_lightness(lightness, probability, uniforms))


def grain(seeds, height, width):
    seeds = np.reshape(np.float32(seeds), (-1, 1, 1, 1))
    return ops.convert_to_numpy(draw_grain(ops.convert_to_tensor(seeds), height, width))


@pytest.fixture(scope="module")
def photo():
    return np.float32(100 / 255) * skimage.data.camera()[None, 100:260, 100:260, None]


def test_without_a_sign_of_age_the_photograph_stays(photo):
    np.testing.assert_allclose(age(photo, uniforms_for()), photo, atol=1e-4)


@given(st.floats(0, 1, width=32))
@settings(deadline=None, max_examples=20)
def test_tone_is_a_gamma_curve(tone):
    levels = np.linspace(0, 100, 64).reshape(1, 8, 8, 1)
    toned = age(levels, uniforms_for(TONED=ALWAYS, TONE=tone))
    gamma = np.exp(-0.4 + 0.8 * tone)
    np.testing.assert_allclose(toned, 100 * (levels / 100) ** gamma, atol=1e-3)


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32))
@settings(deadline=None, max_examples=20)
def test_fading_raises_black_and_lowers_white(black, white):
    levels = np.linspace(0, 100, 64).reshape(1, 8, 8, 1)
    faded = age(levels, uniforms_for(FADED=ALWAYS, BLACK=black, WHITE=white))
    expected = np.interp(levels, [0, 100], [20 * black, 100 - 20 * white])
    np.testing.assert_allclose(faded, expected, atol=1e-3)


def test_softness_is_the_mean_of_nine_pixels(photo):
    softened = age(photo, uniforms_for(SOFTENED=ALWAYS))[0, ..., 0]
    ones = np.ones(photo.shape[1:3])
    known = scipy.ndimage.uniform_filter(ones, 3, mode="constant")
    expected = scipy.ndimage.uniform_filter(photo[0, ..., 0], 3, mode="constant") / known
    np.testing.assert_allclose(softened, expected, atol=1e-3)


def test_grain_has_its_strength_and_stays_in_range(photo):
    gray = np.full((1, 128, 128, 1), 50)
    grainy = age(gray, uniforms_for(GRAINED=ALWAYS, GRAIN=0.5, SEED=0.3))
    np.testing.assert_allclose(grainy, 50 + 3.5 * grain([0.3], 128, 128), atol=1e-3)
    grainy = age(photo, uniforms_for(GRAINED=ALWAYS, GRAIN=0.99, SEED=0.3))
    assert grainy.min() >= 0 and grainy.max() <= 100
    grainy = age(np.full_like(gray, 100), uniforms_for(GRAINED=ALWAYS, GRAIN=0.99, SEED=0.3))
    assert (grainy == 100).mean() > 0.4 and grainy.mean() < 99


def test_grain_is_standard_normal_and_white():
    drawn = grain(np.random.default_rng(0).random(16), 96, 80)
    assert scipy.stats.kstest(drawn.ravel(), "norm").pvalue > 0.01
    assert np.abs(drawn).max() < 5
    for neighbour in (drawn[:, 1:] * drawn[:, :-1], drawn[:, :, 1:] * drawn[:, :, :-1]):
        assert abs(neighbour.mean()) < 0.01
    power = (np.abs(np.fft.fft2(drawn[..., 0])) ** 2 / (96 * 80)).mean(0)
    assert 0.8 < power.mean() < 1.2 and power.max() < 5, "no direction, no period"
    others = np.corrcoef(drawn.reshape(16, -1)) - np.eye(16)
    assert np.abs(others).max() < 0.06, "each photograph has its own"


def test_near_seeds_give_other_grain():
    first, second = grain([0.5, 0.5 + 2.0**-23], 64, 64).reshape(2, -1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.06


def test_the_same_uniforms_give_the_same_grain_on_every_backend():
    """Known values: Wellons' lowbias32 and Box and Muller's formula in NumPy."""

    def lowbias32(x):
        x = np.uint64(x)
        x ^= x >> np.uint64(16)
        x = x * np.uint64(0x7FEB352D) & np.uint64(0xFFFFFFFF)
        x ^= x >> np.uint64(15)
        x = x * np.uint64(0x846CA68B) & np.uint64(0xFFFFFFFF)
        return x ^ x >> np.uint64(16)

    seed, place = 0.7, 6 * 9 + 4
    stream = lowbias32(int(np.float32(seed) * 2**24))
    bits = int(lowbias32(lowbias32(place) ^ stream))
    high, low = bits >> 16, bits & 0xFFFF
    expected = np.sqrt(-2 * np.log((high + 0.5) / 65536)) * np.cos(2 * np.pi * low / 65536)
    assert grain([seed], 10, 9)[0, 6, 4, 0] == pytest.approx(expected, abs=1e-4)


def test_signs_of_age_come_in_order_and_each_has_its_own_chance():
    """Each photograph alone equals its formulas applied one after the other."""
    random = np.random.default_rng(0)
    lightness = random.uniform(0, 100, (300, 6, 5, 1)).astype("float32")
    uniforms = random.random((300, AGING_UNIFORMS), dtype="float32")
    found = age(lightness, uniforms, 0.5)
    counts = np.zeros(4)
    for photo, own, aged in zip(lightness / 100, uniforms, found / 100, strict=True):
        chosen = own[[TONED, FADED, SOFTENED, GRAINED]] < [0.5, 0.5, 0.3, 0.5]
        counts += chosen
        if chosen[0]:
            photo = photo ** np.exp(0.4 * (2 * own[TONE] - 1))
        if chosen[1]:
            low, high = 0.2 * own[BLACK], 1 - 0.2 * own[WHITE]
            photo = low + photo * (high - low)
        if chosen[2]:
            photo = ops.convert_to_numpy(soften(photo[None]))[0]
        if chosen[3]:
            photo = photo + 0.07 * own[GRAIN] * grain([own[SEED]], 6, 5)[0]
        np.testing.assert_allclose(aged, np.clip(photo, 0, 1), atol=1e-4)
    assert (np.abs(counts / 300 - [0.5, 0.5, 0.3, 0.5]) < 0.1).all()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
@settings(deadline=None, max_examples=15)
def test_every_size_keeps_shape_and_range(height, width, seed):
    random = np.random.default_rng(seed)
    lightness = random.choice([0.0, 50.0, 100.0], (3, height, width, 1))
    aged = age(lightness, random.random((3, AGING_UNIFORMS), dtype="float32"), 1.0)
    assert aged.shape == lightness.shape and aged.dtype == np.float32
    assert np.isfinite(aged).all() and aged.min() >= 0 and aged.max() <= 100


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="compiles by tf.function")
def test_xla_compiles_it_to_the_same():
    import tensorflow as tf

    random = np.random.default_rng(0)
    lightness = random.uniform(0, 100, (8, 20, 30, 1)).astype("float32")
    uniforms = random.random((8, AGING_UNIFORMS), dtype="float32")
    compiled = tf.function(lambda *given: age_lightness(given[0], 1.0, given[1]), jit_compile=True)
    np.testing.assert_allclose(
        compiled(lightness, uniforms), age(lightness, uniforms, 1), atol=0.01
    )


def test_mixed_precision_does_not_round_it(photo, mixed_bfloat16):
    aged = age(photo, uniforms_for(TONED=ALWAYS, TONE=0.5))
    np.testing.assert_allclose(aged, photo, atol=1e-3)
