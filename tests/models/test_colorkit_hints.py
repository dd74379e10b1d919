"""The model that takes hints: without them the default one, with them its trained part."""

import keras
import numpy as np
import pytest
import small_models
from model_checks import check_model

from colorkit.backend.precision import with_precision
from colorkit.models.colorkit_base import build_colorkit_base_model
from colorkit.models.colorkit_hints import (
    TRAINED_LAYER,
    PoolHints,
    build_colorkit_hints_model,
    trained_part,
)
from colorkit.models.contract import ModelSpec, model_spec
from colorkit.models.layers.annealed_mean import with_style
from colorkit.models.load import save_weights_in_float16
from colorkit.models.weight_files import shipped_file

DEFAULT_WEIGHTS = shipped_file(".weights.h5")


@pytest.fixture(scope="module")
def begun():
    """The model as training begins."""
    return build_colorkit_hints_model(weights="colorkit_base")


@pytest.fixture(scope="module")
def heard():
    """A model that answers to its hints, as if it had been trained."""
    keras.utils.set_random_seed(0)
    model = build_colorkit_hints_model(weights="colorkit_base")
    for layer in model.layers:
        if layer.name.endswith("_tell"):
            kernel, bias = layer.get_weights()
            layer.set_weights([np.random.normal(0, 0.05, kernel.shape), bias])
    return model


@pytest.fixture(scope="module")
def lightness():
    return np.random.default_rng(0).uniform(0, 100, (2, 64, 96, 1)).astype("float32")


def hints_like(lightness, number=0):
    hints = np.zeros((*lightness.shape[:3], 3), "float32")
    hints[number, 20:24, 40:45] = (0.5, 0.3, 1.0)
    return hints


def answer(model, *inputs):
    return keras.ops.convert_to_numpy(model(list(inputs) if len(inputs) > 1 else inputs[0]))


@pytest.mark.slow
@pytest.mark.any_backend
def test_it_is_a_model(tmp_path, monkeypatch):
    """Of few layers, all of which are looked at below."""
    small_models.shrink_shipped_models(monkeypatch)
    check_model(
        build_colorkit_hints_model,
        tmp_path,
        name="colorkit_hints",
        spec=ModelSpec(None, size_multiple=32, output="ab", takes_hints=True),
        sizes=[(32, 32), (32, 64)],
        bad_size=(40, 64),
        bad_image_size=100,
        weights_error="Expected `weights`",
        bad_weights="imagenet",
        weights_files=(),
        in_bfloat16="hint4_color",
    )


@pytest.mark.any_backend
def test_its_trained_part_is_small(begun):
    trained = sum(np.prod(variable.shape) for variable in begun.trainable_variables)
    assert trained < 6e6
    assert model_spec(begun) == ModelSpec(None, 32, "ab", takes_hints=True)


@pytest.mark.slow
@pytest.mark.any_backend
def test_without_hints_it_is_the_default_model_bit_for_bit(heard, lightness):
    automatic = answer(build_colorkit_base_model(weights=DEFAULT_WEIGHTS), lightness)
    hints = hints_like(lightness, number=1)
    np.testing.assert_array_equal(answer(heard, lightness, 0 * hints), automatic)
    one_hinted = answer(heard, lightness, hints)
    np.testing.assert_array_equal(one_hinted[0], automatic[0])
    assert np.abs(one_hinted[1] - automatic[1]).max() > 0.01


@pytest.mark.any_backend
def test_training_begins_at_the_default_models_answer(begun, lightness):
    hinted, automatic = (
        answer(begun, lightness, hints_like(lightness) * share) for share in (1, 0)
    )
    np.testing.assert_allclose(hinted, automatic, atol=1e-5)


@pytest.mark.any_backend
def test_hints_are_pooled_by_the_cells_that_have_them():
    random = np.random.default_rng(0)
    hints = random.uniform(-1, 1, (2, 8, 12, 3)).astype("float32")
    hints[..., 2] = random.uniform(size=hints.shape[:3]) < 0.08
    pooled = keras.ops.convert_to_numpy(PoolHints(4)(hints))
    cells = hints.reshape(2, 2, 4, 3, 4, 3).transpose(0, 1, 3, 2, 4, 5).reshape(2, 2, 3, 16, 3)
    assert (cells[..., 2].max(-1) == 0).any()
    for place in np.ndindex(2, 2, 3):
        given = cells[place][cells[place][:, 2] > 0]
        expected = [*(32 / 8 * given[:, :2].mean(0)), 1] if len(given) else [0, 0, 0]
        np.testing.assert_allclose(pooled[place], expected, atol=1e-5)


@pytest.mark.slow
@pytest.mark.any_backend
def test_saving_and_loading_changes_nothing(heard, lightness, tmp_path):
    heard.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    hints = hints_like(lightness)
    np.testing.assert_array_equal(answer(loaded, lightness, hints), answer(heard, lightness, hints))
    assert len(loaded.trainable_variables) == len(heard.trainable_variables)


@pytest.mark.slow
@pytest.mark.any_backend
def test_its_weights_file_holds_the_trained_part_alone(heard, lightness, tmp_path):
    path = tmp_path / "part.weights.h5"
    save_weights_in_float16(heard, path)
    trained = sum(np.prod(variable.shape) for variable in heard.trainable_variables)
    assert 2 * trained < path.stat().st_size < 12e6
    hints = hints_like(lightness)
    loaded = build_colorkit_hints_model(weights=path)
    np.testing.assert_allclose(
        answer(loaded, lightness, hints), answer(heard, lightness, hints), atol=2e-3
    )
    assert len(trained_part(loaded).weights) == len(loaded.trainable_variables)


@pytest.mark.slow
def test_styles_and_precisions(heard, lightness):
    hints = hints_like(lightness)
    vivid = with_style(heard, "vivid")
    difference = answer(vivid, lightness, hints) - answer(heard, lightness, hints)
    assert np.abs(difference[0]).mean() > 0.01
    coarse = with_precision(heard, "mixed_bfloat16")
    assert coarse.get_layer(TRAINED_LAYER).dtype_policy.name == "float32"
    assert coarse.get_layer("hint4_color").dtype_policy.name == "mixed_bfloat16"
    difference = answer(coarse, lightness, hints) - answer(heard, lightness, hints)
    assert np.abs(difference).mean() < 0.01
