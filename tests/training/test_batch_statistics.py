"""Statistics of batch normalisation, computed anew with dropout off."""

import keras
import numpy as np
import pytest
import tiny_model

from colorkit.color.lab import rgb_to_lab
from colorkit.data.augmentation.config import REPORT_AUGMENTATION
from colorkit.data.crops import center_crop
from colorkit.data.source import open_photos
from colorkit.data.split import split_source
from colorkit.training.batch_statistics import compute_statistics
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.train import train_model

EPSILON = 1e-3  # Keras' own
BATCHES = np.random.default_rng(0).normal(3.0, 2.0, (3, 50, 6)).astype("float32")


@pytest.fixture
def tiny():
    with tiny_model.registered():
        yield


@pytest.fixture
def dropping():
    """Two normalisations with dropout between them."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,))
    x = keras.layers.BatchNormalization(name="first")(inputs)
    x = keras.layers.Dropout(0.5)(x)
    x = keras.layers.Dense(4, name="dense")(x)
    return keras.Model(inputs, keras.layers.BatchNormalization(name="second")(x))


def statistics(layer):
    return [keras.ops.convert_to_numpy(v) for v in (layer.moving_mean, layer.moving_variance)]


def means_and_variances(batches):
    """Over the batches, the mean of their means and of their variances."""
    axes = tuple(range(batches[0].ndim - 1))
    return [
        np.mean([batch.mean(axes) for batch in batches], axis=0),
        np.mean([batch.var(axes) for batch in batches], axis=0),
    ]


@pytest.mark.any_backend
def test_they_are_those_of_the_batches_without_dropout(dropping):
    compute_statistics(dropping, BATCHES)
    kernel, bias = (keras.ops.convert_to_numpy(w) for w in dropping.get_layer("dense").weights)
    normal = [(batch - batch.mean(0)) / np.sqrt(batch.var(0) + EPSILON) for batch in BATCHES]
    seen = {"first": BATCHES, "second": [batch @ kernel + bias for batch in normal]}
    for name, batches in seen.items():
        for found, expected in zip(
            statistics(dropping.get_layer(name)), means_and_variances(batches), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_frozen_ones_stay(dropping):
    dropping.get_layer("first").trainable = False
    compute_statistics(dropping, BATCHES)
    mean, variance = statistics(dropping.get_layer("first"))
    assert (mean == 0).all() and (variance == 1).all()
    assert (statistics(dropping.get_layer("second"))[1] != 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("ema_momentum", [None, 0.5])
@pytest.mark.usefixtures("tiny", "quick_curves", "eagerly")
def test_a_run_ends_with_those_of_training_photographs(tmp_path, ema_momentum):
    random = np.random.default_rng(0)
    blocks = random.integers(0, 256, (20, 4, 4, 3), dtype=np.uint8)
    photos = np.kron(blocks, np.ones((1, 10, 10, 1), np.uint8))

    def train(run, **changes):
        fields = {**tiny_model.RECIPE, "optimizer": "sgd", "ema_momentum": ema_momentum}
        recipe = Recipe(**fields, augmentation=REPORT_AUGMENTATION, **changes)
        return train_model(recipe, photos, tmp_path / run, precision="float32")

    kept, computed = train("kept"), train("computed", batch_norm_photos=6)
    for weights, others in zip(kept.trainable_variables, computed.trainable_variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (weights, others)))

    indices = split_source(open_photos(photos), 0)["train"][:6]
    crops = np.stack([center_crop(photos[number], 32) for number in indices])
    layer = next(n for n in computed.layers if isinstance(n, keras.layers.BatchNormalization))
    before = keras.Model(computed.input, layer.input)
    lightness = keras.ops.convert_to_numpy(rgb_to_lab(crops))[..., :1]
    seen = [before.predict(part, verbose=0) for part in (lightness[:4], lightness[4:])]
    for found, expected in zip(statistics(layer), means_and_variances(seen), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
