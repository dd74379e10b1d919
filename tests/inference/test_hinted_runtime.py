"""Colouring with hints, by the shipped models."""

from importlib import resources

import numpy as np
import pytest
import skimage.color
import small_models
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.inference import exported_runtime
from colorkit.inference.colorizer import Colorizer
from colorkit.inference.hinted_runtime import SIGMA, snap_hints
from colorkit.inference.hints import Hint
from colorkit.io.read import read_photo
from colorkit.models import load
from colorkit.models.colorkit_base import build_colorkit_base_model
from colorkit.models.registry import build_model
from colorkit.models.weight_files import shipped_file

RED = "#c02020"


@pytest.fixture
def colorizer(shipped_colorizer):
    return shipped_colorizer


@pytest.fixture(scope="module")
def cat():
    shipped = resources.files("skimage") / "data" / "chelsea.png"
    return np.ascontiguousarray(read_photo(shipped).pixels[::2, ::2, 1])


def ab_of(pixels):
    return skimage.color.rgb2lab(pixels)[..., 1:]


@pytest.mark.slow
def test_no_hints_are_the_automatic_result(colorizer, cat):
    automatic = colorizer.colorize(cat)
    np.testing.assert_array_equal(colorizer.colorize(cat, hints=[]), automatic)
    mixed = [colorizer.prepare(cat, [(100, 70, RED)]), colorizer.prepare(cat)]
    hinted, plain = (
        colorizer.finish(*both).pixels for both in zip(mixed, colorizer.predict(mixed), strict=True)
    )
    np.testing.assert_array_equal(plain, automatic)
    np.testing.assert_array_equal(hinted, colorizer.colorize(cat, [Hint(100, 70, RED)]))
    assert (hinted != automatic).any()


@pytest.mark.slow
def test_a_red_hint_on_a_gray_picture_is_red_there(colorizer):
    """A gray disc before a lighter ground, neither of which the model knows anything about."""
    rows, columns = np.mgrid[:160, :240]
    picture = np.where((rows - 80) ** 2 + (columns - 120) ** 2 < 40**2, 110, 180).astype("uint8")
    plain, hinted = (
        ab_of(colorizer.colorize(picture, hints)) for hints in (None, [(120, 80, RED)])
    )
    red = Hint(0, 0, RED).ab
    before, after = (
        np.linalg.norm(ab[75:86, 115:126] - red, axis=-1).mean() for ab in (plain, hinted)
    )
    assert after < 0.5 * before
    lightness = skimage.color.rgb2lab(colorizer.colorize(picture, [(120, 80, RED)]))[..., 0]
    expected = skimage.color.rgb2lab(np.dstack([picture] * 3))[..., 0]
    assert np.abs(lightness - expected).max() < 1.5


@pytest.mark.slow
def test_a_hint_acts_in_every_part_of_a_strip(colorizer, cat):
    """Cats and gravel in turns: the hints lie in the first tile, where two overlap, in the last."""
    gravel = skimage.data.gravel()[:150, :226]
    strip = np.hstack([cat, gravel] * 4 + [cat])
    hints = [(place, 70, RED) for place in (60, 560, strip.shape[1] - 60)]
    plain, hinted = (ab_of(colorizer.colorize(strip, each)) for each in (None, hints))
    red = Hint(0, 0, RED).ab
    for x, y, _ in hints:
        around = np.s_[y - 1 : y + 2, x - 1 : x + 2]
        before, after = (np.linalg.norm(ab[around] - red, axis=-1).mean() for ab in (plain, hinted))
        assert after < 0.4 * before
    own, other = (np.abs(hinted - plain)[:, part].mean() for part in (np.s_[:200], np.s_[300:400]))
    assert other < 0.5 * own, "gravel is no cat, and changes less"


def test_hints_are_checked_before_anything_is_computed(colorizer, cat):
    with pytest.raises(ValueError, match="must lie in the picture of 226 x 150 pixels"):
        colorizer.colorize(cat, [(226, 0, RED)])
    with pytest.raises(ValueError, match="Received: 'red'"):
        colorizer.colorize(cat, [(0, 0, "red")])


@pytest.mark.slow
def test_models_that_take_none_say_so(cat, monkeypatch):
    small_models.shrink_shipped_models(monkeypatch)
    plain = Colorizer(build_colorkit_base_model())
    with pytest.raises(
        ValueError, match="Hints are taken by .*'colorkit_hints'.*: 'colorkit_base'$"
    ):
        plain.colorize(cat, [(0, 0, RED)])
    pytest.importorskip("onnxruntime")
    exported = Colorizer(shipped_file(".onnx"))
    with pytest.raises(ValueError, match="Received: '.*', an exported model$"):
        exported.colorize(cat, [(0, 0, RED)])


def test_onnx_runtime_runs_the_companion_on_hints(cat, shipped_in_float32, monkeypatch):
    """It is opened with the first hints; its weights in int8 change colours by a few levels."""
    pytest.importorskip("onnxruntime")
    opened = []
    open_onnx = exported_runtime.open_onnx
    monkeypatch.setattr(
        exported_runtime, "open_onnx", lambda path: opened.append(path.name) or open_onnx(path)
    )
    exported = Colorizer(runtime="onnx")
    plain = exported.colorize(cat)
    assert exported.takes_hints and opened == ["colorkit_base.onnx"]
    hints = [(100, 70, RED), (30, 20, "#2a4d8f", 0.5)]
    hinted = exported.colorize(cat, hints)
    assert exported.colorize(cat, hints[:1]).shape == hinted.shape
    assert opened == ["colorkit_base.onnx", "colorkit_hints.onnx"]
    assert np.abs(hinted.astype(int) - plain).max() > 30
    difference = np.abs(hinted.astype(int) - shipped_in_float32.colorize(cat, hints))
    assert difference.max() <= 4 and difference.mean() < 0.4
    vivid = exported.with_style("vivid").colorize(cat, hints)
    chroma = [np.linalg.norm(ab_of(pixels), axis=-1).mean() for pixels in (hinted, vivid)]
    assert chroma[0] < chroma[1]


@pytest.mark.slow
def test_the_companion_is_loaded_once_and_late(cat, monkeypatch):
    loaded = []
    small_models.shrink_shipped_models(monkeypatch)
    monkeypatch.setattr(load, "load_model", lambda name: loaded.append(name) or build_model(name))
    colorizer = Colorizer()
    vivid = colorizer.with_style("vivid")
    colorizer.colorize(cat)
    assert loaded == ["colorkit_base"]
    hints = [(100, 70, RED)]
    results = [each.colorize(cat, hints) for each in (colorizer, vivid, vivid.with_saturation(0.5))]
    assert loaded == ["colorkit_base", "colorkit_hints"]
    chroma = [np.linalg.norm(ab_of(pixels), axis=-1).mean() for pixels in results]
    assert chroma[2] < chroma[0] and (results[0] != results[1]).any()
    assert vivid.model is colorizer.model


@pytest.mark.slow
def test_a_model_of_ones_own_takes_hints_itself(colorizer, cat, tmp_path):
    hinted = load.load_model("colorkit_hints")
    hinted.save(tmp_path / "model.keras")
    own = Colorizer(tmp_path / "model.keras")
    for hints in (None, [(100, 70, RED)]):
        difference = own.colorize(cat, hints).astype(int) - colorizer.colorize(cat, hints)
        assert np.abs(difference).mean() < 0.1


def colors(height=12, width=16):
    return np.random.default_rng(0).normal(0, 20, (2, height, width, 2)).astype("float32")


def hints_at(ab, stride, *places):
    hints = np.zeros((len(ab), stride * ab.shape[1], stride * ab.shape[2], 3), "float32")
    for row, column, a, b in places:
        hints[0, row, column] = (a / 128, b / 128, 1)
    return hints


@settings(deadline=None)
@given(st.integers(0, 47), st.integers(0, 63), st.floats(-80, 80), st.floats(-80, 80))
def test_a_cell_takes_its_hint_and_the_rest_fades(row, column, a, b):
    ab = colors()
    snapped = snap_hints(ab, hints_at(ab, 4, (row, column, a, b)))
    assert snapped.dtype == np.float32
    place = row // 4, column // 4
    np.testing.assert_allclose(snapped[0][place], (a, b), atol=1e-2)
    np.testing.assert_array_equal(snapped[1], ab[1])
    lack = (a, b) - ab[0][place]
    rows, columns = np.indices(ab.shape[1:3])
    distance = np.hypot(rows - place[0], columns - place[1])
    inner = (slice(5, 7), slice(5, 11))
    if 5 <= place[0] < 7 and 5 <= place[1] < 11:  # Away from the mirrored edges
        expected = np.exp(-(distance**2) / (2 * SIGMA**2))[..., None] * lack
        np.testing.assert_allclose((snapped - ab)[0][inner], expected[inner], atol=0.1)
    far = distance > 4 * SIGMA * 2**0.5 + 1
    np.testing.assert_array_equal(snapped[0][far], ab[0][far])


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_a_cell_takes_the_mean_of_its_hints(stride):
    ab = colors()
    places = [(5 * stride, 8 * stride, 40.0, -10.0)]
    if stride > 1:
        places.append((5 * stride + 1, 8 * stride, 20.0, 30.0))
    snapped = snap_hints(ab, hints_at(ab, stride, *places))
    expected = np.mean([place[2:] for place in places], axis=0)
    np.testing.assert_allclose(snapped[0, 5, 8], expected, atol=1e-2)


def test_no_hints_change_nothing():
    np.testing.assert_array_equal(snap_hints(colors(), hints_at(colors(), 4)), colors())
