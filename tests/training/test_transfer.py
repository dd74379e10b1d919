"""Frozen layers and an encoder's own learning rates, against arithmetic by hand."""

import keras
import pytest
from keras import layers

from colorkit.training.recipes.recipe_overrides import parse_settings
from colorkit.training.recipes.recipes import get_recipe
from colorkit.training.transfer import encoder_rates, freeze_layers, with_rates

pytestmark = pytest.mark.any_backend

RATE = 0.1
NAMES = ("stem", "block1a_depthwise", "block7a_project", "decoder4_skip")


@pytest.fixture
def model():
    """A chain of layers with one weight each, named as those of an encoder and a decoder."""
    ones = keras.initializers.Ones()
    chain = [layers.Dense(1, use_bias=False, kernel_initializer=ones, name=name) for name in NAMES]
    return keras.Sequential([keras.Input((1,)), *chain])


def weights_after(optimizer, model, gradient, steps=1):
    """Each layer's weight, 1 before, after steps with one gradient."""
    variables = model.trainable_variables
    optimizer.build(variables)
    for _ in range(steps):
        optimizer.apply([gradient * keras.ops.ones(each.shape) for each in variables], variables)
    return {layer.name: float(layer.kernel.numpy()[0, 0]) for layer in model.layers}


def test_the_rate_falls_from_stage_to_stage(model):
    rates = encoder_rates(model, 0.5, stage_decay=0.9)
    assert {path.split("/")[-2]: rate for path, rate in rates.items()} == {
        "stem": pytest.approx(0.5 * 0.9**7),
        "block1a_depthwise": pytest.approx(0.5 * 0.9**6),
        "block7a_project": 0.5,
    }


def test_the_weights_move_by_their_own_rates(model):
    """AdamW's first step is the learning rate, whatever the gradient."""
    adamw = with_rates(keras.optimizers.AdamW, encoder_rates(model, 0.5, 0.5))
    after = weights_after(adamw(learning_rate=RATE, weight_decay=0.0), model, gradient=3.0)
    for name, share in zip(NAMES, (0.5**8, 0.5**7, 0.5, 1.0), strict=True):
        assert after[name] == pytest.approx(1 - RATE * share, abs=1e-5)


def test_the_decay_follows_the_rate(model):
    adamw = with_rates(keras.optimizers.AdamW, encoder_rates(model, 0.5))
    after = weights_after(adamw(learning_rate=RATE, weight_decay=0.2), model, 0.0, steps=2)
    assert after["decoder4_skip"] == pytest.approx((1 - RATE * 0.2) ** 2)
    assert after["stem"] == pytest.approx((1 - RATE * 0.5 * 0.2) ** 2)


def test_a_frozen_encoder_stays_and_then_thaws(model):
    rates = encoder_rates(model, 0.5)
    resting = set(rates)
    adamw = with_rates(keras.optimizers.AdamW, rates, resting)
    optimizer = adamw(learning_rate=RATE, weight_decay=0.2, use_ema=True, ema_momentum=0.9)
    after = weights_after(optimizer, model, 0.1, steps=2)
    assert after["stem"] == 1 and after["decoder4_skip"] < 1
    resting.clear()
    assert weights_after(optimizer, model, 0.1)["stem"] < 1


def test_layers_are_frozen_by_name_and_pattern(model):
    freeze_layers(model, ["stem", "*_depthwise"])
    assert [layer.name for layer in model.layers if layer.trainable] == list(NAMES[2:])
    with pytest.raises(ValueError, match=r"block7a_project, decoder4_skip. Received: 'stem'"):
        freeze_layers(model, ["stem"])


def test_what_a_recipe_says_of_the_encoder_is_checked():
    changes = parse_settings("colorkit_base", ["frozen_layers=stem,*_depthwise"])
    assert get_recipe("colorkit_base", **changes).frozen_layers == ("stem", "*_depthwise")
    for field, value in (
        ("encoder_rate", 2.0),
        ("encoder_decay", 0),
        ("encoder_frozen_epochs", -1),
    ):
        with pytest.raises(ValueError, match=f"`{field}` must .* Received: {value}"):
            get_recipe("colorkit_base", **{field: value})
