"""Training with hints: which hints are given, what moves, and what does not."""

import dataclasses

import keras
import numpy as np
import pytest
import skimage.color
import small_models
import tiny_model
from model_checks import assert_weights_equal

from colorkit.data.augmentation.config import Augmentation
from colorkit.losses import RebalancedCrossEntropy
from colorkit.models.colorkit_hints import TRAINED_LAYER, build_colorkit_hints_model
from colorkit.training.build import build_recipe_model
from colorkit.training.hint_trainer import HintTrainer, HintValidationSet
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipes import RECIPES
from colorkit.training.train import train_model

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def photos():
    blocks = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3))
    return np.kron(blocks, np.ones((1, 4, 4, 1))).astype("uint8")


def seeing_model():
    """A model that answers with the hints it is given."""
    inputs = keras.Input((32, 32, 1)), keras.Input((32, 32, 3))
    nothing = keras.layers.Rescaling(0.0, dtype="float32")(inputs[0])
    hints = keras.layers.Add(dtype="float32")([inputs[1], nothing])  # Keras asks for both
    return keras.Model(list(inputs), hints)


def seen(trainer, photos, training=True):
    return [keras.ops.convert_to_numpy(part) for part in trainer(photos, training=training)]


def true_ab(rgb):
    return skimage.color.rgb2lab(np.asarray(rgb, "float64") / 255)[..., 1:] / 128


def test_hints_are_of_the_augmented_photographs():
    """Photographs of two colours, flipped: a patch shows the one it lies in, or both mixed."""
    colors = np.random.default_rng(1).integers(0, 256, (6, 2, 1, 3))
    photos = np.broadcast_to(colors.repeat(16, axis=1), (6, 32, 32, 3)).astype("uint8")
    rgb, hints = seen(HintTrainer(seeing_model(), 60, Augmentation(vertical_flip=1.0)), photos)
    np.testing.assert_array_equal(rgb, photos[:, ::-1])
    given = hints[..., 2] == 1
    assert 0 < given.mean() < 0.9 and (hints[~given] == 0).all()
    right, wrong = (
        np.abs(hints[..., :2] - true_ab(each)).max(-1)[given] < 0.01 for each in (rgb, photos)
    )
    assert right.mean() > 0.4 and wrong.mean() < 0.1


def test_each_step_samples_other_hints_by_the_seed(photos):
    first, again, other = (HintTrainer(seeing_model(), 20, seed=seed) for seed in (1, 1, 2))
    steps = [seen(first, photos)[1] for _ in range(2)]
    assert (steps[0] != steps[1]).any()
    for step in steps:
        np.testing.assert_array_equal(seen(again, photos)[1], step)
    assert (seen(other, photos)[1] != steps[0]).any()


def test_a_resumed_run_continues_the_random_sequence(photos, tmp_path):
    first, second = (HintTrainer(seeing_model(), 20, seed=seed) for seed in (1, 2))
    seen(first, photos)
    first.save_weights(tmp_path / "checkpoint.weights.h5")
    second.load_weights(tmp_path / "checkpoint.weights.h5")
    np.testing.assert_array_equal(seen(second, photos)[1], seen(first, photos)[1])


def test_validation_samples_always_the_same_hints(photos):
    validation = HintValidationSet(20, seeing_model(), photos, batch_size=4)
    first = [hints for _, hints, _ in validation.batches()]
    again = [hints for _, hints, _ in validation.batches()]
    assert [len(hints) for hints in first] == [4, 2]
    np.testing.assert_array_equal(np.concatenate(first), np.concatenate(again))
    np.testing.assert_array_equal(validation.predict(slice(4, 6))[0], first[1])


@pytest.mark.slow
def test_training_moves_the_hint_branch_and_nothing_else(photos, monkeypatch):
    small_models.shrink_shipped_models(monkeypatch)
    model = build_colorkit_hints_model(image_size=32)
    automatic = [w for layer in model.layers if not layer.trainable for w in layer.weights]
    trained = [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]
    before = [keras.ops.convert_to_numpy(w) for w in automatic]
    trainer = HintTrainer(model, 20, trained_layer=TRAINED_LAYER)
    trainer.compile("adam", RebalancedCrossEntropy(), run_eagerly=True, jit_compile=False)
    for _ in range(3):  # behind the attention lie two convolutions that begin with 0
        trainer.train_on_batch(photos, photos)
    trainer.evaluate(photos, photos, verbose=0)
    assert_weights_equal(before, [keras.ops.convert_to_numpy(w) for w in automatic])
    after = [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]
    moved = [(a != b).any() for a, b in zip(trained, after, strict=True)]
    assert all(moved), np.array([w.path for w in model.trainable_variables])[~np.array(moved)]
    count = sum(np.prod(w.shape) for w in [*automatic, *model.trainable_variables])
    assert count == model.count_params()


@pytest.mark.slow
def test_the_recipe_begins_with_the_default_model():
    recipe = dataclasses.replace(RECIPES["colorkit_hints"], image_size=32)
    model = build_recipe_model(recipe)
    copied = model.get_layer("hinted_decoder8_skip").get_weights()
    assert_weights_equal(copied, model.get_layer("decoder8_skip").get_weights())


@pytest.mark.slow
def test_a_model_that_takes_hints_is_trained_on_hints(photos, tmp_path):
    recipe = dataclasses.replace(RECIPES["colorkit_hints"], image_size=32, hint_points=None)
    with pytest.raises(ValueError, match="`hint_points` must be a number, since .* None"):
        train_model(recipe, photos, tmp_path)


def test_a_model_that_takes_no_hints_is_trained_without(photos, tmp_path):
    with (
        tiny_model.registered(),
        pytest.raises(ValueError, match="`hint_points` must be None, .* Received: 100"),
    ):
        train_model(Recipe(**tiny_model.RECIPE, hint_points=100), photos, tmp_path)
