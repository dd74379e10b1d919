"""A colorizer in programs: pickled, copied, after a fork, on floats that rounding moved."""

import copy
import multiprocessing
import os
import pickle

import keras
import numpy as np
import pytest

from colorkit.inference import fork_check
from colorkit.inference.colorizer import Colorizer
from colorkit.models.layers.common import ScaleLightness

GRAY = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
    return keras.Model(lightness, x, name="small")


@pytest.mark.any_backend
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_copy_colours_alike(model, copied):
    colorizer = Colorizer(model, size=96).with_saturation(0.5)
    other = copied(colorizer)
    assert other.model is not colorizer.model
    np.testing.assert_allclose(other.colorize(GRAY), colorizer.colorize(GRAY), atol=1)


@pytest.mark.any_backend
def test_a_path_is_pickled_as_a_path(model, tmp_path):
    path = tmp_path / "small.keras"
    model.save(path)
    pickled = pickle.dumps(Colorizer(path))
    assert len(pickled) < 1000
    path.unlink()
    with pytest.raises(ValueError, match="small.keras"):
        pickle.loads(pickled)


def test_a_style_is_kept():
    colorizer = Colorizer(runtime="onnx").with_style("vivid")
    other = pickle.loads(pickle.dumps(colorizer))
    np.testing.assert_array_equal(other.colorize(GRAY), colorizer.colorize(GRAY))


@pytest.mark.any_backend
def test_after_a_fork_an_error_says_how_to_go_on(model, monkeypatch):
    colorizer = Colorizer(model)
    other = os.getpid() + 1
    monkeypatch.setattr(os, "getpid", lambda: other)
    for use in (lambda: colorizer.colorize(GRAY), lambda: Colorizer("colorkit_base")):
        with pytest.raises(RuntimeError, match=r"get_context\('spawn'\).*runtime='onnx'"):
            use()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="No fork on this system")
def test_a_forked_process_is_told_from_its_parent():
    fork_check.mark_used()
    fork_check.check_fork()
    process = multiprocessing.get_context("fork").Process(target=_exit_with_check)
    process.start()
    process.join(60)
    assert process.exitcode == 7


def _exit_with_check():
    try:
        fork_check.check_fork()
    except RuntimeError:
        os._exit(7)
    os._exit(0)


@pytest.mark.any_backend
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_that_rounding_moved_outside_are_clipped(model, dtype):
    colorizer = Colorizer(model)
    image = np.linspace(-0.001, 1.001, 64 * 64, dtype=dtype).reshape(64, 64)
    before = image.copy()
    expected = colorizer.colorize(image.clip(0, 1))
    np.testing.assert_array_equal(colorizer.colorize(image), expected)
    np.testing.assert_array_equal(image, before)
