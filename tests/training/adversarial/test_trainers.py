"""The losses and the two steps of adversarial training, against NumPy and one another."""

import dataclasses

import keras
import numpy as np
import pytest
import skimage.color
from keras import layers
from model_checks import assert_weights_equal

from colorkit.backend.gradients import input_gradients
from colorkit.backend.precision import choose_xla
from colorkit.data.augmentation.config import Augmentation
from colorkit.models import build_discriminator, registry
from colorkit.models.layers.annealed_mean import STYLES, AnnealedMean
from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness
from colorkit.training.adversarial.coarse_chroma import CoarseChroma
from colorkit.training.adversarial.loop import AlternatingTrainer
from colorkit.training.adversarial.losses import OBJECTIVES, ContentLoss, chroma_of
from colorkit.training.adversarial.trainers import (
    DiscriminatorTrainer,
    GeneratorTrainer,
    gradient_penalty,
)
from colorkit.training.recipes.adversarial_recipes import (
    AdversarialRecipe,
    get_adversarial_recipe,
)


@pytest.fixture(scope="module")
def photos():
    blocks = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3))
    return np.kron(blocks, np.ones((1, 4, 4, 1))).astype("uint8")


def small_generator(channels=2):
    """A model with dropout, normalisation and an enlargement at its end."""
    keras.utils.set_random_seed(0)
    lightness = keras.Input((32, 32, 1))
    x = ScaleLightness(1 / 100)(lightness)
    x = layers.Conv2D(4, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(0.5)(layers.ReLU()(x))
    activation = "tanh" if channels == 2 else "sigmoid"
    x = layers.Conv2D(channels, 3, padding="same", activation=activation, dtype="float32")(x)
    return keras.Model(lightness, BilinearUpSampling2D(dtype="float32")(x), name="small")


def make_sides(generator, eager=True, **fields):
    keras.utils.set_random_seed(1)
    recipe = AdversarialRecipe(name="test", **fields)
    discriminator = build_discriminator(
        32, filters=2, spectral_normalization=recipe.spectral_normalization
    )
    sides = [
        kind(generator, discriminator, recipe) for kind in (GeneratorTrainer, DiscriminatorTrainer)
    ]
    for side in sides:
        eager = eager and keras.backend.backend() == "tensorflow"
        side.compile(keras.optimizers.Adam(0.01), run_eagerly=eager, jit_compile=choose_xla())
        side.optimizer.build(side.trainable_variables)
    return discriminator, sides


def test_the_hinge_by_hand():
    hinge = OBJECTIVES["hinge"]
    real, fake = np.array([2.0, 0.5, -1.0]), np.array([-3.0, 0.0, 0.5])
    expected = np.mean([0.0, 0.5, 2.0]) + np.mean([0.0, 1.0, 1.5])
    assert float(hinge.discriminator(real, fake)) == pytest.approx(expected)
    assert float(hinge.generator(fake)) == pytest.approx(2.5 / 3)


def test_least_squares_by_hand():
    least_squares = OBJECTIVES["least_squares"]
    real, fake = np.array([2.0, 0.5]), np.array([-3.0, 0.5])
    expected = (np.mean([1.0, 0.25]) + np.mean([9.0, 0.25])) / 2
    assert float(least_squares.discriminator(real, fake)) == pytest.approx(expected)
    assert float(least_squares.generator(fake)) == pytest.approx(np.mean([16.0, 0.25]) / 2)


def test_binary_cross_entropy_by_hand():
    """-log D and -log(1 - D) of probabilities 0.8, 0.6 (real) and 0.9, 0.3 (coloured), halved."""
    objective = OBJECTIVES["binary_cross_entropy"]
    real, fake = (np.log(p / (1 - p)) for p in (np.array([0.8, 0.6]), np.array([0.9, 0.3])))
    expected = (np.mean(-np.log([0.8, 0.6])) + np.mean(-np.log([0.1, 0.7]))) / 2
    assert float(objective.discriminator(real, fake)) == pytest.approx(expected, rel=1e-5)
    assert float(objective.generator(fake)) == pytest.approx(-np.mean(np.log([0.9, 0.3])), rel=1e-5)
    assert objective.border == 0.0, "half and half"


def test_pix2pix_is_the_papers():
    """Isola et al. 2017: lambda 100 of L1, Adam 2e-4 with beta_1 0.5; 4 pictures at a time."""
    recipe = get_adversarial_recipe("pix2pix")
    assert (recipe.objective, recipe.content) == ("binary_cross_entropy", "l1")
    assert (recipe.content_weight, recipe.adversarial_weight) == (100.0, 1.0)
    assert recipe.learning_rate == recipe.discriminator_learning_rate == 2e-4
    assert (recipe.beta_1, recipe.beta_2, recipe.schedule) == (0.5, 0.999, "constant")
    assert (recipe.batch_size, recipe.epochs) == (4, 6)
    assert not recipe.spectral_normalization and recipe.r1_weight == 0


@pytest.mark.parametrize("kind", ["l1", "mse"])
def test_the_distance_from_the_truth(photos, kind):
    measure = np.abs if kind == "l1" else np.square
    lab = skimage.color.rgb2lab(photos)
    ab = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 32, 32, 2)).astype("float32")
    expected = measure(lab[..., 1:] / 128 - ab).mean()
    assert float(ContentLoss(kind)(photos, ab)) == pytest.approx(expected, rel=1e-4)
    other = np.random.default_rng(2).random((2, 32, 32, 3)).astype("float32")
    gap = lab - skimage.color.rgb2lab(other)
    expected = measure(gap[..., 1:] / 128).mean() + measure(gap[..., 0] / 100).mean()
    assert float(ContentLoss(kind)(photos, other)) == pytest.approx(expected, rel=1e-3)
    expected = skimage.color.rgb2lab(other)[..., 1:] / 128
    np.testing.assert_allclose(chroma_of(other), expected, atol=1e-4)


def test_the_penalty_of_a_linear_discriminator():
    """Its gradient is the kernel everywhere, shared by as many answers as there are pixels."""
    lightness, ab = keras.Input((6, 6, 1)), keras.Input((6, 6, 2))
    joined = layers.Concatenate()([lightness, ab])
    linear = layers.Conv2D(1, 1, bias_initializer="ones")
    discriminator = keras.Model([lightness, ab], linear(joined))
    linear.kernel.assign(np.array([5.0, 3.0, -4.0]).reshape(1, 1, 3, 1))
    random = np.random.default_rng(0)
    pictures = [random.random((4, 6, 6, c)).astype("float32") for c in (1, 2)]
    pictures = [keras.ops.convert_to_tensor(picture) for picture in pictures]
    # Each of 36 pixels has the gradient (3, -4) / 36.
    expected = 36 * (3**2 + 4**2) / 36**2
    assert float(gradient_penalty(discriminator, *pictures)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_each_step_leaves_the_other_model_as_it_is(photos):
    """Weights, statistics of normalisation, power iterations and random generators."""
    generator = small_generator()
    discriminator, sides = make_sides(generator, eager=False, r1_weight=1.0)
    models = [generator, discriminator]

    def state(model):
        return [np.asarray(variable) for variable in model.variables]

    for side, trained, other in zip(sides, models, reversed(models), strict=True):
        before, fixed = state(trained), state(other)
        logs = side.train_on_batch(photos, return_dict=True)
        assert all(np.isfinite(value) for value in logs.values())
        assert_weights_equal(fixed, state(other))
        changed = [np.any(a != b) for a, b in zip(before, state(trained), strict=True)]
        assert sum(changed) >= len(changed) - 1  # A bias before normalisation has no gradient


@pytest.mark.slow
def test_both_steps_meet_the_same_pictures(photos):
    """Augmentation and dropout draw the same numbers in both."""
    plan = Augmentation(rotation=1.0, cutout=0.5)
    _, sides = make_sides(small_generator(), augmentation=plan, spectral_normalization=False)
    about_photos, about_colors = sides[1](photos, training=True)
    _, (_, answer) = sides[0](photos, training=True)
    np.testing.assert_allclose(about_colors, answer, atol=1e-5)
    assert np.abs(np.asarray(about_photos) - np.asarray(answer)).max() > 1e-4
    again = sides[1](photos, training=True)[1]
    assert np.abs(np.asarray(again) - np.asarray(answer)).max() > 1e-4, "drawn anew in each step"


def test_the_generators_loss_is_the_sum_of_its_parts(photos):
    _, sides = make_sides(small_generator(), content_weight=7.0, adversarial_weight=3.0)
    logs = sides[0].train_on_batch(photos, return_dict=True)
    expected = 7.0 * logs["content"] + 3.0 * logs["adversarial"]
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)
    _, sides = make_sides(small_generator(), content_weight=7.0, adversarial_weight=0.0)
    logs = AlternatingTrainer(sides[0]).train_on_batch(photos)
    assert set(logs) == {"loss", "content"}
    assert logs["loss"] == pytest.approx(7.0 * logs["content"], rel=1e-5)


def test_the_discriminators_loss_has_the_penalty(photos):
    _, sides = make_sides(small_generator(), r1_weight=4.0)
    found = sides[1].train_on_batch(photos, return_dict=True)
    _, sides = make_sides(small_generator())
    plain = sides[1].train_on_batch(photos, return_dict=True)
    assert found["r1"] > 0
    assert found["loss"] == pytest.approx(plain["loss"] + 2.0 * found["r1"], rel=1e-4)


def test_an_alternation_names_both_losses(photos):
    _, sides = make_sides(small_generator(3), objective="least_squares")
    logs = AlternatingTrainer(*sides).train_on_batch(photos)
    assert set(logs) == {"loss", "content", "adversarial", "discriminator", "told_apart"}


def test_true_colour_is_as_coarse_as_the_models():
    ab = np.random.default_rng(0).normal(0, 0.2, (1, 32, 32, 2)).astype("float32")
    coarse = CoarseChroma(small_generator())
    assert coarse.stride == 2
    squares = ab.reshape(1, 16, 2, 16, 2, 2).mean(axis=(2, 4))
    expected = keras.layers.UpSampling2D(2, interpolation="bilinear")(squares)
    np.testing.assert_allclose(coarse(ab), expected, atol=1e-6)


def test_a_model_that_classifies_colour_learns_through_its_annealed_mean():
    logits = np.random.default_rng(0).normal(0, 1, (1, 4, 4, 313)).astype("float32")
    decode = AnnealedMean(**dataclasses.asdict(STYLES["balanced"]))

    def answer(logits):
        return keras.ops.sum(decode(logits)[..., 0])

    gradient = np.asarray(input_gradients(answer, keras.ops.convert_to_tensor(logits)))
    assert np.isfinite(gradient).all() and (np.abs(gradient).max(axis=-1) > 1e-4).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "stride"), [("colorkit_base", 4), ("encoder_decoder", 1), ("vgg16", 2)]
)
def test_builders_models_are_generators(photos, name, stride):
    keras.utils.set_random_seed(0)
    generator = registry.MODELS[name].builder(image_size=32, weights=None)
    assert CoarseChroma(generator).stride == stride
    _, (side, _) = make_sides(generator)
    trained, frozen = generator.trainable_weights, generator.non_trainable_weights
    before, fixed = ([np.asarray(weight) for weight in part] for part in (trained, frozen))
    side.train_on_batch(photos)
    assert any(np.any(a != np.asarray(b)) for a, b in zip(before, trained, strict=True))
    if name == "vgg16":
        assert_weights_equal(fixed, [np.asarray(weight) for weight in frozen])
