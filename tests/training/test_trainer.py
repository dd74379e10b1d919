"""The trainer: what the model sees, what the loss sees, and that its random numbers are kept."""

import keras
import numpy as np
import pytest
import skimage.color
from keras import layers

from colorkit.data.augmentation.config import Augmentation
from colorkit.losses import RGBMSE, ChromaMSE
from colorkit.training.trainer import Trainer

PLAN = Augmentation(
    rotation=0.5, horizontal_flip=0.5, vertical_flip=0.5, blur=0.5, cutout=1.0, cutout_size=4
)


@pytest.fixture
def photos():
    random = np.random.default_rng(0)
    blocks = random.integers(0, 256, (8, 4, 4, 3))
    return np.kron(blocks, np.ones((1, 4, 4, 1))).astype("uint8")


def seeing_model():
    """A model that hands out what it sees, in a layer before its last."""
    seen = keras.Input((16, 16, 1))
    output = layers.Identity(dtype="float32", name="seen")(seen)
    return keras.Model(seen, layers.Conv2D(2, 1, dtype="float32")(output))


def learning_model():
    """A small model with dropout."""
    return keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu", kernel_initializer=init(1)),
            layers.Dropout(0.5, seed=3),
            layers.Conv2D(2, 3, padding="same", dtype="float32", kernel_initializer=init(2)),
        ]
    )


def init(seed):
    return keras.initializers.GlorotUniform(seed=seed)


def call(trainer, photos, **options):
    return [keras.ops.convert_to_numpy(part) for part in trainer(photos, **options)]


def lightness_of(photos):
    return skimage.color.rgb2lab(np.asarray(photos, "float64") / 255)[..., :1]


def test_the_model_sees_the_lightness_of_the_photographs_as_they_are(photos):
    for trainer in (
        Trainer(seeing_model(), trained_layer="seen"),
        Trainer(seeing_model(), PLAN, trained_layer="seen"),
    ):
        target, seen = call(trainer, photos, training=False)
        np.testing.assert_array_equal(target, photos)
        np.testing.assert_allclose(seen, lightness_of(photos), atol=1e-3)


def test_in_training_it_sees_the_target_with_holes(photos):
    target, seen = call(Trainer(seeing_model(), PLAN, "seen"), photos, training=True)
    assert (np.abs(target - photos) > 1).mean() > 0.3
    holes = seen == 0
    assert 16 / 256 <= holes.mean() <= 6 * 16 / 256
    assert lightness_of(target)[holes].mean() > 20
    np.testing.assert_allclose(seen[~holes], lightness_of(target)[~holes], atol=1e-3)


def test_it_sees_aged_lightness_of_a_target_that_stays_clean(photos):
    target, seen = call(
        Trainer(seeing_model(), Augmentation(aging=1.0), "seen"), photos, training=True
    )
    np.testing.assert_array_equal(target, photos)
    aged = np.abs(seen - lightness_of(photos)).mean((1, 2, 3))
    assert (aged > 1).all() and seen.min() >= 0 and seen.max() <= 100


def test_mixed_precision_does_not_round_what_the_loss_sees(photos, mixed_bfloat16):
    target, seen = call(Trainer(seeing_model(), PLAN, "seen"), photos, training=True)
    cut = seen == 0
    np.testing.assert_allclose(seen[~cut], lightness_of(target)[~cut], atol=0.26)
    assert (target != target.astype("int")).mean() > 0.2 and target.dtype == np.float32


def test_every_batch_is_augmented_otherwise_and_the_seed_decides(photos):
    first, again, other = (Trainer(seeing_model(), PLAN, "seen", seed) for seed in (1, 1, 2))
    batches = [call(first, photos, training=True)[0] for _ in range(2)]
    assert (batches[0] != batches[1]).any()
    for batch in batches:
        np.testing.assert_array_equal(call(again, photos, training=True)[0], batch)
    assert (call(other, photos, training=True)[0] != batches[0]).any()


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", [True, False])
def test_the_loss_compares_with_the_augmented_photographs(photos, jit_compile):
    seen = keras.Input((16, 16, 1))
    three = layers.Conv2D(
        3, 1, use_bias=False, kernel_initializer=keras.initializers.Constant(0.01)
    )
    gray = keras.Model(seen, three(seen))
    target, output = call(Trainer(gray, PLAN), photos, training=True)
    expected = np.mean((target / 255 - output) ** 2)
    assert np.mean((photos / 255 - output) ** 2) > 1.2 * expected

    trainer = Trainer(gray, PLAN)
    trainer.compile(loss=RGBMSE(), optimizer="sgd", jit_compile=jit_compile)
    assert trainer.jit_compile is jit_compile
    found = trainer.train_on_batch(photos, photos)
    # XLA draws other numbers, of which the loss depends a little.
    assert float(found) == pytest.approx(expected, rel=0.05 if jit_compile else 1e-4)


def test_evaluation_augments_nothing(photos):
    model = learning_model()
    trainer = Trainer(model, PLAN)
    trainer.compile("sgd", ChromaMSE(), metrics=[TargetMean()])
    output = model(lightness_of(photos).astype("float32"))
    found = trainer.evaluate(photos, photos, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(float(ChromaMSE()(photos, output)), rel=1e-3)
    assert found["rgb"] == pytest.approx(photos.mean(), rel=1e-3)


class TargetMean(keras.metrics.MeanMetricWrapper):
    """The mean of the target that metrics are given."""

    def __init__(self):
        super().__init__(lambda y_true, y_pred: keras.ops.cast(y_true, "float32"), name="rgb")


@pytest.mark.slow
def test_training_resumes_from_saved_weights_as_if_it_had_not_stopped(photos, tmp_path):
    """Augmentation and dropout draw on: every weight and optimizer state ends the same."""

    def make():
        trainer = Trainer(learning_model(), PLAN)
        trainer.compile(keras.optimizers.Adam(0.01), ChromaMSE())
        trainer.optimizer.build(trainer.trainable_variables)
        return trainer

    def train(trainer, steps):
        trainer.fit(photos, photos, batch_size=4, epochs=steps // 2, shuffle=False, verbose=0)

    whole, first, second = make(), make(), make()
    train(whole, 6)
    train(first, 2)
    first.save_weights(tmp_path / "checkpoint.weights.h5")
    second.load_weights(tmp_path / "checkpoint.weights.h5")
    train(second, 4)
    for found, expected in zip(second.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)
    fresh = make()
    fresh.set_weights(first.get_weights())
    train(fresh, 4)
    differences = [
        np.abs(a - b).max() for a, b in zip(fresh.get_weights(), whole.get_weights(), strict=True)
    ]
    assert max(differences) > 1e-3


@pytest.mark.usefixtures("eagerly")
def test_the_trainer_trains_the_model_it_was_given(photos):
    model = learning_model()
    before = model.get_weights()
    trainer = Trainer(model, PLAN)
    trainer.compile("adam", ChromaMSE())
    history = trainer.fit(photos, photos, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert (model.get_weights()[0] != before[0]).any()
