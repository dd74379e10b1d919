"""colorkit without TensorFlow: everything but the door to tf.data.

`.ci/run` runs this file where TensorFlow is not installed and Keras runs on JAX. Hiding an
installed TensorFlow would prove little, since Keras itself imports it in places where it can.
"""

import importlib
import importlib.util
import pkgutil
import sys

import keras
import numpy as np
import pytest
import skimage.color

import colorkit
from colorkit.cli.main import main

pytestmark = pytest.mark.any_backend

without_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is not None, reason="TensorFlow is installed"
)


NEEDED = {
    "colorkit.data.fetch.public_downloader": "img2dataset",
    "colorkit.demo.batch_tab": "gradio",
    "colorkit.demo.guide_panel": "gradio",
    "colorkit.demo.hint_editor": "gradio",
    "colorkit.demo.page": "gradio",
    "colorkit.demo.request_guard": "starlette",
    "colorkit.demo.settings_panel": "gradio",
    "colorkit.demo.single_tab": "gradio",
    "colorkit.demo.suggestion_strip": "gradio",
    "colorkit.demo.variant_strip": "gradio",
    "colorkit.demo.visitors": "gradio",
    "colorkit.demo.worded_errors": "gradio",
}
"""Packages of extras that modules import, which are themselves imported late."""


@pytest.fixture(scope="module")
def photos():
    """Twenty small colour photographs."""
    random = np.random.default_rng(0)
    return np.kron(random.integers(0, 256, (20, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype("uint8")


def test_the_door_to_tf_data_tells_what_to_do(photos, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match="pip install tensorflow.*PhotoBatches.*every Keras"):
        colorkit.load_photo_dataset(photos, image_size=32)


@without_tensorflow
def test_every_module_can_be_imported():
    names = [module.name for module in pkgutil.walk_packages(colorkit.__path__, "colorkit.")]
    assert len(names) > 30
    for name in names:
        needed = NEEDED.get(name)
        if name != "colorkit.__main__" and (needed is None or importlib.util.find_spec(needed)):
            importlib.import_module(name)
    assert keras.backend.backend() != "tensorflow"
    assert "tensorflow" not in sys.modules


@without_tensorflow
def test_train_save_load_colour_and_evaluate(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = colorkit.get_recipe(
        "colorkit_base", image_size=32, batch_size=4, epochs=1, steps_per_epoch=2
    )
    trained = colorkit.train_model(recipe, photos, "run")
    colorizer = colorkit.Colorizer("run/model.keras", size=64)
    lightness = np.linspace(0, 100, 64 * 64, dtype="float32").reshape(1, 64, 64, 1)
    loaded, returned = (m.predict(lightness, verbose=0) for m in (colorizer.model, trained))
    np.testing.assert_allclose(loaded, returned, atol=1e-5)

    gray = np.linspace(20, 230, 50 * 70).reshape(50, 70).astype("uint8")
    rgb = colorizer.colorize(gray)
    before, after = (skimage.color.rgb2lab(x)[..., 0] for x in (np.stack([gray] * 3, -1), rgb))
    assert np.abs(before - after).mean() < 0.5

    evaluation = colorkit.evaluate_model(colorizer, photos, split="test")
    assert len(evaluation.photos) == 2

    colorkit.write_photo("old.png", colorkit.Photo(gray))
    assert main(["colorize", "old.png", "-o", "new.png", "--model", "run/model.keras"]) == 0
    assert colorkit.read_photo("new.png").pixels.shape == (50, 70, 3)
