"""The shapes of a model, from its input to its output."""

import keras
import numpy as np
import pytest
from PIL import Image

from colorkit.models.encoder_decoder import build_encoder_decoder_model
from colorkit.models.fusion import build_efficientnet_model
from colorkit.models.vgg16 import build_vgg_model
from colorkit.visualization.model_diagram import draw_model_diagram, list_feature_shapes


def sizes(shapes, part):
    return [(shape.height, shape.channels) for shape in shapes if shape.part == part]


def test_model_1_goes_down_to_1024_channels_and_back():
    shapes = list_feature_shapes(build_encoder_decoder_model(64))
    assert sizes(shapes, "input") == [(64, 1)]
    # The report's model 1; the first is the scaled lightness.
    assert sizes(shapes, "encoder") == [
        *[(64, 1), (64, 64), (32, 64), (32, 128), (16, 128), (16, 256), (16, 512)],
        *[(8, 512), (4, 512), (4, 1024)],
    ]
    assert sizes(shapes, "decoder")[0] == (4, 512) and sizes(shapes, "decoder")[-1] == (64, 3)


@pytest.mark.parametrize(
    ("builder", "part", "box"),
    [
        (build_vgg_model, "encoder", (2, 512)),
        (build_efficientnet_model, "embedder", (None, 1000)),
    ],
)
def test_a_frozen_backbone_is_one_box(builder, part, box):
    shapes = list_feature_shapes(builder(64, weights=None))
    assert sizes([shape for shape in shapes if shape.is_frozen], part) == [box]
    assert shapes[-1].height == 64 and shapes[-1].channels == 2


def test_every_part_has_a_colour_and_every_box_its_numbers(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    drawn = []
    monkeypatch.setattr(
        Figure,
        "savefig",
        lambda self, path, **_: (
            drawn.append(self) or Image.fromarray(np.zeros((9, 9), "uint8")).save(path)
        ),
    )
    model = build_vgg_model(64, weights=None)
    draw_model_diagram(model, tmp_path / "vgg.png")
    (axes,) = drawn[0].axes
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["input", "encoder (frozen)", "decoder"]
    texts = [text.get_text() for text in axes.texts]
    for shape in list_feature_shapes(model):
        assert str(shape.channels) in texts and f"{shape.height} x {shape.width}" in texts
    colors = {patch.get_facecolor()[:3] for patch in axes.patches}
    assert len(colors) == 3
    assert len(axes.patches) == 3 * len(list_feature_shapes(model))


def test_it_is_drawn_without_a_display(tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    draw_model_diagram(build_vgg_model(64, weights=None), tmp_path / "new" / "vgg.png")
    picture = np.asarray(Image.open(tmp_path / "new" / "vgg.png").convert("L"))
    assert picture.shape[1] > 500 and (picture < 128).mean() > 0.01


def test_models_of_any_size_are_refused():
    inputs = keras.Input((None, None, 1))
    model = keras.Model(inputs, keras.layers.Conv2D(3, 3)(inputs), name="any")
    with pytest.raises(ValueError, match="build it with an `image_size`. Received: 'any'"):
        list_feature_shapes(model)
