"""Trained models by paths, folders and addresses on the Hugging Face Hub."""

import sys

import keras
import numpy as np
import pytest
from exported_models import small_model

import colorkit
from colorkit.batch.journal import describe_settings
from colorkit.batch.plan import PlannedPhoto
from colorkit.inference.runtimes import choose_runtime

LIGHTNESS = np.linspace(0, 100, 32 * 64, dtype="float32").reshape(1, 32, 64, 1)


@pytest.fixture(scope="module")
def small():
    return small_model()


@pytest.fixture
def run(small, tmp_path):
    """The folder of a run that has ended."""
    folder = tmp_path / "first"
    folder.mkdir()
    small.save(folder / "model.keras")
    (folder / "best.keras").write_bytes(b"of another epoch")
    return folder


def put_on_hub(hub, name, small, folder):
    keras.saving.save_model(small, folder / "unzipped", zipped=False)
    files = [path for path in (folder / "unzipped").iterdir() if path.is_file()]
    hub.repositories[name] = {path.name: path.read_bytes() for path in files}


def assert_same(model, small):
    np.testing.assert_array_equal(model(LIGHTNESS), small(LIGHTNESS))


def test_a_run_is_given_by_its_folder(run, small):
    assert_same(colorkit.load_model(run), small)
    colorizer = colorkit.Colorizer.from_preset(str(run), saturation=0)
    assert_same(colorizer.model, small)
    gray = np.full((40, 50), 99, "uint8")
    np.testing.assert_array_equal(colorizer.colorize(gray)[..., 0], gray)


def test_a_folder_as_keras_keeps_it_on_the_hub(tmp_path, small):
    keras.saving.save_model(small, tmp_path / "unzipped", zipped=False)
    assert_same(colorkit.load_model(tmp_path / "unzipped"), small)


def test_a_run_that_has_not_ended(run):
    (run / "model.keras").unlink()
    with pytest.raises(ValueError, match="this run has not ended.*best.keras is the model of"):
        colorkit.load_model(run)


def test_the_export_of_a_run_is_in_its_folder(run):
    (run / "model.onnx").touch()
    assert choose_runtime(run, "onnx") == ("onnx", run / "model.onnx")
    assert choose_runtime(run) == ("keras", run)


def test_a_result_is_made_anew_when_the_run_is(run):
    planned = PlannedPhoto(source="a.jpg", output="b.jpg", is_made=False)
    before = describe_settings(planned, run)
    (run / "model.keras").write_bytes(b"trained anew")
    assert describe_settings(planned, run) != before


@pytest.mark.usefixtures("default_model_opened_once")
def test_from_preset_takes_names_and_says_so(small):
    assert colorkit.Colorizer.from_preset("colorkit_base").model.name == "colorkit_base"
    with pytest.raises(ValueError, match="`Colorizer\\(model\\)` takes a keras.Model"):
        colorkit.Colorizer.from_preset(small)
    with pytest.raises(ValueError, match="'hf://owner/name'. Received: 'portraits'"):
        colorkit.Colorizer.from_preset("portraits")


def test_a_model_on_the_hub(hub, small, tmp_path):
    put_on_hub(hub, "ada/portraits", small, tmp_path)
    assert_same(colorkit.load_model("hf://ada/portraits"), small)
    colorizer = colorkit.Colorizer.from_preset("hf://ada/portraits", style=None)
    assert_same(colorizer.model, small)
    assert not hub.tokens


def test_a_private_one_needs_the_users_token(hub, small, tmp_path, monkeypatch):
    put_on_hub(hub, "ada/portraits", small, tmp_path)
    hub.private.add("ada/portraits")
    with pytest.raises(ValueError, match="hf://ada/portraits: .*or it is private: log in with"):
        colorkit.load_model("hf://ada/portraits")
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_user")
    assert_same(colorkit.load_model("hf://ada/portraits"), small)


def test_what_the_hub_has_not(hub, tmp_path):
    for name in ("hf://ada/none", "hf://", "hf://a/b/c"):
        with pytest.raises(ValueError, match=f"^{name}: expected hf://owner/name of a model"):
            colorkit.load_model(name)
    hub.repositories["ada/words"] = {"README.md": b"no model"}
    with pytest.raises(OSError, match="hf://ada/words: .* has no model of Keras"):
        colorkit.load_model("hf://ada/words")


def test_code_of_the_owners_does_not_run(hub, tmp_path):
    lightness = keras.Input((None, None, 1))
    model = keras.Model(lightness, keras.layers.Lambda(lambda x: x)(lightness))
    put_on_hub(hub, "mallory/trap", model, tmp_path)
    with pytest.raises(ValueError, match="hf://mallory/trap: .*Keras says: .*lambda"):
        colorkit.load_model("hf://mallory/trap")


def test_a_hub_that_is_not_reached(hub):
    hub.stop()
    with pytest.raises(OSError, match="hf://ada/portraits: the Hugging Face Hub cannot be reached"):
        colorkit.load_model("hf://ada/portraits")


def test_what_was_loaded_once_is_loaded_without_a_connection(hub, small, tmp_path):
    put_on_hub(hub, "ada/portraits", small, tmp_path)
    colorkit.load_model("hf://ada/portraits")
    hub.stop()
    assert_same(colorkit.load_model("hf://ada/portraits"), small)


def test_without_the_hubs_client(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match="pip install huggingface_hub"):
        colorkit.load_model("hf://ada/portraits")


def test_other_runtimes_are_for_exports():
    with pytest.raises(ValueError, match="`colorkit export hf://ada/portraits --format onnx"):
        colorkit.Colorizer("hf://ada/portraits", runtime="onnx")
