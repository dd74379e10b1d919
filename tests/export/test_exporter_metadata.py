"""What an export says of itself, where its format has a place for it."""

import json
import zipfile

import pytest
from exported_models import export_path, load, small_model

import colorkit
from colorkit.export import exporter
from colorkit.export.exporter import export_model

pytestmark = pytest.mark.usefixtures("two_verified_photos")


@pytest.fixture(scope="module")
def model():
    return small_model()


@pytest.mark.parametrize("file_format", exporter.FORMATS)
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


@pytest.mark.slow
def test_metadata_is_found_where_each_format_has_its_place(model, tmp_path):
    import onnx

    for name in exporter.FORMATS:
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
