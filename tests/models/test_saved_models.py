"""Models that users have saved with an earlier version."""

from pathlib import Path

import numpy as np

from colorkit.inference.colorizer import Colorizer
from colorkit.models.load import load_model

SAVED = Path(__file__).parents[1] / "inputs" / "saved_by_0_1_0.keras"
"""A narrow network of the earlier default model's layers, whose modules had other names then."""


def test_a_model_saved_before_the_modules_were_renamed_answers_as_it_did():
    model = load_model(SAVED)
    lightness = np.linspace(0, 100, 32 * 64, dtype="float32").reshape(1, 32, 64, 1)
    ab = np.asarray(model(lightness))
    expected = [
        [0.06723244, 0.0666187],
        [0.06678475, 0.06689858],
        [0.06631654, 0.06730592],
        [0.0658278, 0.0678407],
    ]
    np.testing.assert_allclose(ab[0, 5:9, 10], expected, atol=1e-5)
    assert abs(ab.mean() - 0.06812802) < 1e-5


def test_it_colours_pictures():
    picture = np.tile(np.arange(80, dtype="uint8"), (60, 1))
    colorizer = Colorizer(SAVED)
    assert colorizer.styles == ("faithful", "balanced", "vivid")
    assert colorizer.colorize(picture).shape == (60, 80, 3)
