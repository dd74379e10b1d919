"""What an augmentation accepts, and that recipes hold it as data."""

import dataclasses
import json

import pytest

from colorkit.data.augmentation.config import (
    REPORT_AUGMENTATION,
    REPORT_CODE_AUGMENTATION,
    Augmentation,
)
from colorkit.training.recipes.recipes import RECIPES, get_recipe


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rotation": 1.5}, r"`rotation` must be a probability in \[0, 1\]. Received: 1.5"),
        ({"cutout": -0.1}, r"`cutout` must be a probability in \[0, 1\]. Received: -0.1"),
        ({"aging": 2}, r"`aging` must be a probability in \[0, 1\]. Received: 2"),
        ({"rotation_degrees": 200}, r"`rotation_degrees` must be in \[0, 180\]. Received: 200"),
        ({"rotation_center": 361}, r"`rotation_center` must be in \[-360, 360\]. Received: 361"),
        ({"blur_sigma": (2, 1)}, r"two numbers above 0, the smaller first. Received: \(2, 1\)"),
        ({"blur_sigma": (0, 1)}, r"two numbers above 0"),
        ({"blur_sigma": (1,)}, r"two numbers above 0"),
        ({"cutout_holes": 0}, r"`cutout_holes` must be at least 1. Received: 0"),
        ({"cutout_size": 0}, r"`cutout_size` must be at least 1. Received: 0"),
    ],
)
def test_values_out_of_range_are_errors(values, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**values)


def test_the_reports_recipes_have_its_five_and_the_default_ages():
    for name in ("encoder_decoder", "vgg16", "inception_v3", "efficientnet_b0"):
        plan = RECIPES[name].augmentation
        assert min(plan.rotation, plan.horizontal_flip, plan.vertical_flip, plan.blur) > 0
        assert plan.cutout > 0 and (plan.cutout_holes, plan.cutout_size) == (6, 40)
        assert plan.aging == 0, "which the report does not name"
    assert RECIPES["colorkit_base"].augmentation == Augmentation(aging=0.25)


def test_the_augmentation_of_the_reports_code():
    """Half of the time each, cutout always; 100 to 300 degrees; radius 5; 6 holes of 40 x 40."""
    plan = REPORT_CODE_AUGMENTATION
    assert {plan.rotation, plan.horizontal_flip, plan.vertical_flip, plan.blur} == {0.5}
    assert (plan.cutout, plan.cutout_holes, plan.cutout_size) == (1.0, 6, 40)
    assert plan.blur_sigma == (5.0, 5.0) and plan.aging == 0
    assert plan.rotation_center - plan.rotation_degrees == 100
    assert plan.rotation_center + plan.rotation_degrees == 300


def test_an_augmentation_survives_json():
    """As in `recipe.json`, by which a run knows its recipe again."""
    stored = json.loads(json.dumps(dataclasses.asdict(RECIPES["vgg16"])))
    assert Augmentation(**stored["augmentation"]) == REPORT_AUGMENTATION
    other = get_recipe("vgg16", augmentation=Augmentation(blur=0.5))
    assert stored != json.loads(json.dumps(dataclasses.asdict(other)))
