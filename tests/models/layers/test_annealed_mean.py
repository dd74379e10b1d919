"""From distributions over bins to colour, and the styles of that."""

import dataclasses

import keras
import numpy as np
import pytest
import small_models
from hypothesis import given
from hypothesis import strategies as st
from keras.ops import convert_to_numpy

from colorkit.color.ab_bins import AB_BINS, load_prior
from colorkit.models.colorkit_base import build_colorkit_base_model
from colorkit.models.fusion import build_efficientnet_model
from colorkit.models.layers.annealed_mean import (
    STYLES,
    AnnealedMean,
    styles_of,
    with_style,
)

pytestmark = pytest.mark.any_backend

LOGITS = np.random.default_rng(0).normal(size=(1, 2, 2, 313)).astype("float32")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        small_models.shrink_shipped_models(patch)
        return build_colorkit_base_model()


@pytest.fixture(scope="module")
def lightness():
    return np.random.default_rng(1).uniform(0, 100, (1, 32, 64, 1)).astype("float32")


def decoded(logits, **decoding):
    return keras.ops.convert_to_numpy(AnnealedMean(**decoding)(logits))


def test_temperature_one_is_the_mean_and_low_temperature_the_mode():
    probability = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=-1, keepdims=True)
    mean = decoded(LOGITS, temperature=1.0, rebalancing=1.0)
    np.testing.assert_allclose(mean, probability @ AB_BINS / 128, atol=1e-5)
    mode = decoded(LOGITS, temperature=1e-3, rebalancing=1.0)
    np.testing.assert_allclose(mode, AB_BINS[LOGITS.argmax(axis=-1)] / 128, atol=1e-3)


def test_rebalancing_is_undone():
    """What a model trained with weights answers, p * w, gives the mean of p again."""
    probability = np.random.default_rng(0).dirichlet(np.ones(313))
    weights = 1 / (0.5 * load_prior() + 0.5 / 313)  # Zhang et al. 2016, equation 4
    logits = np.log(probability * weights).astype("float32")[None, None, None]
    mean = decoded(logits, temperature=1.0, rebalancing=0.0)
    np.testing.assert_allclose(np.ravel(mean), probability @ AB_BINS / 128, atol=1e-4)


@given(st.floats(0.05, 1), st.floats(0, 2))
def test_any_decoding_lies_inside_the_gamut_and_survives_its_config(temperature, rebalancing):
    layer = AnnealedMean(temperature, rebalancing)
    ab = keras.ops.convert_to_numpy(layer(100 * LOGITS))
    assert (ab * 128 >= AB_BINS.min(axis=0) - 1e-3).all()
    assert (ab * 128 <= AB_BINS.max(axis=0) + 1e-3).all()
    again = AnnealedMean.from_config(layer.get_config())
    np.testing.assert_array_equal(ab, again(100 * LOGITS))


def test_decoding_is_float32_under_any_policy():
    layer = AnnealedMean.from_config({**AnnealedMean(1, 1).get_config(), "dtype": "mixed_bfloat16"})
    assert layer.compute_dtype == "float32"


@pytest.mark.parametrize(
    ("temperature", "rebalancing", "message"),
    [
        (0, 0, r"`temperature` must lie in \(0, 1\]. Received: 0"),
        (1.5, 0, r"`temperature` must lie in \(0, 1\]. Received: 1.5"),
        (1, -0.1, r"`rebalancing` must lie in \[0, 2\]. Received: -0.1"),
        (1, 3, r"`rebalancing` must lie in \[0, 2\]. Received: 3"),
    ],
)
def test_numbers_outside_are_errors(temperature, rebalancing, message):
    with pytest.raises(ValueError, match=message):
        AnnealedMean(temperature, rebalancing)


@pytest.mark.parametrize("style", STYLES)
def test_a_style_decodes_the_same_distribution(model, lightness, style):
    styled = with_style(model, style)
    logits = keras.Model(model.input, model.get_layer("bin_logits").output)(lightness)
    small = decoded(
        logits, temperature=STYLES[style].temperature, rebalancing=STYLES[style].rebalancing
    )
    expected = keras.layers.UpSampling2D(2, interpolation="bilinear")(small)
    expected = keras.layers.UpSampling2D(2, interpolation="bilinear")(expected)
    np.testing.assert_allclose(
        convert_to_numpy(styled(lightness)), convert_to_numpy(expected), atol=1e-5
    )
    assert styled.name == model.name


def test_vivid_is_stronger_where_gray_is_likelier_than_a_colour():
    gray, red = np.argmin(np.abs(AB_BINS).sum(axis=1)), np.argmax(AB_BINS[:, 0])
    probability = np.full(313, 1e-9)
    probability[[gray, red]] = 0.95, 0.05
    weights = 1 / (0.5 * load_prior() + 0.5 / 313)
    logits = np.log(probability * weights).astype("float32")[None, None, None]
    chroma = {
        style: np.linalg.norm(decoded(logits, **dataclasses.asdict(decoding)))
        for style, decoding in STYLES.items()
    }
    assert chroma["vivid"] > 4 * chroma["faithful"]


def test_the_model_itself_is_balanced_and_stays_so(model, lightness):
    before = convert_to_numpy(model(lightness))
    balanced = with_style(model, "balanced")
    np.testing.assert_array_equal(convert_to_numpy(balanced(lightness)), before)
    with_style(model, "vivid")(lightness)
    np.testing.assert_array_equal(convert_to_numpy(model(lightness)), before)
    assert with_style(model, None) is model


def test_unknown_styles_are_errors(model):
    assert styles_of(model) == ("faithful", "balanced", "vivid")
    with pytest.raises(ValueError, match="'balanced', 'vivid'.. Received: 'bold'"):
        with_style(model, "bold")


def test_models_that_predict_one_colour_have_one_style(monkeypatch):
    small_models.put_backbones_in_place(monkeypatch)
    model = build_efficientnet_model(image_size=32, weights=None)
    assert styles_of(model) == ()
    with pytest.raises(ValueError, match="has one style: leave `style` out"):
        with_style(model, "vivid")
