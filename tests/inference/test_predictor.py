"""Prediction in tiles and in batches, and where memory is short."""

import warnings

import numpy as np
import pytest
import skimage.color
from known_models import (
    SLOPE_A,
    SLOPE_B,
    assert_known_colors,
    linear_model,
    random_model,
    smooth_picture,
)

from colorkit.inference.colorizer import Colorizer
from colorkit.inference.keras_runtime import KerasRuntime

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def colorful():
    return Colorizer(random_model(), precision="float32")


@pytest.mark.parametrize("image_size", [(None, None), (64, 96)])
@pytest.mark.parametrize("is_tall", [False, True])
def test_a_strip_has_the_colours_of_its_parts(monkeypatch, image_size, is_tall):
    """The model's answer is the same all over its input: what a tile is on average."""
    seen = []

    def answer(self, lightness):
        seen.append(lightness.shape)
        means = lightness.mean(axis=(1, 2), keepdims=True)[..., None]
        return np.broadcast_to([SLOPE_A, SLOPE_B] * means, (*lightness.shape, 2))

    monkeypatch.setattr(KerasRuntime, "predict", answer)
    colorizer = Colorizer(linear_model(image_size), precision="float32")
    parts = np.repeat([0.3, 0.6, 0.3, 0.5], 12)
    gray = np.kron(parts[None], np.ones((40, 40)))
    prepared = colorizer.prepare(gray.T if is_tall else gray)
    (color,) = colorizer.predict([prepared])
    assert np.abs(np.diff(color.ab, axis=0 if is_tall else 1)).max() < 1.5, "a seam would be 9"
    rgb = colorizer.finish(prepared, color).pixels
    rgb = rgb.swapaxes(0, 1) if is_tall else rgb
    lab = skimage.color.rgb2lab(rgb)
    for k in range(4):
        middle = lab[20, 40 * (12 * k + 6)]
        assert middle[1] == pytest.approx(SLOPE_A * middle[0], abs=0.1)
        assert middle[2] == pytest.approx(SLOPE_B * middle[0], abs=0.1)
    assert len({shape[1:] for shape in seen}) == 1 and max(shape[0] for shape in seen) <= 16


@pytest.mark.parametrize("is_tall", [False, True])
def test_a_strip_in_tiles_is_as_in_one_piece(monkeypatch, colorful, is_tall):
    gray = np.random.default_rng(3).integers(0, 256, (60, 30 * 60)).astype("uint8")
    gray = np.kron(gray[::6, ::6], np.ones((6, 6), "uint8"))
    gray = gray.T if is_tall else gray
    tiled = colorful.colorize(gray)
    monkeypatch.setattr("colorkit.inference.letterbox.LONGEST", 1000)
    whole = colorful.colorize(gray)
    difference = np.abs(tiled.astype(int) - whole)
    assert np.mean(difference > 1) < 0.01 and np.mean(difference > 8) == 0


def test_short_memory_is_enough_for_a_strip_in_fewer_tiles(monkeypatch):
    predict, seen = KerasRuntime.predict, []

    def small_machine(self, lightness):
        if len(lightness) > 3:
            raise MemoryError
        seen.append(lightness.shape)
        return predict(self, lightness)

    monkeypatch.setattr(KerasRuntime, "predict", small_machine)
    gray = smooth_picture(40, 1200)
    (result,) = Colorizer(linear_model(), precision="float32").colorize_in_detail([gray])
    assert result.input_size == (192, 5760) and max(map(len, seen)) > 1
    assert_known_colors(result.pixels, gray, tolerance=0.15)


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's, which tests without TensorFlow cannot import."""


@pytest.mark.parametrize("error", [MemoryError, ResourceExhaustedError])
def test_short_memory_lowers_the_resolution_of_colour_only(monkeypatch, error):
    predict, seen = KerasRuntime.predict, []

    def small_machine(self, lightness):
        seen.append(lightness.shape)
        if lightness.size > 128 * 256:
            raise error("OOM when allocating tensor")
        return predict(self, lightness)

    monkeypatch.setattr(KerasRuntime, "predict", small_machine)
    gray = smooth_picture(301, 500)
    with pytest.warns(RuntimeWarning, match="size=96 instead of 192. The picture keeps its own"):
        result = Colorizer(linear_model(), precision="float32").colorize_in_detail([gray, gray])
    assert seen[:2] == [(2, 192, 320), (1, 192, 320)]  # first fewer pictures, then smaller ones
    for picture in result:
        assert picture.input_size[0] == 96
        assert_known_colors(picture.pixels, gray, tolerance=0.15)


@pytest.mark.parametrize("image_size", [(None, None), (64, 64)])
def test_memory_that_suffices_for_nothing_is_an_error(monkeypatch, image_size):
    def no_memory(self, lightness):
        raise MemoryError

    monkeypatch.setattr(KerasRuntime, "predict", no_memory)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(MemoryError, match="Free some memory, or give a smaller model"):
            Colorizer(linear_model(image_size)).colorize(np.zeros((300, 300), "uint8"))


def test_other_errors_of_the_model_are_not_taken_for_memory(monkeypatch):
    def broken(self, lightness):
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(KerasRuntime, "predict", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        Colorizer(linear_model()).colorize(np.zeros((30, 30), "uint8"))
