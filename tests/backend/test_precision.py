import keras
import numpy as np
import pytest

from colorkit.backend import precision
from colorkit.backend.precision import (
    choose_precision,
    choose_training_precision,
    choose_xla,
    use_precision,
    with_precision,
)
from colorkit.inference.keras_runtime import KerasRuntime
from colorkit.models.layers.common import ScaleLightness


def build_recipe_model():
    """A small model with another nested inside, a norm, and an output layer."""
    keras.utils.set_random_seed(0)
    inner_in = keras.Input((None, None, 8))
    x = keras.layers.Conv2D(8, 3, padding="same")(inner_in)
    x = keras.layers.BatchNormalization()(x)
    inner = keras.Model(inner_in, x, name="inner")
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="first")(x)
    x = inner(x)
    x = keras.layers.Conv2D(2, 3, padding="same", name="ab")(x)
    x = keras.layers.Activation("tanh", name="squash")(x)
    return keras.Model(lightness, x, name="small")


def some_lightness(batch=1):
    return np.random.default_rng(0).uniform(0, 100, (batch, 32, 64, 1)).astype("float32")


def test_rebuilding_changes_the_arithmetic_and_little_else():
    model = build_recipe_model()
    mixed = with_precision(model, "mixed_bfloat16")
    assert mixed.get_layer("first").compute_dtype == "bfloat16"
    assert mixed.get_layer("inner").layers[1].compute_dtype == "bfloat16"
    assert mixed.get_layer("ab").compute_dtype == "float32"
    assert mixed.get_layer("squash").compute_dtype == "float32"
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    wanted = model.predict_on_batch(some_lightness())
    found = mixed.predict_on_batch(some_lightness())
    assert found.dtype == np.float32
    assert 0 < np.abs(found - wanted).max() < 0.02


def test_a_nested_output_stays_in_float32():
    keras.utils.set_random_seed(0)
    features = keras.Input((None, None, 4))
    x = keras.layers.Conv2D(4, 1, name="hidden")(features)
    decoder = keras.Model(features, keras.layers.Conv2D(2, 1, name="ab")(x), name="decoder")
    lightness = keras.Input((None, None, 1))
    model = keras.Model(lightness, decoder(keras.layers.Conv2D(4, 1)(lightness)))
    decoder = with_precision(model, "mixed_bfloat16").get_layer("decoder")
    assert decoder.get_layer("hidden").compute_dtype == "bfloat16"
    assert decoder.get_layer("ab").compute_dtype == "float32"


def test_there_and_back_is_exact():
    model = build_recipe_model()
    back = with_precision(with_precision(model, "mixed_bfloat16"), "float32")
    assert back.get_layer("inner").layers[1].compute_dtype == "float32"
    wanted = model.predict_on_batch(some_lightness())
    np.testing.assert_array_equal(back.predict_on_batch(some_lightness()), wanted)


def test_a_model_of_the_wanted_precision_is_not_rebuilt():
    model = build_recipe_model()
    assert with_precision(model, "float32") is model
    mixed = with_precision(model, "mixed_bfloat16")
    assert with_precision(mixed, "mixed_bfloat16") is mixed


def test_the_model_given_stays_as_it_was():
    model = build_recipe_model()
    with_precision(model, "mixed_bfloat16")
    assert model.get_layer("first").compute_dtype == "float32"


class Nameless(keras.layers.Layer):
    """A layer that does not say how it is built."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor


def test_a_model_that_cannot_be_rebuilt():
    lightness = keras.Input((None, None, 1))
    model = keras.Model(lightness, Nameless(2)(lightness), name="odd")
    with pytest.raises(ValueError, match="'odd' cannot be rebuilt in mixed_bfloat16"):
        with_precision(model, "mixed_bfloat16")
    assert with_precision(model, "auto") is model


@pytest.fixture
def machine(monkeypatch):
    """Pretends to be another machine."""

    def pretend(kind, backend="tensorflow", flags="", capability=0.0):
        monkeypatch.setattr(precision, "device_kind", lambda: kind)
        monkeypatch.setattr(precision, "cpu_flags", lambda: set(flags.split()))
        monkeypatch.setattr(precision, "gpu_capability", lambda: capability)
        monkeypatch.setattr(keras.backend, "backend", lambda: backend)

    return pretend


@pytest.mark.parametrize(
    "flags, backend, expected",
    [
        ("fpu avx512f amx_bf16 amx_tile", "tensorflow", "mixed_bfloat16"),
        ("fpu avx512_bf16", "tensorflow", "mixed_bfloat16"),
        ("fpu avx512f", "tensorflow", "float32"),
        ("fpu amx_bf16", "jax", "float32"),
    ],
)
def test_the_choice_on_a_cpu(machine, flags, backend, expected):
    machine("cpu", backend, flags)
    assert choose_precision() == choose_training_precision() == expected
    assert choose_xla() == (backend == "jax")


@pytest.mark.parametrize(
    "capability, inference, training",
    [
        (9.0, "mixed_bfloat16", "mixed_float16"),
        (8.0, "mixed_bfloat16", "mixed_float16"),
        (7.5, "float32", "mixed_float16"),
        (6.1, "float32", "float32"),
    ],
)
def test_the_choice_on_a_gpu(machine, capability, inference, training):
    machine("gpu", capability=capability)
    assert (choose_precision(), choose_training_precision()) == (inference, training)
    assert choose_xla()


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_the_choice_on_a_tpu(machine, backend):
    machine("tpu", backend)
    assert choose_precision() == choose_training_precision() == "mixed_bfloat16"
    assert choose_xla()


def test_models_are_built_for_the_precision_of_training(machine):
    machine("gpu", capability=7.0)
    with use_precision("auto"):
        assert keras.layers.Dense(1).compute_dtype == "float16"
    assert keras.config.dtype_policy().name == "float32"
    message = "one of .*'mixed_float16'.* Received: 'float16'"
    with pytest.raises(ValueError, match=message), use_precision("float16"):
        pass


def test_the_model_answers_in_lab_units_at_either_precision():
    model = build_recipe_model()
    lightness = some_lightness()[..., 0]
    wanted = 128 * model.predict_on_batch(lightness[..., None])
    full = KerasRuntime(model, "float32").predict(lightness)
    mixed = KerasRuntime(model, "mixed_bfloat16").predict(lightness)
    np.testing.assert_allclose(full, wanted, atol=1e-3)
    np.testing.assert_allclose(mixed, wanted, atol=2.5)
