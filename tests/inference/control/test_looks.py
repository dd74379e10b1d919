"""Looks of old processes: what each is documented to do to colours."""

import numpy as np
import pytest
import skimage.color
import skimage.data

import colorkit
from colorkit.choices import LOOKS
from colorkit.inference.control.looks import GRAINS, PAPER, Look


def patch(lightness, a, b):
    """One pixel."""
    return np.full((1, 1), lightness, "float32"), np.array([[[a, b]]], "float32")


def chroma(look, *color):
    return np.linalg.norm(Look(look).apply(*patch(*color)))


@pytest.mark.parametrize("look", LOOKS)
def test_strength_leads_from_the_colours_to_the_look(look):
    lab = skimage.color.rgb2lab(skimage.data.coffee()[::20, ::20]).astype("float32")
    lightness, ab = lab[..., 0], lab[..., 1:]
    none, half, full = (Look(look, strength).apply(lightness, ab) for strength in (0, 0.5, 1))
    np.testing.assert_array_equal(none, ab)
    np.testing.assert_allclose(half, (ab + full) / 2, atol=1e-4)
    assert np.abs(full - ab).mean() > 1


def encoded(linear):
    """Linear light above 0.0031308 as sRGB (IEC 61966-2-1)."""
    return 1.055 * linear ** (1 / 2.4) - 0.055


def test_an_autochrome_is_recorded_and_shown_through_the_same_grains():
    """An orange light passes its own grains most: by hand, with scikit-image's conversions."""
    linear = np.array([0.5, 0.2, 0.1])
    passed = [sum(linear * grain) / sum(grain) for grain in GRAINS]
    shares = np.linalg.inv(GRAINS.T) @ [1, 1, 1]
    shown = sum(n * share * grain for n, share, grain in zip(passed, shares, GRAINS, strict=True))
    lab = skimage.color.rgb2lab(encoded(linear))
    luminance = [skimage.color.rgb2xyz(encoded(light))[1] for light in (linear, shown)]
    expected = skimage.color.rgb2lab(encoded(shown * luminance[0] / luminance[1]))
    assert abs(expected[0] - lab[0]) < 0.1
    made = Look("autochrome").apply(*patch(*lab))
    np.testing.assert_allclose(made[0, 0], expected[1:], atol=0.2)


@pytest.mark.parametrize("lightness", [20, 60, 95])
def test_an_autochromes_grays_stay_gray_and_its_colours_are_soft(lightness):
    assert chroma("autochrome", lightness, 0, 0) < 0.1
    for a, b in ((40, 20), (-30, 25), (10, -35)):
        own = Look("autochrome").apply(*patch(50, a, b))[0, 0]
        assert own @ (a, b) > 0, "about the same hue"
        assert np.linalg.norm(own) < np.hypot(a, b)


def test_kodachromes_reds_are_deeper_than_its_greens():
    assert chroma("kodachrome", 50, 40, 23) > np.hypot(40, 23) * 1.2
    assert chroma("kodachrome", 50, -30, 25) < np.hypot(30, 25)
    assert Look("kodachrome").apply(*patch(100, 0, 0))[0, 0, 1] > 0


def test_a_hand_tinted_print_has_few_colours_over_warm_paper():
    np.testing.assert_allclose(Look("hand-tinted").apply(*patch(50, 0, 0))[0, 0], PAPER, atol=1)
    sky, sea = (Look("hand-tinted").apply(*patch(70, *ab)) for ab in ((0, -25), (-12, -45)))
    assert np.linalg.norm(sky - sea) < 3, "one wash serves for both"
    assert chroma("hand-tinted", 60, 70, 50) < 40, "however strong the colour"
    light, dark = (
        np.linalg.norm(Look("hand-tinted").apply(*patch(lightness, 50, 20))[0, 0] - PAPER)
        for lightness in (65, 10)
    )
    assert dark < light / 2


def test_wrong_looks_are_explained():
    with pytest.raises(ValueError, match="one of autochrome, kodachrome, .*Received: 'sepia'"):
        Look("sepia")
    with pytest.raises(ValueError, match="from 0 to 1. Received: strength=2"):
        Look("autochrome", 2)


@pytest.mark.slow
def test_a_look_keeps_the_lightness_and_goes_with_other_controls(shipped_colorizer):
    photo = np.ascontiguousarray(skimage.data.astronaut()[:64, :96])
    mask = np.zeros((64, 96), bool)
    mask[:32] = True
    plain = shipped_colorizer.colorize(photo)
    looked = shipped_colorizer.colorize(photo, look="hand-tinted")
    both = shipped_colorizer.colorize(photo, look=colorkit.inference.Look("hand-tinted"), mask=mask)
    lightness = [skimage.color.rgb2lab(each)[..., 0] for each in (plain, looked)]
    assert np.abs(lightness[0] - lightness[1]).mean() < 0.5
    assert np.abs(looked.astype(int) - plain).mean() > 2
    np.testing.assert_array_equal(both[:32], photo[:32])
    np.testing.assert_array_equal(both[32:], looked[32:])
