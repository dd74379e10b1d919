"""Files that earlier versions of colorkit saved load, and answer as they did."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from packaging.version import Version

import colorkit

# Saved with all layers of `colorkit.models` under the modules that they were in at first.
EVERY_LAYER = Path(__file__).parents[1] / "inputs" / "every_layer.keras"


@pytest.mark.skipif(
    Version(keras.__version__) < Version("3.13"),
    reason="an earlier Keras does not load what this one saved",
)
def test_a_file_whose_modules_have_moved_loads():
    model = colorkit.load_model(EVERY_LAYER)
    lightness = np.linspace(0, 100, 16 * 24, dtype="float32").reshape(1, 16, 24, 1)
    hints = np.zeros((1, 16, 24, 3), "float32")
    hints[0, 4, 5] = 0.3, -0.2, 1
    answer = model.predict([lightness, hints], verbose=0)
    np.testing.assert_allclose(answer[0, 5, 8], [0.03295239, 0.02659926], atol=1e-4)
    answer = model.predict([lightness, 0 * hints], verbose=0)
    np.testing.assert_allclose(answer[0, 5, 8], [0.03463031, 0.02738372], atol=1e-4)
    assert "BranchScale" in {type(layer).__name__ for layer in model.layers}
    assert not model.get_layer("backbone").trainable
    assert keras.saving.get_registered_name(type(model.get_layer("quarter"))).startswith(
        "colorkit>"
    )


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (
            RecursionError("maximum recursion depth exceeded"),
            ValueError,
            "expected a model saved",
        ),
        (AttributeError("'list' object has no attribute 'get'"), ValueError, "expected a model"),
        (MemoryError(), MemoryError, "its weights need more memory than there is"),
    ],
)
def test_whatever_keras_raises_names_the_file(monkeypatch, error, expected, words):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(keras.saving, "load_model", fail)
    with pytest.raises(expected, match=f"every_layer.keras: {words}"):
        colorkit.load_model(EVERY_LAYER)


def test_an_error_is_one_short_line_whatever_the_file_says(tmp_path):
    """Keras repeats the configuration."""
    path = tmp_path / "long.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("metadata.json", "{}")
        file.writestr("config.json", json.dumps({"text": "long\n" * 1_000_000}))
    with pytest.raises(ValueError, match="Keras says: ") as caught:
        colorkit.load_model(path)
    assert len(str(caught.value)) < 800 and "\n" not in str(caught.value)
