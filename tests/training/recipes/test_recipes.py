"""The recipes against the report's tables."""

import dataclasses

import keras
import pytest
from tiny_model import build_tiny_model

from colorkit.models.registry import MODELS
from colorkit.training.build import build_optimizer, schedule_rate
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipe_overrides import parse_settings
from colorkit.training.recipes.recipes import RECIPES, get_recipe

REPORT = {
    "encoder_decoder": {
        "image_size": 512,
        "epochs": 300,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "weight_decay_per_epoch": 0.001,
        "loss": "RGBMSE",
    },
    "vgg16": {
        "image_size": 224,
        "epochs": 1000,
        "batch_size": 16,
        "optimizer": "adam",
        "loss": "ChromaMSE",
        "metrics": ("ChannelAccuracy",),
    },
    "inception_v3": {
        "image_size": 256,
        "epochs": 500,
        "steps_per_epoch": 10,
        "batch_size": 10,
        "optimizer": "rmsprop",
        "loss": "ChromaMSE",
    },
    "efficientnet_b0": {
        "image_size": 256,
        "epochs": 500,
        "batch_size": 10,
        "max_photos": 100,
        "optimizer": "rmsprop",
        "loss": "ChromaMSE",
    },
}


PAPERS = {
    "zhang": {
        "loss": "NeighborCrossEntropy",
        "trained_layer": "bin_logits",
        "optimizer": "adam",
        "learning_rate": 3e-5,
        "beta_2": 0.99,
        "batch_size": 40,
    },
    "iizuka": {
        "loss": "ChromaMSE",
        "optimizer": "adadelta",
        "learning_rate": 1.0,
        "batch_size": 128,
        "image_size": 224,
    },
    "larsson": {
        "loss": "HueChromaDivergence",
        "trained_layer": "histogram_logits",
        "optimizer": "sgd",
        "learning_rate": 1e-3,
        "momentum": 0.9,
        "batch_size": 8,
        "image_size": 352,
    },
}


@pytest.mark.parametrize("name", [*REPORT, *PAPERS])
def test_the_tables_of_the_report_and_the_papers(name):
    recipe = dataclasses.asdict(RECIPES[name])
    expected = {**REPORT, **PAPERS}[name]
    assert {field: recipe[field] for field in expected} == expected


@pytest.mark.parametrize(
    ("name", "iterations"), [("zhang", 450_000), ("iizuka", 200_000), ("larsson", 2_000_000)]
)
def test_the_papers_trainings_are_as_long(name, iterations):
    assert RECIPES[name].epochs * RECIPES[name].steps_per_epoch == iterations


def test_zhangs_optimizer_is_the_papers():
    adam = build_optimizer(RECIPES["zhang"], epoch_steps=1000)
    assert type(adam).__name__ == "Adam"
    assert (adam.beta_1, adam.beta_2) == (0.9, 0.99)
    assert float(adam.learning_rate) == pytest.approx(3e-5)
    assert adam.weight_decay == pytest.approx(1e-3)


def test_other_recipes_keep_keras_beta_2():
    assert build_optimizer(RECIPES["vgg16"], epoch_steps=10).beta_2 == 0.999


def test_iizukas_optimizer_is_the_papers():
    adadelta = build_optimizer(RECIPES["iizuka"], epoch_steps=1000)
    assert type(adadelta).__name__ == "Adadelta"
    assert float(adadelta.learning_rate) == 1.0 and adadelta.weight_decay is None


def test_larssons_optimizer_steps_by_the_published_numbers():
    """Rate 1e-3 and momentum 0.9, by hand, from a weight that is too small to decay."""
    weight = keras.Variable(0.0)
    sgd = build_optimizer(get_recipe("larsson", schedule="constant"), epoch_steps=1000)
    for gradient in (2.0, -1.0):
        sgd.apply([keras.ops.convert_to_tensor(gradient)], [weight])
    velocity = -1e-3 * 2.0
    assert float(weight) == pytest.approx(velocity + 0.9 * velocity + 1e-3 * 1.0, rel=1e-4)


def test_larssons_weights_decay_as_in_the_published_solver():
    """Caffe: v = 0.9 v + 1e-3 (g + 5e-4 w), w = w - v; without a gradient, for 1,000 steps."""
    left, velocity = 1.0, 0.0
    for _ in range(1000):
        velocity = 0.9 * velocity + 1e-3 * 5e-4 * left
        left -= velocity
    assert left == pytest.approx(0.99506, abs=1e-5)
    weight = keras.Variable(1.0)
    sgd = build_optimizer(get_recipe("larsson", schedule="constant"), epoch_steps=1000)
    for _ in range(4):
        sgd.apply([keras.ops.convert_to_tensor(0.0)], [weight])
    assert float(weight) ** 250 == pytest.approx(left, abs=1e-3)
    assert (1 - 1e-3 * sgd.weight_decay) ** 1000 == pytest.approx(left, abs=1e-4)


def test_larssons_rate_falls_by_a_cosine_from_the_published_one():
    rate = build_optimizer(RECIPES["larsson"], epoch_steps=1000).learning_rate
    assert float(rate) == 0, "it rises over the first steps"
    schedule = schedule_rate(1e-3, RECIPES["larsson"].schedule, steps=2_000_000)
    assert float(schedule(100_000)) == pytest.approx(1e-3)
    assert float(schedule(100_000 + 950_000)) == pytest.approx(5e-4)


def test_a_recipe_without_momentum_has_none():
    assert build_optimizer(get_recipe("larsson", momentum=None), epoch_steps=1000).momentum == 0


def test_every_recipe_names_a_model_and_itself():
    for name, recipe in RECIPES.items():
        assert recipe.name == name and recipe.model in MODELS


def test_changes_make_another_recipe():
    changed = get_recipe("vgg16", epochs=2, weights=None)
    assert (changed.epochs, changed.weights, changed.batch_size) == (2, None, 16)
    assert RECIPES["vgg16"].epochs == 1000
    assert get_recipe(changed, epochs=3).epochs == 3


def test_unknown_recipes_and_numbers_below_one_are_errors():
    with pytest.raises(ValueError, match="one of the recipes .*'vgg16'.* Received: 'vgg61'"):
        get_recipe("vgg61")
    with pytest.raises(
        ValueError, match="`epochs` must be a whole number of at least 1. Received: 0"
    ):
        get_recipe("vgg16", epochs=0)
    with pytest.raises(TypeError):
        Recipe("no", "such", "fields")


@pytest.mark.parametrize("name", REPORT)
def test_a_modern_variant_differs_as_data_only(name):
    report = dataclasses.asdict(RECIPES[name])
    modern = dataclasses.asdict(RECIPES[f"{name}_modern"])
    changed = {field for field in report if report[field] != modern[field]}
    assert changed - {"name"} == {
        "loss", "schedule", "clipnorm", "batch_norm_photos", "monitor", "keep", "patience"
    }  # fmt: skip
    assert (modern["loss"], modern["schedule"]) == ("NormalizedChromaLoss", "cosine")
    assert modern["patience"] == report["epochs"] / 10


def test_the_reports_recipes_end_with_their_last_epoch():
    for name in REPORT:
        assert (RECIPES[name].patience, RECIPES[name].keep) == (None, "last")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learing_rate": 1}, "no field 'learing_rate'. Did you mean 'learning_rate'.*: name, mo"),
        ({"learning_rate": 0.0}, "`learning_rate` must be above 0. Received: 0.0"),
        ({"schedule": "linear"}, "`schedule` must be one of .*'cosine'.*Received: 'linear'"),
        ({"monitor": "val_colour"}, "`monitor` must be one of .*'val_psnr'.*Received: 'val_colour"),
        ({"keep": "first"}, "`keep` must be one of .*'best'.*Received: 'first'"),
        ({"patience": 0}, "`patience` must be a whole number of at least 1. Received: 0"),
        (
            {"teacher": "imagenet", "hint_points": 5},
            "give only one of feature_views, teacher, hint_points. Received: .*'hint_points': 5",
        ),
        (
            {"trained_layer": "ab", "encoder_rate": 0.5},
            "`encoder_rate` and `trained_layer` cannot go with `feature_views`, which trains what "
            "is behind a frozen backbone.*Received: {'encoder_rate': 0.5, 'trained_layer': 'ab'}",
        ),
        (
            {"feature_views": None, "feature_dtype": "float16"},
            "`feature_dtype` can only go with `feature_views`.*Received: .*'float16'",
        ),
        (
            {"feature_views": None, "epochs": 1, "early_sizes": (32, 64)},
            "first epochs, of which there are 1. Received: .32, 64.",
        ),
    ],
)
def test_what_a_recipe_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        get_recipe("vgg16", **change)


def test_settings_are_read_by_the_type_of_their_field():
    typed = [
        "learning_rate=3e-4", "epochs=7", "steps_per_epoch=none", "optimizer=adamw",
        "metrics=ChannelAccuracy,Psnr", "weights=None", "clipnorm=2", "model=none",
    ]  # fmt: skip
    changes = parse_settings("vgg16", typed)
    assert changes == {
        "learning_rate": 3e-4,
        "epochs": 7,
        "steps_per_epoch": None,
        "optimizer": "adamw",
        "metrics": ("ChannelAccuracy", "Psnr"),
        "weights": None,
        "clipnorm": 2.0,
        "model": "none",
    }
    assert [type(changes[field]) for field in ("epochs", "clipnorm")] == [int, float]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("learning_rate", "Expected field=value, as in learning_rate=3e-4. Received: learning_ra"),
        ("learnin_rate=1", "no field 'learnin_rate'. Did you mean 'learning_rate'"),
        ("epochs=1.5", "`epochs` must be a whole number. Received: 1.5"),
        ("augmentation.blurr=0", "one of the parts: rotation, .*blur.* Received: blurr"),
        ("augmentation=0.5", "`augmentation` is set by its parts.* Received: 0.5"),
        ("augmentation.blur=x", "`augmentation.blur` must be a number. Received: x"),
        ("epochs.x=1", "`epochs` has no parts. Received: epochs.x=1"),
        ("clipnorm=much", "`clipnorm` must be a number or none. Received: much"),
    ],
)
def test_settings_that_say_nothing(setting, message):
    with pytest.raises(ValueError, match=message):
        parse_settings("vgg16", [setting])


def test_parts_of_the_augmentation():
    typed = ["augmentation.blur=0.4", "augmentation.blur_sigma=1,3", "epochs=2"]
    changed = get_recipe("vgg16", **parse_settings("vgg16", typed)).augmentation
    assert (changed.blur, changed.blur_sigma) == (0.4, (1.0, 3.0))
    assert changed.rotation == RECIPES["vgg16"].augmentation.rotation > 0
    assert parse_settings("colorkit_base", typed[:1])["augmentation"].rotation == 0
    assert parse_settings("vgg16", ["augmentation=none"]) == {"augmentation": None}


def test_every_field_can_be_typed():
    """Each recipe's fields, written out, are read back as they were."""
    for recipe in RECIPES.values():
        fields = {
            field: getattr(recipe, field)
            for field in dataclasses.asdict(recipe)
            if field != "augmentation"
        }
        typed = [
            f"{field}={','.join(value) if isinstance(value, tuple) else value}"
            for field, value in fields.items()
        ]
        assert parse_settings(recipe, typed) == fields


@pytest.mark.parametrize("momentum", [0.0, 1.0, -0.1])
def test_a_momentum_that_is_none_is_refused(momentum):
    with pytest.raises(ValueError, match=rf"must lie in \(0, 1\). Received: {momentum}"):
        get_recipe("colorkit_base", ema_momentum=momentum)


@pytest.mark.parametrize(
    "change", [{"encoder_rate": 0.1}, {"encoder_decay": 0.9}, {"encoder_frozen_epochs": 1}]
)
def test_an_encoder_rate_needs_an_encoder(change):
    recipe = get_recipe("zhang", **change)
    received = f"{recipe.encoder_rate}, {recipe.encoder_decay} and {recipe.encoder_frozen_epochs}"
    with pytest.raises(ValueError, match=f"pretrained encoder .* Received: {received}, .*'zhang'"):
        build_optimizer(recipe, 10, build_tiny_model())


def test_the_trapezoidal_rate_rises_stays_and_falls():
    rate = schedule_rate(0.1, "trapezoidal", 1000)
    at = {step: float(rate(step)) for step in (0, 25, 50, 500, 800, 850, 950, 1000)}
    expected = {0: 0, 25: 0.05, 50: 0.1, 500: 0.1, 800: 0.1, 850: 0.05, 1000: 0}
    for step, value in expected.items():
        assert at[step] == pytest.approx(value, abs=1e-7)
    assert at[950] == pytest.approx(0.1 * (1 - 0.75**0.5))
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(rate))
    assert float(again(850)) == at[850]


@pytest.mark.parametrize("first", ["vgg16", "colorkit_hints"])
def test_a_recipe_trains_in_one_way(first):
    with pytest.raises(ValueError, match="one of feature_views, teacher, hint_points.*'teacher'"):
        get_recipe(first, teacher="imagenet")
