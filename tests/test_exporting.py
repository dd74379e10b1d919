"""Exports, each run by its own runtime: ONNX Runtime, LiteRT, TensorFlow and Keras."""

import inspect
import json
import re
import shlex
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.data
from hypothesis import example, given, settings
from hypothesis import strategies as st

import colorkit
from colorkit import cli, exporting
from colorkit.architectures.annealed_mean import STYLES, AnnealedMean
from colorkit.architectures.layers import BilinearUpSampling2D, ScaleLightness
from colorkit.colorizing import Colorizer
from colorkit.commands import export as export_command
from colorkit.exporting import SUFFIXES, export_model
from colorkit.exports import comparing, graph, small_weights
from colorkit.networks.chroma_network import ChromaNetwork
from colorkit.networks.runtimes import RUNTIMES

LEVEL = 1 / 255
PICTURE_FORMATS = ("saved_model", "onnx", "litert")


def small_network(image_size=(None, None), output="ab", seed=1):
    """A network of strong, random colours that ends by doubling them, for multiples of 32."""
    keras.utils.set_random_seed(seed)
    lightness = keras.Input((*image_size, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Conv2D(32, 3, 2, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    if output == "rgb":
        x = keras.layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x)
        x = keras.layers.UpSampling2D(2)(x)
    else:
        x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
        x = BilinearUpSampling2D()(x)
    return keras.Model(lightness, x, name="small")


def classifying_network():
    """A network of strong, random colours that classifies the 313 bins."""
    keras.utils.set_random_seed(2)
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Conv2D(16, 3, 2, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(313, 3, padding="same", kernel_initializer="he_normal")(x)
    x = AnnealedMean(temperature=1.0, rebalancing=0.5)(x)
    return keras.Model(lightness, BilinearUpSampling2D()(x), name="classifying")


@pytest.fixture(scope="module")
def model():
    return small_network()


@pytest.fixture(scope="module")
def keras_colorizer(model):
    return Colorizer(model, precision="float32")


def export_path(folder, file_format):
    return folder / f"small{SUFFIXES.get(file_format, '')}"


def load(export, file_format):
    return exporting.FORMATS[file_format].load(export.path)


@pytest.fixture(scope="module")
def pictures(model, tmp_path_factory):
    """Functions from pictures to coloured ones, one a format."""
    folder = tmp_path_factory.mktemp("pictures")
    runs = {}
    for file_format in PICTURE_FORMATS:
        export = export_model(model, export_path(folder, file_format), file_format, "picture")
        assert export.max_difference <= LEVEL
        run, _ = load(export, file_format)
        runs[file_format] = lambda batch, run=run: run(batch)["colored"]
    return runs


@pytest.mark.parametrize("file_format", exporting.FORMATS)
def test_the_network_answers_as_in_keras_at_any_size(model, tmp_path, file_format):
    export = export_model(model, export_path(tmp_path, file_format), file_format)
    assert 0 <= export.max_difference < 1e-4
    run, _ = load(export, file_format)
    random = np.random.default_rng(0)
    for shape in ((1, 64, 96, 1), (3, 32, 32, 1), (1, 128, 64, 1)):
        lightness = random.uniform(0, 100, shape).astype("float32")
        expected = np.asarray(model(lightness))
        assert np.abs(expected).max() > 0.2, "colours must be strong for this to tell"
        np.testing.assert_allclose(run(lightness)["ab"], expected, atol=1e-4)


@pytest.mark.parametrize("file_format", ["onnx", "litert"])
def test_one_export_holds_both_styles(file_format, tmp_path):
    model = classifying_network()
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


def test_a_picture_is_exported_in_the_style_asked(tmp_path):
    model = classifying_network()
    photo = skimage.data.coffee()
    export = export_model(model, tmp_path / "vivid", "saved_model", "picture", style="vivid")
    run, _ = load(export, "saved_model")
    expected, own = (
        Colorizer(model, style=style, precision="float32").colorize(photo).astype(int)
        for style in ("vivid", None)
    )
    assert np.abs(run(photo[None])["colored"][0] - expected).max() <= 1
    assert np.abs(own - expected).mean() > 1


@pytest.mark.parametrize("file_format", PICTURE_FORMATS)
@settings(deadline=None, max_examples=8)
@given(height=st.integers(1, 400), width=st.integers(1, 400), channels=st.sampled_from((1, 3)))
@example(height=1, width=1, channels=3)
@example(height=2, width=300, channels=1)
@example(height=901, width=30, channels=3)
@example(height=193, width=257, channels=3)
def test_pictures_of_any_size_are_coloured_as_by_colorizer(
    keras_colorizer, pictures, file_format, height, width, channels
):
    coffee = skimage.data.coffee()
    rows = np.arange(height) * 7 % 400 if height > 400 else slice(0, height)
    photo = coffee[rows][:, :width][..., :channels]
    colored = pictures[file_format](photo[None])
    assert colored.dtype == np.uint8 and colored.shape == (1, height, width, 3)
    difference = colored[0].astype(int) - keras_colorizer.colorize(photo)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("file_format", PICTURE_FORMATS)
def test_a_batch_is_coloured_as_one_by_one(pictures, file_format):
    photos = np.stack([skimage.data.coffee()[:200, :300], skimage.data.astronaut()[:200, :300]])
    together = pictures[file_format](photos)
    for photo, colored in zip(photos, together, strict=True):
        alone = pictures[file_format](photo[None])[0]
        assert np.abs(colored.astype(int) - alone).max() <= 1
        assert colored.std(axis=-1).mean() > 5, "colours must be strong for this to tell"


def test_pictures_by_a_network_of_one_size_and_of_rgb(tmp_path):
    fixed = small_network((64, 96), output="rgb")
    export = export_model(fixed, tmp_path / "fixed", "saved_model", "picture")
    assert export.max_difference <= LEVEL
    assert export.metadata["image_size"] == [64, 96]


def test_a_keras_file_of_a_network_of_rgb(tmp_path):
    fixed = small_network((64, 96), output="rgb")
    assert export_model(fixed, tmp_path / "small.keras", "keras").max_difference < 1e-5


@pytest.mark.parametrize("file_format", ["onnx", "litert"])
def test_ab_of_a_network_of_one_size_and_of_rgb(tmp_path, file_format):
    fixed = small_network((64, 96), output="rgb")
    path = export_path(tmp_path, file_format)
    assert export_model(fixed, path, file_format).max_difference < 1e-4
    photo = skimage.data.rocket()
    expected = Colorizer(fixed, precision="float32").colorize(photo).astype(int)
    assert np.abs(Colorizer(path).colorize(photo) - expected).max() <= 1


@pytest.mark.parametrize(
    ("file_format", "dtype"),
    [(name, "float16") for name in exporting.FORMATS]
    + [(name, "int8") for name in PICTURE_FORMATS],
)
def test_small_weights_make_small_files(tmp_path, file_format, dtype):
    wide = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            ScaleLightness(1 / 50, 32),
            keras.layers.Conv2D(256, 16, 16, activation="relu"),
            keras.layers.Conv2D(256, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(2, 1, activation="tanh"),
            *(BilinearUpSampling2D() for _ in range(4)),
        ]
    )
    whole = export_model(wide, export_path(tmp_path / "float32", file_format), file_format)
    small = export_model(wide, export_path(tmp_path / dtype, file_format), file_format, dtype=dtype)
    expected = {"float16": 0.5, "int8": 0.25}[dtype]
    assert expected <= small.megabytes / whole.megabytes < expected + 0.1
    assert 0 < small.max_difference < {"float16": 0.005, "int8": 0.05}[dtype]
    assert small.metadata["weights"] == dtype


def test_the_default_network_keeps_its_colours(tmp_path):
    export = export_model("default", tmp_path / "base.onnx", "onnx", dtype="float16")
    assert export.max_difference < 1e-4, "its weights are float16 numbers already"
    assert export.megabytes < 32
    assert export.metadata["licence"] == "Apache-2.0"
    photo = skimage.data.astronaut()
    expected = Colorizer(precision="float32").colorize(photo).astype(int)
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


def test_int8_keeps_each_channel_to_half_a_step():
    weight = np.random.default_rng(0).normal(size=(3, 3, 16, 8)).astype("float32")
    weight[..., 3] *= 100.0
    weight[..., 5] = 0.0
    values, scale = small_weights.quantize(weight)
    assert values.dtype == np.int8 and values.min() >= -127 and scale.shape == (1, 1, 1, 8)
    error = np.abs(values * scale - weight).max(axis=(0, 1, 2))
    assert (error <= scale.ravel() / 2 * 1.001).all()
    assert error[5] == 0


@pytest.mark.parametrize("file_format", exporting.FORMATS)
def test_an_export_says_what_it_is(model, tmp_path, file_format):
    path = export_path(tmp_path, file_format)
    export = export_model(model, path, file_format, licence="CC-BY-4.0")
    _, metadata = load(export, file_format)
    assert metadata == export.metadata
    assert metadata["name"] == "small"
    assert metadata["colorkit"] == colorkit.__version__
    assert metadata["licence"] == "CC-BY-4.0"
    assert metadata["size_multiple"] == 32 and metadata["image_size"] is None
    assert "multiples of 32" in metadata["preprocessing"]
    assert "[0, 100]" in metadata["input"]


def test_metadata_is_found_where_each_format_has_its_place(model, tmp_path):
    import onnx

    for name in exporting.FORMATS:
        export_model(model, export_path(tmp_path, name), name)
    properties = onnx.load(tmp_path / "small.onnx").metadata_props
    found = [json.loads(each.value) for each in properties if each.key == "colorkit.json"]
    for name in ("small.tflite", "small.keras"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            found.append(json.loads(archive.read("colorkit.json")))
    extra = tmp_path / "small" / "1" / "assets.extra" / "colorkit.json"
    found.append(json.loads(extra.read_text()))
    assert len(found) == 4 and all(each == found[0] for each in found)


def test_saved_models_are_versions_as_tensorflow_serving_counts_them(model, tmp_path):
    import tensorflow as tf

    (tmp_path / "served" / "9").mkdir(parents=True)
    (tmp_path / "served" / "notes").mkdir()
    export = export_model(model, tmp_path / "served", "saved_model")
    assert export.path == tmp_path / "served" / "10"
    serve = tf.saved_model.load(str(export.path)).signatures["serving_default"]
    (spec,) = serve.structured_input_signature[1].values()
    assert spec.name == "lightness" and spec.shape.as_list() == [None, None, None, 1]
    assert set(serve.structured_outputs) == {"ab", "ab_coarse"}


@pytest.mark.parametrize("file_format", exporting.FORMATS)
def test_an_export_that_differs_is_not_kept(model, tmp_path, monkeypatch, file_format):
    path = export_path(tmp_path / "new", file_format)
    for wrong in (0.01, float("nan")):
        monkeypatch.setattr(exporting, "largest_difference", lambda *_, wrong=wrong: wrong)
        with pytest.raises(ValueError, match="differs from Keras.*It was not kept"):
            export_model(model, path, file_format)
        assert not [each for each in (tmp_path / "new").rglob("*") if each != path]


def test_the_comparison_sees_a_difference(model, keras_colorizer):
    own = graph.build_graph(model, "ab", "float32", 192, None)

    def wrong(batch):
        ab = np.array(own.function(batch)["ab"])
        ab[0, -1, -1, 1] += 0.25
        return {"ab": ab}

    assert comparing.largest_difference(wrong, own, 192) == pytest.approx(0.25, abs=0.01)
    whole = graph.build_graph(model, "picture", "float32", 192, None)
    gray = lambda batch: {"colored": np.repeat(batch[..., :1], 3, axis=-1)}  # noqa: E731
    assert comparing.largest_difference(gray, whole, 192) > 0.1


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
            r"holds a network.*Received: signature='picture'",
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


def test_the_command_offers_what_the_function_takes():
    assert tuple(exporting.FORMATS) == export_command.FORMAT_NAMES
    assert export_command.SIGNATURE_NAMES == graph.SIGNATURES
    assert export_command.DTYPE_NAMES == small_weights.DTYPES
    taken = set(inspect.signature(export_model).parameters)
    assert {"signature", "dtype", "size", "licence"} <= taken
    assert set(SUFFIXES) == set(RUNTIMES)


def test_the_command_prints_the_difference(model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model.save("small.keras")
    words = ["export", "small.keras", "--format", "onnx", "-o", "out/small.onnx"]
    assert cli.main(words) == 0
    printed = capsys.readouterr().out
    assert "out/small.onnx: 0.1 MB" in printed
    assert "largest difference from Keras on photographs: 0.00000" in printed
    assert "size_multiple: 32" in printed
    assert cli.main([*words[:-1], "small.tflite"]) == 2
    assert "must end in .onnx" in capsys.readouterr().err


def test_coarse_colour_is_what_keras_hands_to_the_enlargement(model, tmp_path):
    export = export_model(model, tmp_path / "small.onnx", "onnx")
    run, _ = load(export, "onnx")
    lightness = np.random.default_rng(0).uniform(0, 100, (1, 64, 64, 1)).astype("float32")
    expected = ChromaNetwork(model, "float32").predict(lightness[..., 0])
    np.testing.assert_allclose(run(lightness)["ab_coarse"] * 128, expected, atol=1e-2)


def test_the_commands_of_the_page_can_be_given():
    page = (Path(__file__).parents[1] / "docs" / "export.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("colorkit")]
    assert len(lines) == 5
    for line in lines:
        cli.build_parser().parse_args(shlex.split(line)[1:])
