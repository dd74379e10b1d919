"""Exports answer as the model does in Keras, each run by its own runtime."""

import keras
import numpy as np
import onnx
import pytest
import skimage.data
import small_models
from exported_models import classifying_model, export_path, hinted_model, load, small_model

from colorkit.export import exporter, graph, verify
from colorkit.export.exporter import export_model
from colorkit.inference.colorizer import Colorizer
from colorkit.inference.keras_runtime import KerasRuntime
from colorkit.models.colorkit_hints import build_colorkit_hints_model
from colorkit.models.layers.annealed_mean import STYLES
from colorkit.models.layers.common import ScaleLightness

pytestmark = pytest.mark.usefixtures("two_verified_photos")


@pytest.fixture(scope="module")
def model():
    return small_model()


@pytest.fixture(scope="module")
def keras_colorizer(model):
    return Colorizer(model, precision="float32")


@pytest.mark.slow
@pytest.mark.parametrize("file_format", exporter.FORMATS)
def test_the_model_answers_as_in_keras_at_any_size(model, tmp_path, file_format):
    export = export_model(model, export_path(tmp_path, file_format), file_format)
    assert 0 <= export.max_difference < 1e-4
    run, _ = load(export, file_format)
    random = np.random.default_rng(0)
    for shape in ((1, 64, 96, 1), (3, 32, 32, 1), (1, 128, 64, 1)):
        lightness = random.uniform(0, 100, shape).astype("float32")
        expected = np.asarray(model(lightness))
        assert np.abs(expected).max() > 0.2, "colours must be strong for this to tell"
        np.testing.assert_allclose(run(lightness)["ab"], expected, atol=1e-4)


def test_coarse_colour_is_what_keras_hands_to_the_enlargement(model, tmp_path):
    export = export_model(model, tmp_path / "small.onnx", "onnx")
    run, _ = load(export, "onnx")
    lightness = np.random.default_rng(0).uniform(0, 100, (1, 64, 64, 1)).astype("float32")
    expected = KerasRuntime(model, "float32").predict(lightness[..., 0])
    np.testing.assert_allclose(run(lightness)["ab_coarse"] * 128, expected, atol=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["onnx", "litert"])
def test_one_export_holds_both_styles(file_format, tmp_path):
    model = classifying_model()
    path = export_path(tmp_path, file_format)
    assert export_model(model, path, file_format).metadata["styles"] == [*STYLES]
    photo = skimage.data.coffee()
    pictures = {}
    for style in (None, *STYLES):
        exported = Colorizer(path, style=style)
        original = Colorizer(model, style=style, precision="float32")
        assert exported.styles == original.styles == tuple(STYLES)
        pictures[style] = exported.colorize(photo).astype(int)
        expected = original.colorize(photo)
        assert np.abs(pictures[style] - expected).max() <= 1
    assert np.abs(pictures["vivid"] - pictures["faithful"]).mean() > 3
    with pytest.raises(
        ValueError, match="one of .* faithful, balanced, vivid. Received: style='x'"
    ):
        Colorizer(path, style="x")


@pytest.mark.parametrize(
    "build",
    [hinted_model, pytest.param(build_colorkit_hints_model, marks=pytest.mark.slow)],
)
def test_a_model_that_takes_hints_takes_them_in_onnx(build, tmp_path, monkeypatch):
    """The companion of the default model is of few channels here."""
    small_models.shrink_shipped_models(monkeypatch)
    model, path = build(), tmp_path / "hinted.onnx"
    assert 0 <= export_model(model, path, "onnx").max_difference < 1e-4
    photo = skimage.data.coffee()
    exported, in_keras = Colorizer(path), Colorizer(model, precision="float32")
    assert exported.takes_hints
    pictures = []
    for hints in (None, [(200, 100, "#c02020"), (20, 30, "#2040b0", 0.5)]):
        pictures.append(exported.colorize(photo, hints).astype(int))
        assert np.abs(pictures[-1] - in_keras.colorize(photo, hints)).max() <= 2
    assert np.abs(pictures[1] - pictures[0]).max() > 20
    for file_format, options in (("litert", {}), ("onnx", {"signature": "network"})):
        with pytest.raises(ValueError, match="Models that take hints are exported with"):
            export_model(model, export_path(tmp_path, file_format), file_format, **options)


def test_softmax_runs_along_the_last_axis_in_onnx(tmp_path):
    export_model(classifying_model(), tmp_path / "model.onnx", "onnx")
    nodes = onnx.load(tmp_path / "model.onnx").graph.node
    decoders = [node for node in nodes if node.op_type == "Softmax"]
    axes = {onnx.helper.get_node_attr_value(node, "axis") for node in decoders}
    assert len(decoders) > len(STYLES) and axes == {3}


def test_a_keras_file_of_a_model_of_rgb(tmp_path):
    fixed = small_model((64, 96), output="rgb")
    assert export_model(fixed, tmp_path / "small.keras", "keras").max_difference < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["onnx", "litert"])
def test_ab_of_a_model_of_one_size_and_of_rgb(tmp_path, file_format):
    fixed = small_model((64, 96), output="rgb")
    path = export_path(tmp_path, file_format)
    assert export_model(fixed, path, file_format).max_difference < 1e-4
    photo = skimage.data.rocket()
    expected = Colorizer(fixed, precision="float32").colorize(photo).astype(int)
    assert np.abs(Colorizer(path).colorize(photo) - expected).max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["saved_model", "onnx", "litert"])
def test_a_model_of_rgb_answers_in_rgb(tmp_path, file_format):
    """As the report's model 1, of which its section 4.1.3 offers "the ONNX model"."""
    model = small_model((32, 32), output="rgb")
    path = export_path(tmp_path, file_format)
    export = export_model(model, path, file_format, signature="network")
    assert export.max_difference < 1e-4
    assert export.metadata["output"] == "rgb: float32 (B, H, W, 3), sRGB in [0, 1]"
    run, metadata = load(export, file_format)
    assert metadata["signature"] == "network"
    lightness = np.random.default_rng(1).uniform(0, 100, (2, 32, 32, 1)).astype("float32")
    (answer,) = run(lightness).items()
    expected = model.predict(lightness, verbose=0)
    assert answer[0] == "rgb" and np.ptp(expected) > 0.1
    np.testing.assert_allclose(answer[1], expected, atol=1e-4)


def test_a_model_of_ab_answers_as_it_is(model, tmp_path):
    export = export_model(model, tmp_path / "small.onnx", "onnx", signature="network")
    run, _ = load(export, "onnx")
    lightness = np.random.default_rng(0).uniform(0, 100, (1, 32, 64, 1)).astype("float32")
    answers = run(lightness)
    assert list(answers) == ["ab"]
    np.testing.assert_allclose(answers["ab"], np.asarray(model(lightness)), atol=1e-4)
    with pytest.raises(ValueError, match="signature 'ab'. Received: signature 'network'"):
        Colorizer(tmp_path / "small.onnx")


@pytest.mark.slow
def test_the_default_model_keeps_its_colours(shipped_in_float32, tmp_path):
    export = export_model("colorkit_base", tmp_path / "base.onnx", "onnx", dtype="float16")
    assert export.max_difference < 1e-4, "its weights are float16 numbers already"
    assert export.megabytes < 32
    assert export.metadata["licence"] == "Apache-2.0"
    photo = skimage.data.astronaut()
    expected = shipped_in_float32.colorize(photo).astype(int)
    assert np.abs(Colorizer(export.path).colorize(photo) - expected).max() <= 1


def test_constants_that_layers_hold_are_no_inputs(tmp_path):
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, 32)(lightness)
    x = keras.layers.Normalization(mean=[0.7], variance=[0.3])(x)
    model = keras.Model(lightness, keras.layers.Conv2D(2, 3, padding="same")(x))
    assert export_model(model, tmp_path / "model.onnx", "onnx").max_difference < 1e-4


@pytest.mark.parametrize("image_size", [(64, 96), (None, None)])
def test_litert_takes_nearest_upsampling_before_a_convolution(tmp_path, image_size):
    lightness = keras.Input((*image_size, 1))
    x = ScaleLightness(1 / 50, 32)(lightness)
    coarse = keras.Input((*(side and side // 8 for side in image_size), 8))
    y = keras.layers.Conv2D(8, 3, padding="same")(keras.layers.UpSampling2D((2, 4))(coarse))
    decoder = keras.Model(coarse, keras.layers.UpSampling2D((4, 2))(y))
    x = decoder(keras.layers.Conv2D(8, 8, 8, activation="relu")(x))
    model = keras.Model(lightness, keras.layers.Conv2D(2, 3, padding="same")(x))
    export = export_model(model, tmp_path / "model.tflite", "litert")
    assert export.max_difference < 1e-4
    run, _ = load(export, "litert")
    view = np.random.default_rng(0).uniform(0, 100, (2, 64, 96, 1)).astype("float32")
    expected = np.clip(np.asarray(model(view)), -1, 1)
    np.testing.assert_allclose(run(view)["ab"], expected, atol=1e-4)


@pytest.mark.parametrize("runtime", ["onnx", "litert"])
def test_colorizer_runs_exports_as_keras_does(model, keras_colorizer, tmp_path, runtime):
    model.save(tmp_path / "small.keras")
    path = export_path(tmp_path, runtime)
    export_model(model, path, runtime)
    photos = [skimage.data.camera(), skimage.data.coffee(), skimage.data.coffee()[:50, :310]]
    for colorizer in (Colorizer(path), Colorizer(tmp_path / "small.keras", runtime=runtime)):
        assert colorizer.model is None
        both = zip(
            colorizer.colorize_batch(photos), keras_colorizer.colorize_batch(photos), strict=True
        )
        for exported, expected in both:
            assert np.abs(exported.astype(int) - expected).max() <= 1


def test_the_comparison_sees_a_difference(model):
    own = graph.build_graph(model, "ab", "float32", 192, None)

    def wrong(batch):
        ab = np.array(own.function(batch)["ab"])
        ab[0, -1, -1, 1] += 0.25
        return {"ab": ab}

    assert verify.largest_difference(wrong, own, 192) == pytest.approx(0.25, abs=0.01)
    whole = graph.build_graph(model, "picture", "float32", 192, None)
    gray = lambda batch: {"colored": np.repeat(batch[..., :1], 3, axis=-1)}  # noqa: E731
    assert verify.largest_difference(gray, whole, 192) > 0.1
    answer = graph.build_graph(model, "network", "float32", 192, None)
    assert verify.largest_difference(wrong, answer, 192) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("broken", ["ab", "ab_coarse"])
def test_the_comparison_sees_nan_in_any_output(model, broken):
    own = graph.build_graph(model, "ab", "float32", 192, None)

    def wrong(batch):
        answer = {name: np.array(ab) for name, ab in own.function(batch).items()}
        answer[broken][0, 0, 0, 0] = np.nan
        return answer

    assert np.isnan(verify.largest_difference(wrong, own, 192))


@pytest.mark.slow
@pytest.mark.parametrize("file_format", exporter.FORMATS)
def test_an_export_that_differs_is_not_kept(model, tmp_path, monkeypatch, file_format):
    """Of smaller weights any difference is taken, but NaN is none."""
    path = export_path(tmp_path / "new", file_format)
    nan = float("nan")
    small = "float16" if file_format == "keras" else "int8"
    for wrong, dtype in ((0.01, "float32"), (nan, "float32"), (nan, "float16"), (nan, small)):
        monkeypatch.setattr(exporter, "largest_difference", lambda *_, wrong=wrong: wrong)
        with pytest.raises(ValueError, match="differs from Keras.*It was not kept"):
            export_model(model, path, file_format, dtype=dtype)
        assert not [each for each in (tmp_path / "new").rglob("*") if each != path]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"file_format": "tf"}, r"`file_format` must be one of .*Received: 'tf'"),
        ({"signature": "rgb"}, r"`signature` must be one of .*Received: 'rgb'"),
        ({"dtype": "int4"}, r"`dtype` must be one of .*Received: 'int4'"),
        ({"path": "model.tflite"}, r"must end in \.onnx\. Received: 'model.tflite'"),
        ({"file_format": "saved_model"}, r"must be a folder.*Received: 'model.onnx'"),
        ({"size": 64}, r"for signature='picture' only. Received: size=64"),
        ({"signature": "picture", "size": 0}, r"positive int.*Received: size=0"),
        (
            {"path": "a.keras", "file_format": "keras", "signature": "picture"},
            r"holds a model.*Received: signature='picture'",
        ),
        (
            {"path": "a.keras", "file_format": "keras", "signature": "network"},
            r"give signature='ab'.*Received: signature='network'",
        ),
        (
            {"path": "a.keras", "file_format": "keras", "dtype": "int8"},
            r"weights of float32 or float16.*Received: .*dtype='int8'",
        ),
        ({"model": "vgg16"}, "no trained weights for 'vgg16'"),
    ],
)
def test_wrong_arguments(model, tmp_path, monkeypatch, change, message):
    monkeypatch.chdir(tmp_path)
    arguments = {"model": model, "path": "model.onnx", "file_format": "onnx", **change}
    with pytest.raises(ValueError, match=message):
        export_model(**arguments)
    assert list(tmp_path.iterdir()) == []


def test_other_backends_are_told_to_use_tensorflow(model, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="KERAS_BACKEND=tensorflow.*Received: backend 'jax'"):
        export_model(model, tmp_path / "a.onnx", "onnx")
