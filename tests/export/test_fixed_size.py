"""ONNX of one fixed size, read by OpenCV too."""

import cv2
import keras
import numpy as np
import onnx
import pytest
import skimage.data
from exported_models import classifying_model, small_model

from colorkit.export import exporter
from colorkit.export.exporter import export_model
from colorkit.inference.colorizer import Colorizer
from colorkit.models.layers.common import ScaleLightness

pytestmark = pytest.mark.usefixtures("two_verified_photos")

TOLERANCE = 1 / 255


def answers(path, lightness):
    """What OpenCV answers, opened anew."""
    model = cv2.dnn.readNetFromONNX(str(path))
    model.setInput(lightness)
    return model.forward()


@pytest.fixture
def lightness():
    return np.random.default_rng(0).uniform(0, 100, (1, 64, 96, 1)).astype("float32")


@pytest.mark.parametrize("dtype", [pytest.param("float16", marks=pytest.mark.slow), "float32"])
def test_opencv_answers_as_keras(tmp_path, lightness, dtype):
    model = small_model()
    path = tmp_path / "fixed.onnx"
    export = export_model(model, path, "onnx", dtype=dtype, fixed_size=(64, 96))
    expected = np.asarray(model(lightness))
    assert np.abs(expected).max() > 0.2, "colours must be strong for this to tell"
    np.testing.assert_allclose(answers(path, lightness), expected, atol=TOLERANCE)
    assert 0 <= export.opencv_difference < TOLERANCE
    graph = onnx.load(path).graph
    shapes = [
        (each.name, [side.dim_value for side in each.type.tensor_type.shape.dim])
        for each in (*graph.input, *graph.output)
    ]
    assert shapes == [("lightness", [1, 64, 96, 1]), ("ab", [1, 64, 96, 2])]
    assert export.metadata["input"].startswith("lightness: float32 (1, 64, 96, 1), ")
    assert export.metadata["output"] == "ab: float32 (1, 64, 96, 2), CIE a and b / 128"


@pytest.mark.slow
def test_a_style_and_the_models_own_answer(tmp_path, lightness):
    model = classifying_model()
    plain, vivid = (
        export_model(model, tmp_path / f"{style}.onnx", "onnx", style=style, fixed_size=(64, 96))
        for style in ("faithful", "vivid")
    )
    chroma = [
        np.hypot(*np.moveaxis(answers(each.path, lightness), -1, 0)) for each in (plain, vivid)
    ]
    assert chroma[1].mean() > 1.2 * chroma[0].mean()
    rgb = small_model((64, 96), output="rgb")
    export_model(rgb, tmp_path / "rgb.onnx", "onnx", "network", fixed_size=(64, 96))
    expected = np.asarray(rgb(lightness))
    np.testing.assert_allclose(answers(tmp_path / "rgb.onnx", lightness), expected, atol=TOLERANCE)


def test_colorizer_takes_it(tmp_path):
    """Within what the model's own enlargement, bilinear here, differs from that along edges."""
    model = small_model((64, 96))
    export_model(model, tmp_path / "fixed.onnx", "onnx", fixed_size=(64, 96))
    colorizer = Colorizer(tmp_path / "fixed.onnx")
    photos = [skimage.data.coffee(), skimage.data.astronaut()[:256, :384]]
    expected = Colorizer(model, precision="float32").colorize_batch(photos)
    for found, wanted in zip(colorizer.colorize_batch(photos), expected, strict=True):
        assert np.abs(found.astype(int) - wanted).mean() < 3
        assert wanted.std(axis=-1).mean() > 5, "colours must be strong for this to tell"


def test_what_opencv_does_not_read_is_kept(tmp_path, monkeypatch):
    def refuse(path):
        raise cv2.error("not supported")

    monkeypatch.setattr(cv2.dnn, "readNetFromONNX", refuse)
    path = tmp_path / "fixed.onnx"
    export = export_model(small_model(), path, "onnx", fixed_size=(32, 32))
    assert export.opencv_difference is None and path.exists()


def test_what_opencv_answers_wrongly_is_not_kept(tmp_path, monkeypatch):
    path = tmp_path / "fixed.onnx"
    wrong = {"ab": np.full((1, 64, 64, 2), 0.9, "float32")}
    monkeypatch.setattr(exporter, "open_in_opencv", lambda path: lambda batch: wrong)
    with pytest.raises(ValueError, match="The answer in OpenCV of 'small' differs"):
        export_model(small_model(), path, "onnx", fixed_size=(64, 64))
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fixed_size": (64, 50)}, "must be of multiples of 32 pixels. Received: 50 x 64"),
        ({"fixed_size": (0, 64)}, "must be of multiples of 32 pixels. Received: 64 x 0"),
        ({"fixed_size": (64, 64), "signature": "picture"}, "'ab' or 'network'.*'picture'"),
        ({"fixed_size": (64, 64), "file_format": "keras"}, "is for file_format='onnx'.*'keras'"),
    ],
)
def test_sizes_and_formats_that_do_not_go(tmp_path, arguments, message):
    arguments = {"file_format": "onnx", **arguments}
    path = tmp_path / f"fixed{exporter.SUFFIXES[arguments['file_format']]}"
    with pytest.raises(ValueError, match=message):
        export_model(small_model(), path, **arguments)


def test_a_model_of_one_size_takes_no_other(tmp_path):
    lightness = keras.Input((64, 96, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    model = keras.Model(lightness, keras.layers.Conv2D(2, 1)(x), name="one")
    with pytest.raises(ValueError, match="'one' takes 96 x 64 pixels only.*Received: 64 x 64"):
        export_model(model, tmp_path / "one.onnx", "onnx", fixed_size=(64, 64))
