"""What the table of models says of them, and the docs'."""

import dataclasses
import re
from pathlib import Path

import keras
import pytest

from colorkit.models import registry
from colorkit.models.contract import model_spec

ROOT = Path(__file__).parents[2]
WHICH_MODEL = (ROOT / "docs" / "which-model.md").read_text(encoding="utf-8")
TABLE = WHICH_MODEL.split("## What they are")[1]
# Trainable and frozen parameters.
PARAMETERS = {
    "encoder_decoder": (25_917_699, 12_864),
    "vgg16": (1_572_114, 14_714_688),
    "inception_v3": (6_541_202, 23_851_784),
    "efficientnet_b0": (6_541_202, 5_330_571),
    "zhang": (32_230_393, 4_992),
    "iizuka": (42_182_818, 12_992),
    "colorkit_hints": (3_130_556, 7_984_681),
    "larsson": (147_041_024, 24_832),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(registry.MODELS))
def test_an_entry_says_what_its_builder_builds(name, monkeypatch):
    entry = registry.MODELS[name]
    assert entry.name == name
    zeros = lambda self, shape, dtype=None: keras.ops.zeros(shape, dtype)  # noqa: E731
    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", zeros)
    model = entry.builder(weights=None)
    spec = model_spec(model)
    assert spec.size_multiple == entry.size_multiple
    assert entry.output.startswith({"ab": "ab / 128", "rgb": "RGB"}[spec.output])
    assert entry.any_size == (spec.image_size is None)
    size = "of any size" if spec.image_size is None else "{} x {}".format(*spec.image_size)
    assert entry.input == f"L {size} in [0, 100]" + ", hints" * spec.takes_hints

    # The description builds it once more: here it is given the one there is.
    asked = []
    built = dataclasses.replace(entry, builder=lambda **how: asked.append(how) or model)
    monkeypatch.setattr(registry, "MODELS", {**registry.MODELS, name: built})
    description = registry.describe(name)
    assert asked == [{"weights": None}] and description.name == name
    found = description.trainable_parameters, description.frozen_parameters
    assert found == PARAMETERS.get(name, found)
    check_docs(description)
    parameters = sum(found) / 1e6
    assert re.search(rf"^\| \[?`{name}`.*? \| {parameters:.1f} M \|", WHICH_MODEL, re.MULTILINE)


def check_docs(description):
    """Checks the row of the table of models."""
    cells = re.search(rf"^\| `{description.name}` \|(.*)\|$", TABLE, re.MULTILINE)[1].split("|")
    size, parameters, trained = (cell.strip() for cell in cells[1:])
    assert size in description.input
    assert parameters == f"{description.trainable_parameters + description.frozen_parameters:,}"
    assert trained == f"{description.trainable_parameters:,}"


def test_an_unknown_model_is_an_error():
    with pytest.raises(ValueError, match="'vgg16'.*Received: 'vgg'"):
        registry.describe("vgg")


def test_models_are_listed_and_built_by_name():
    trained = registry.list_models(trained=True)
    assert trained == ["colorkit_base", "colorkit_hints"]
    assert registry.list_models() == list(registry.MODELS)
    assert set(registry.list_models(trained=False)) == set(registry.MODELS) - set(trained)
    model = registry.build_model("encoder_decoder", image_size=16)
    assert (model.name, model.output_shape) == ("encoder_decoder", (None, 16, 16, 3))


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"models \['colorkit_base'.*Received: 'vgg'.*'vgg16'\?"):
        registry.build_model("vgg")


@pytest.mark.parametrize("name", list(registry.MODELS))
def test_arguments_of_keras_applications_are_answered_in_words(name):
    with pytest.raises(TypeError, match=r"`image_size` is.*Received: input_shape=\(224, 224, 1\)"):
        registry.build_model(name, input_shape=(224, 224, 1))


def test_what_is_said_of_a_model_holds_with_any_weights():
    """It goes into the card of a model that somebody has trained, too."""
    assert not any("trained" in entry.description for entry in registry.MODELS.values())
