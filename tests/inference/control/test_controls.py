"""Colouring under controls, by the shipped models."""

import numpy as np
import pytest
import skimage.color
import skimage.data
import small_models

from colorkit.inference.colorizer import Colorizer
from colorkit.inference.control.variant_colorizer import VariantColorizer
from colorkit.inference.hints import Hint
from colorkit.models.colorkit_base import build_colorkit_base_model


@pytest.fixture
def colorizer(shipped_colorizer):
    return shipped_colorizer


@pytest.fixture(scope="module")
def pair():
    """Two neighbouring crops of a photograph that share half of their width."""
    photo = skimage.data.coffee()[72:328]
    return photo[:, :256], photo[:, 121:377]


def psnr(photo, made):
    return -10 * np.log10(np.mean((photo / 255 - made / 255) ** 2))


@pytest.mark.slow
def test_a_reference_of_the_same_scene_gives_its_colours(colorizer, pair):
    square, other = pair
    gray = square[..., 1]
    automatic = colorizer.colorize(gray)
    assert psnr(square, colorizer.colorize(gray, reference=other)) > psnr(square, automatic) + 2
    unrelated = colorizer.colorize(gray, reference=skimage.data.chelsea())
    assert psnr(square, unrelated) > psnr(square, automatic) - 0.1
    both = [skimage.data.chelsea(), other]
    assert psnr(square, colorizer.colorize(gray, reference=both)) > psnr(square, automatic) + 2


@pytest.mark.slow
def test_controls_act_together(colorizer, pair):
    gray = pair[0][..., 1]
    mask = np.zeros(gray.shape, bool)
    mask[:100] = True
    made = colorizer.colorize(
        gray, [(30, 200, "#2040b0")], reference=pair[1], palette="#2040b0,#808080", mask=mask
    )
    np.testing.assert_array_equal(made[:100], np.repeat(gray[:100, :, None], 3, -1))
    blue = Hint(0, 0, "#2040b0").ab
    np.testing.assert_allclose(skimage.color.rgb2lab(made)[200, 30, 1:], blue, atol=12)


@pytest.mark.slow
def test_true_colour_stays(colorizer, pair):
    photo = pair[0]
    tinted = np.repeat(photo[..., 1:2], 3, -1)
    tinted[150:] = photo[150:]
    made = colorizer.colorize(tinted, keep_color=True)
    chroma = np.linalg.norm(skimage.color.rgb2lab(tinted)[160:, :, 1:], axis=-1)
    strong = chroma > 25
    assert np.abs(made[160:].astype(int) - tinted[160:])[strong].mean() < 1
    assert psnr(photo[:150], made[:150]) > psnr(photo[:150], colorizer.colorize(tinted)[:150])


@pytest.mark.slow
def test_half_the_strength_goes_half_the_way(colorizer, pair):
    gray = pair[0][..., 1]
    ab = [
        skimage.color.rgb2lab(colorizer.colorize(gray, hints))[128, 128, 1:]
        for hints in ([], [(128, 128, "#2040b0", 0.5)], [(128, 128, "#2040b0")])
    ]
    np.testing.assert_allclose(ab[1], (ab[0] + ab[2]) / 2, atol=10)


@pytest.mark.slow
def test_variants_begin_with_the_automatic_picture_and_grow_warmer(colorizer, pair):
    gray = pair[0][..., 1]
    made = colorizer.colorize_variants(gray, 4)
    np.testing.assert_array_equal(made[0], colorizer.colorize(gray))
    yellowness = [skimage.color.rgb2lab(each)[..., 2].mean() for each in made[1:]]
    assert yellowness == sorted(yellowness) and yellowness[2] > yellowness[0] + 5
    one = VariantColorizer(colorizer, 4)
    prepared = one.prepare(gray, variant=3)
    pixels = one.finish(prepared, one.predict([prepared])[0]).pixels
    assert np.abs(pixels.astype(int) - made[3]).max() <= 1


def test_all_that_is_wrong_is_said_at_once(colorizer, pair):
    gray = pair[0][..., 1]
    with pytest.raises(ValueError, match="^A reference must be a colour picture") as one:
        colorizer.colorize(gray, reference=gray)
    assert "controls are wrong" not in str(one.value)
    with pytest.raises(
        ValueError, match="(?s)^3 of the controls are wrong:\n1. A ref.*2. A pal.*3. A m"
    ):
        colorizer.colorize(gray, reference=gray, palette="red", mask=gray[:5])


@pytest.mark.slow
def test_models_that_take_none_say_so(pair, monkeypatch):
    small_models.shrink_shipped_models(monkeypatch)
    plain = Colorizer(build_colorkit_base_model())
    with pytest.raises(ValueError, match="References are taken by the default model, run by Keras"):
        plain.colorize(pair[0], reference=pair[1])
    pytest.importorskip("onnxruntime")
    exported = Colorizer("colorkit_base", runtime="onnx")
    with pytest.raises(ValueError, match="Palettes are taken by models that classify colour"):
        exported.colorize(pair[0], palette="#2040b0")
    with pytest.raises(ValueError, match="Received: an exported model"):
        exported.colorize_variants(pair[0])
