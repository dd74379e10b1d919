"""Models that are run frozen still are the model that they were made of."""

import keras
import numpy as np
import pytest

from colorkit.inference import keras_runtime
from colorkit.inference.keras_runtime import KerasRuntime
from colorkit.models.layers.common import ScaleLightness

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="only TensorFlow's weights are watched"
)
LIGHTNESS = np.random.default_rng(0).uniform(0, 100, (2, 32, 64)).astype("float32")


def build_model(*layers):
    """A model with normalisation and dropout, whose inference differs from its training."""
    keras.utils.set_random_seed(0)
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Conv2D(16, 3, padding="same")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.5)(x)
    for layer in layers:
        x = layer(x)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", dtype="float32")(x)
    return keras.Model(lightness, x)


def expected_ab(model):
    return 128 * keras.ops.convert_to_numpy(model(LIGHTNESS[..., None], training=False))


def assign(model):
    model.layers[-1].bias.assign([0.5, -0.5])


def assign_one_number(model):
    kernel = model.layers[-1].kernel
    kernel.assign(keras.ops.convert_to_numpy(kernel) + np.eye(3)[:, :, None, None] * 0.3)


def set_weights(model):
    model.set_weights([0.7 * weight[::-1] for weight in model.get_weights()])


def train(model):
    model.compile("sgd", "mse")
    model.fit(LIGHTNESS[..., None], np.ones((2, 32, 64, 2)), verbose=0)


@pytest.mark.parametrize(
    "precision", ["float32", pytest.param("mixed_bfloat16", marks=on_tensorflow)]
)
def test_it_answers_with_the_weights_that_the_model_has_now(precision):
    model = build_model()
    runtime = KerasRuntime(model, precision)
    tolerance = 0.01 if precision == "float32" else 1.5
    before = runtime.predict(LIGHTNESS)
    np.testing.assert_allclose(before, expected_ab(model), atol=tolerance)
    for change in (assign, assign_one_number, set_weights, train):
        change(model)
        after = runtime.predict(LIGHTNESS)
        np.testing.assert_allclose(after, expected_ab(model), atol=tolerance)
        assert np.abs(after - before).max() > 2 * tolerance
        before = after


def test_weights_that_stay_bring_no_second_preparation(monkeypatch):
    prepared = []
    prepare = keras_runtime.with_precision
    monkeypatch.setattr(
        keras_runtime, "with_precision", lambda *given: [prepared.append(given), prepare(*given)][1]
    )
    model = build_model()
    runtime = KerasRuntime(model, "float32")
    for height in (32, 64, 32):
        runtime.predict(np.zeros((1, height, 64), "float32"))
        model.predict_on_batch(np.zeros((1, 32, 32, 1), "float32"))
    assert len(prepared) == 1


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="bilinear fails there only")
def test_a_layer_that_asks_for_the_size_is_compiled_for_each(monkeypatch):
    compiled = []
    run = keras.Model.predict_on_batch

    def watch(self, batch):
        compiled.append((batch.shape[1:3], self.predict_function is None))
        return run(self, batch)

    monkeypatch.setattr(keras.Model, "predict_on_batch", watch)
    small = keras.layers.AveragePooling2D(2)
    large = keras.layers.UpSampling2D(2, interpolation="bilinear")
    model = build_model(small, large)
    runtime = KerasRuntime(model, "float32")
    for _ in range(2):
        assign_one_number(model)
        answer = runtime.predict(LIGHTNESS)
        np.testing.assert_allclose(answer, expected_ab(model), atol=0.01)
        for _ in range(2):
            assert runtime.predict(np.zeros((1, 64, 32), "float32")).shape == (1, 64, 32, 2)
    # Keras before 3.13 lets TensorFlow freeze it for all sizes.
    assert compiled in ([], 2 * [((32, 64), True), ((64, 32), True), ((64, 32), False)])


@on_tensorflow
def test_weights_in_bfloat16_are_watched_too():
    model = build_model(keras.layers.Conv2D(8, 3, padding="same", dtype="bfloat16"))
    runtime = KerasRuntime(model, "float32")
    for _ in range(2):
        kernel = model.layers[-2].kernel
        kernel.assign(-keras.ops.convert_to_numpy(kernel))
        np.testing.assert_allclose(runtime.predict(LIGHTNESS), expected_ab(model), atol=1.5)
