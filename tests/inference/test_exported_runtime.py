"""Exports in use: found by name, run without Keras, and refused where they are something else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.data
from exported_models import small_model

import colorkit
from colorkit.choices import RUNTIMES
from colorkit.cli.main import build_parser
from colorkit.export.exporter import export_model
from colorkit.inference import exported_runtime, runtimes
from colorkit.inference.colorizer import Colorizer
from colorkit.inference.exported_runtime import ExportedRuntime
from colorkit.models.layers.common import ScaleLightness

WITHOUT_KERAS = """
import sys

FORBIDDEN = {"tensorflow", "keras", "jax", "torch", "tf2onnx", "onnx", "h5py", "skimage"}

class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in FORBIDDEN:
            raise ImportError(f"{name} is forbidden")

sys.meta_path.insert(0, Forbid())
import numpy as np
from colorkit import Colorizer
from colorkit.cli.main import main

path, photo, result = sys.argv[1:4]
np.save(result, Colorizer(path, size=64).colorize(np.load(photo)))
code = main(["colorize", *sys.argv[4:]])
assert not FORBIDDEN & {name.split(".")[0] for name in sys.modules}
sys.exit(code)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, two_verified_photos):
    """A model as model.keras, model.onnx and model.tflite."""
    folder = tmp_path_factory.mktemp("exported")
    model = small_model()
    model.save(folder / "model.keras")
    export_model(model, folder / "model.onnx", "onnx")
    export_model(model, folder / "model.tflite", "litert")
    return folder


@pytest.mark.parametrize(("runtime", "suffix"), [("onnx", ".onnx"), ("litert", ".tflite")])
def test_pictures_are_coloured_where_there_is_no_keras(folder, tmp_path, runtime, suffix):
    photo = skimage.data.coffee()
    np.save(tmp_path / "photo.npy", photo)
    colorkit.write_photo(tmp_path / "old.png", colorkit.Photo(photo))
    result, new = tmp_path / "result.npy", tmp_path / "new.png"
    words = [tmp_path / "old.png", "-o", new, "--size", "64", "--runtime", runtime]
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS, folder / f"model{suffix}", tmp_path / "photo.npy"]
        + [result, *words, "--model", folder / "model.keras"],
        env={"PYTHONPATH": str(Path(colorkit.__file__).parents[1]), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    expected = Colorizer(folder / "model.keras", size=64, precision="float32").colorize(photo)
    assert expected.std(axis=-1).mean() > 5, "colours must be strong for this to tell"
    for colored in (np.load(result), colorkit.read_photo(new).pixels):
        assert np.abs(colored.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_each_runtime_finds_its_file(folder, runtime):
    suffix = runtimes.SUFFIX_OF_RUNTIME[runtime]
    own = folder / f"model{suffix}"
    assert runtimes.choose_runtime(own) == (runtime, own)
    assert runtimes.choose_runtime(str(folder / "model.keras"), runtime)[0] == runtime
    assert Path(runtimes.choose_runtime(folder / "model.keras", runtime)[1]) == own


def test_the_default_model_is_run_by_keras_where_it_is_installed(monkeypatch):
    assert runtimes.choose_runtime("colorkit_base") == ("keras", "colorkit_base")
    monkeypatch.setattr(runtimes.importlib.util, "find_spec", lambda name: None)
    runtime, path = runtimes.choose_runtime("colorkit_base")
    assert (runtime, path.name) == ("onnx", "colorkit_base.onnx")
    assert runtimes.choose_runtime("colorkit_hints")[1].name == "colorkit_hints.onnx"


@pytest.mark.parametrize(
    ("installed", "variable", "settings", "expected"),
    [
        ({"keras", "tensorflow"}, None, None, "keras"),
        ({"keras", "torch"}, None, None, "onnx"),  # Keras wants TensorFlow unless told
        ({"keras", "torch"}, None, '{"backend": "torch"}', "keras"),
        ({"keras", "tensorflow"}, None, '{"backend": "jax"}', "onnx"),
        ({"keras", "tensorflow"}, "tensorflow", '{"backend": "jax"}', "keras"),
        ({"keras", "tensorflow"}, None, '{"floatx": "float32"}', "keras"),
        ({"keras", "tensorflow"}, None, "no JSON", "keras"),
        ({"keras", "tensorflow"}, "jax", None, "onnx"),
        ({"tensorflow"}, "tensorflow", None, "onnx"),
    ],
)
def test_the_default_runtime_needs_the_backend_that_keras_takes(
    monkeypatch, tmp_path, installed, variable, settings, expected
):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    if variable:
        monkeypatch.setenv("KERAS_BACKEND", variable)
    if settings:
        (tmp_path / "keras.json").write_text(settings)
    monkeypatch.setattr(
        runtimes.importlib.util, "find_spec", lambda name: name if name in installed else None
    )
    assert runtimes.choose_runtime("colorkit_base")[0] == expected


def test_a_lack_of_keras_names_the_runtime_that_needs_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs Keras and its backend.*--runtime onnx"):
        runtimes.open_runtime("colorkit_base", runtime="keras")


def test_an_export_that_is_not_there_is_told_with_its_command(tmp_path, monkeypatch):
    monkeypatch.setattr(runtimes, "shipped_file", lambda suffix, _: tmp_path / f"base{suffix}")
    with pytest.raises(ValueError) as caught:
        runtimes.choose_runtime("colorkit_base", "onnx")
    command = str(caught.value).split("`")[1]
    assert command == f"colorkit export colorkit_base --format onnx -o {tmp_path / 'base.onnx'}"
    build_parser().parse_args(command.split()[1:])
    (tmp_path / "base.onnx").write_bytes(b"")
    assert runtimes.choose_runtime("colorkit_base", "onnx") == ("onnx", tmp_path / "base.onnx")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "model.onnx", "runtime": "litert"}, ValueError, "is run by runtime='onnx'"),
        ({"model": "model.keras", "runtime": "tf"}, ValueError, "`runtime` must be .*'tf'"),
        ({"model": "other.onnx"}, ValueError, "There is no other.onnx.*export MODEL.keras"),
        ({"model": "model.onnx", "precision": "float32"}, ValueError, "leave `precision` out"),
        ({"model": "broken.onnx"}, ValueError, "broken.onnx: expected an ONNX model"),
        ({"model": "broken.tflite"}, ValueError, "broken.tflite: expected a LiteRT model"),
        ({"model": "foreign.onnx"}, ValueError, "expected a model that colorkit exported"),
        ({"model": 3}, ValueError, "`model` must be 'colorkit_base'.*Received: int"),
    ],
)
def test_wrong_files_and_arguments(folder, tmp_path, monkeypatch, arguments, error, message):
    import onnx

    monkeypatch.chdir(tmp_path)
    for name in ("model.keras", "model.onnx"):
        (tmp_path / name).symlink_to(folder / name)
    for name in ("broken.onnx", "broken.tflite"):
        (tmp_path / name).write_bytes(b"no model")
    foreign = onnx.load(folder / "model.onnx")
    del foreign.metadata_props[:]
    onnx.save(foreign, "foreign.onnx")
    with pytest.raises(error, match=message):
        Colorizer(**arguments)


def test_a_keras_model_is_not_run_by_others():
    with pytest.raises(ValueError, match="run by Keras; `colorkit.export_model`"):
        Colorizer(small_model(), runtime="onnx")


@pytest.mark.parametrize(
    ("hidden", "name", "package"),
    [
        (("onnxruntime",), "model.onnx", "onnxruntime"),
        (("ai_edge_litert.interpreter", "tensorflow.lite"), "model.tflite", "ai-edge-litert"),
    ],
)
def test_a_runtime_that_is_missing_is_named(folder, monkeypatch, hidden, name, package):
    for module in hidden:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=f"pip install {package}"):
        Colorizer(folder / name)


def test_broken_weights_are_told(tmp_path):
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, 32)(lightness)
    model = keras.Model(lightness, keras.layers.Conv2D(2, 1, name="answer")(x), name="broken")
    export_model(model, tmp_path / "model.onnx", "onnx")
    runtime = ExportedRuntime(tmp_path / "model.onnx")
    assert (runtime.name, runtime.stride, runtime.spec.size_multiple) == ("broken", 1, 32)
    with pytest.raises(ValueError, match="'broken' answers with NaN"):
        runtime.predict(np.full((1, 32, 32), np.nan, "float32"))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": ["a"]},
        {"styles": "vivid"},
        {"styles": [7]},
        {"stride": 0},
        {"size_multiple": "32"},
        {"image_size": [64]},
        {"image_size": 64},
    ],
)
def test_damaged_metadata_are_told(tmp_path, monkeypatch, changes):
    whole = {
        "signature": "ab", "name": "a", "styles": [], "stride": 4, "size_multiple": 32,
        "image_size": None,
    }  # fmt: skip

    def opened(metadata):
        monkeypatch.setattr(exported_runtime, "open_onnx", lambda path: (None, metadata))
        return ExportedRuntime(tmp_path / "a.onnx")

    assert opened(whole).spec.size_multiple == 32
    with pytest.raises(ValueError, match="a.onnx: expected metadata with the model's name"):
        opened({**whole, **changes})


@pytest.mark.parametrize("text", ["[1]", "{", "[" * 100_000])
def test_metadata_that_are_no_object_are_told(tmp_path, text):
    with zipfile.ZipFile(tmp_path / "a.tflite", "w") as archive:
        archive.writestr("colorkit.json", text)
    with pytest.raises(ValueError, match="a.tflite: expected a JSON object"):
        exported_runtime.read_zipped_metadata(tmp_path / "a.tflite")


def test_a_model_that_needs_more_memory_than_there_is(folder, monkeypatch):
    import onnxruntime

    def fail(*_, **__):
        raise RuntimeError("Exception during initialization: std::bad_alloc")

    monkeypatch.setattr(onnxruntime, "InferenceSession", fail)
    with pytest.raises(MemoryError, match="model.onnx: its model needs more memory than"):
        ExportedRuntime(folder / "model.onnx")
