"""Models taken apart, with a tiny frozen backbone beside the real ones."""

import keras
import numpy as np
import pytest

from colorkit.backend.precision import use_precision
from colorkit.models import build_colorkit_base_model, build_vgg_model
from colorkit.models.backbone_split import describe_backbone, split_backbone
from colorkit.models.fusion import build_efficientnet_model
from colorkit.models.layers.common import FrozenModel


def tiny_backbone(scale=2.55, side=8, weight=0.5):
    lightness = keras.Input((16, 16, 1))
    model = keras.Sequential([keras.Input((side, side, 1)), keras.layers.Conv2D(4, 3)], name="tiny")
    x = keras.layers.Resizing(side, side)(keras.layers.Rescaling(scale)(lightness))
    backbone = FrozenModel(lightness, model(x))
    backbone.set_weights([np.full(w.shape, weight, "float32") for w in backbone.get_weights()])
    return backbone


@pytest.fixture(scope="module")
def vgg():
    return build_vgg_model(image_size=32, weights=None)


def test_vgg_splits_into_encoder_and_decoder(vgg):
    split = split_backbone(vgg)
    assert split.backbone is vgg.get_layer("encoder")
    assert split.trained_part is vgg.get_layer("decoder")
    assert not split.takes_lightness


@pytest.mark.slow
def test_a_fusion_network_splits_into_embedder_and_the_rest():
    model = build_efficientnet_model(image_size=32, weights=None)
    split = split_backbone(model)
    assert split.backbone is model.get_layer("embedder")
    assert split.trained_part is model.get_layer("fusion_network")
    assert split.takes_lightness


def test_the_parts_joined_are_the_model(vgg):
    split = split_backbone(vgg)
    lightness = np.random.default_rng(0).uniform(0, 100, (2, 32, 32, 1)).astype("float32")
    joined = split.trained_part(split.backbone(lightness))
    np.testing.assert_allclose(joined, vgg(lightness), atol=1e-6)


def test_a_model_without_backbone_does_not_split():
    assert split_backbone(build_colorkit_base_model(image_size=32)) is None


def test_a_backbone_is_described_alike_however_often_it_is_built():
    first = describe_backbone(tiny_backbone())
    assert describe_backbone(tiny_backbone()) == first


@pytest.mark.slow
def test_a_loaded_model_is_described_as_the_saved_one(vgg, tmp_path):
    vgg.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    backbones = [split_backbone(model).backbone for model in (vgg, loaded)]
    assert describe_backbone(backbones[0]) == describe_backbone(backbones[1])
    assert describe_backbone(backbones[0])["backbone"] == "vgg16"


@pytest.mark.parametrize(
    "change, field",
    [
        ({"weight": np.nextafter(np.float32(0.5), 1)}, "weights_sha256"),
        ({"scale": 1.0}, "layers_sha256"),
        ({"side": 9}, "layers_sha256"),
    ],
)
def test_another_weight_or_preprocessing_is_described_otherwise(change, field):
    plain, changed = describe_backbone(tiny_backbone()), describe_backbone(tiny_backbone(**change))
    assert [key for key in plain if plain[key] != changed[key]] == [field]


def test_another_precision_is_described_otherwise():
    plain = describe_backbone(tiny_backbone())
    with use_precision("mixed_bfloat16"):
        changed = describe_backbone(tiny_backbone())
    assert [key for key in plain if plain[key] != changed[key]] == ["layers_sha256"]
