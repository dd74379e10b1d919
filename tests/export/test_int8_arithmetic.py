"""ONNX whose convolutions compute in int8."""

import keras
import numpy as np
import onnx
import pytest
import skimage.data
from exported_models import small_model

from colorkit.export.exporter import export_model
from colorkit.inference.colorizer import Colorizer
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness

pytestmark = pytest.mark.usefixtures("two_verified_photos")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for name in ("astronaut", "chelsea", "coffee"):
        write_photo(folder / f"{name}.png", Photo(getattr(skimage.data, name)()[::2, ::2]))
    return folder


@pytest.fixture(scope="module")
def model():
    """Four convolutions of strong, random colours; channels of the second differ widely in size."""
    keras.utils.set_random_seed(3)
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Conv2D(32, 3, 2, padding="same", activation="relu", name="first")(x)
    first = x
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu", name="second")(x)
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu", name="third")(x)
    x = keras.layers.Add(name="sum")([x, first])
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", name="last")(x)
    model = keras.Model(lightness, BilinearUpSampling2D(name="up")(x), name="small")
    kernel, bias = model.get_layer("second").get_weights()
    factors = np.geomspace(0.02, 2, 32)
    model.get_layer("second").set_weights([kernel * factors, bias])
    kernel, bias = model.get_layer("third").get_weights()
    model.get_layer("third").set_weights([kernel / factors[:, None] / 2, bias])
    return model


def test_inner_convolutions_are_int8_and_the_colours_stay(model, photos, tmp_path):
    path = tmp_path / "small.onnx"
    export = export_model(model, path, "onnx", dtype="int8", calibration=photos)
    graph = onnx.load(path).graph
    made_by = {name: node.op_type for node in graph.node for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    in_int8 = [
        {made_by.get(name) for name in node.input[:2]} == {"DequantizeLinear"}
        for node in convolutions
    ]
    assert in_int8[0] is False and in_int8[-1] is False
    assert in_int8[1:-1] and all(in_int8[1:-1])
    for node in graph.node:
        if node.op_type == "Add":
            is_int8 = {made_by.get(name) for name in node.input} == {"DequantizeLinear"}
            assert is_int8 == ("/sum" in node.name), node.name
    scales = {each.name: list(each.dims) for each in graph.initializer}
    scale_of = {
        name: node.input[1]
        for node in graph.node
        for name in node.output[:1]
        if node.op_type == "DequantizeLinear"
    }
    for node in convolutions[1:-1]:
        assert scales[scale_of[node.input[1]]] == [32], "a scale for each output channel"
    assert export.metadata["weights"] == "int8"
    assert export.metadata["computation"] == "int8, by the ranges of 3 photographs"
    photo = skimage.data.rocket()[::3, ::3]
    found, expected = (
        Colorizer(each, size=128).colorize(photo).astype(int) for each in (path, model)
    )
    assert np.abs(expected - photo).mean() > 5, "colours must be strong for this to tell"
    assert 0 < np.abs(found - expected).mean() < 2


@pytest.mark.parametrize(
    "others",
    [{"dtype": "float32"}, {"signature": "picture"}, {"fixed_size": (64, 64)}],
)
def test_calibration_is_for_int8_of_any_size(photos, tmp_path, others):
    options = {"dtype": "int8", "calibration": photos, **others}
    with pytest.raises(ValueError, match="`calibration` is for file_format='onnx' and dtype="):
        export_model(small_model(), tmp_path / "small.onnx", "onnx", **options)
    assert not any(tmp_path.iterdir())
