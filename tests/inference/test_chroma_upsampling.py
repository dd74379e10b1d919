import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.inference.chroma_upsampling import ChromaEnlarger, enlarge_chroma, resample

SIDES = st.integers(1, 60)


def pixel_centres(length):
    return (np.arange(length, dtype="float32") + 0.5) / length


@settings(deadline=None, max_examples=40)
@given(h=SIDES, w=SIDES, height=SIDES, width=SIDES)
def test_one_colour_stays_that_colour(h, w, height, width):
    ab = np.broadcast_to(np.float32([20, -30]), (h, w, 2))
    lightness = np.random.default_rng(0).uniform(0, 100, (height, width)).astype("float32")
    enlarged = enlarge_chroma(ab, lightness)
    assert enlarged.shape == (height, width, 2)
    assert enlarged.dtype == np.float32
    np.testing.assert_allclose(enlarged, np.broadcast_to([20, -30], enlarged.shape), atol=1e-3)


@settings(deadline=None, max_examples=40)
@given(h=st.integers(8, 30), w=st.integers(8, 30), up=st.floats(1, 9), across=st.floats(1, 9))
def test_a_ramp_does_not_shift(h, w, up, across):
    """Colour that tells its place still tells it after enlargement, at every scale."""
    height, width = round(h * up), round(w * across)
    ab = np.dstack(np.meshgrid(100 * pixel_centres(w), 100 * pixel_centres(h)))
    gray = np.full((height, width), 50, "float32")
    enlarged = enlarge_chroma(ab, gray)
    wanted = np.dstack(np.meshgrid(100 * pixel_centres(width), 100 * pixel_centres(height)))
    margin_y, margin_x = 2 * height // h + 1, 2 * width // w + 1  # the kernel meets the border
    inner = np.s_[margin_y:-margin_y, margin_x:-margin_x]
    steps = (enlarged - wanted)[inner] / [100 / w, 100 / h]  # in small pixels
    assert np.abs(steps).max(initial=0) < 0.06  # the ripple of OpenCV's cubic (A = -0.75)
    assert np.abs(steps.mean(axis=(0, 1))).max() < 0.01 if steps.size else True


def test_without_edges_it_is_opencvs_bicubic():
    ab = np.random.default_rng(0).normal(0, 30, (13, 17, 2)).astype("float32")
    enlarged = enlarge_chroma(ab, np.full((131, 90), 50, "float32"))
    expected = cv2.resize(ab, (90, 131), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_allclose(enlarged, expected, atol=1e-3)


@settings(deadline=None, max_examples=20)
@given(height=SIDES, width=SIDES, cut=st.integers(1, 59))
def test_strips_join_without_seams(height, width, cut):
    generator = np.random.default_rng(height)
    lightness = generator.uniform(0, 100, (height, width)).astype("float32")
    ab = generator.normal(0, 30, (9, 12, 2)).astype("float32")
    whole = enlarge_chroma(ab, lightness)
    enlarger = ChromaEnlarger(ab, resample(lightness, (9, 12)), lightness.shape)
    parts = [slice(0, min(cut, height)), slice(min(cut, height), height)]
    strips = [np.dstack(enlarger.enlarge_rows(p, lightness[p])) for p in parts if p.start < p.stop]
    np.testing.assert_allclose(np.concatenate(strips), whole, atol=1e-3)


def test_colour_keeps_to_an_edge_of_lightness():
    """A red half beside a blue half: the guided edge is sharper than the bilinear one."""
    lightness = np.full((160, 160), 20, "float32")
    lightness[:, 76:] = 80
    truth = np.zeros((160, 160, 2), "float32")
    truth[:, :76] = 50
    truth[:, 76:] = -50
    ab = cv2.resize(truth, (20, 20), interpolation=cv2.INTER_AREA)
    guided = np.abs(enlarge_chroma(ab, lightness) - truth).mean()
    bilinear = np.abs(cv2.resize(ab, (160, 160)) - truth).mean()
    bicubic = np.abs(cv2.resize(ab, (160, 160), interpolation=cv2.INTER_CUBIC) - truth).mean()
    assert guided < 0.4 * bilinear
    assert guided < 0.6 * bicubic


def test_slopes_of_six_columns():
    """By hand: L rises by 15 a column, a is twice that, and b does not follow it.

    Over 3 x 3 pixels, the variance of L is 2/3 of 15 squared, 150, and so is half its covariance
    with a: a slope of 300 / (150 + 100). In the outermost columns, whose last one is repeated, the
    variance is 50. Each slope is then the mean of three.
    """
    small = np.broadcast_to(np.arange(10, 100, 15, dtype="float32"), (4, 6))
    ab = np.dstack([2 * small, np.full_like(small, 7)])
    a, b = ChromaEnlarger(ab, small, small.shape).enlarge_rows(slice(0, 4), small + 1)
    inner, outer = 300 / 250, 100 / 150
    second = (outer + 2 * inner) / 3
    expected = [(2 * outer + inner) / 3, second, inner, inner, second, (2 * outer + inner) / 3]
    np.testing.assert_allclose(a - ab[..., 0], np.broadcast_to(expected, (4, 6)), atol=1e-4)
    np.testing.assert_allclose(b, 7, atol=1e-4)


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_grain_does_not_become_coloured_noise(factor):
    """Colour changes by less than a tenth of the grain, where a steep slope would change it all."""
    generator = np.random.default_rng(0)
    ab = cv2.GaussianBlur(generator.normal(0, 60, (40, 40, 2)).astype("float32"), (0, 0), 1.5)
    assert ab.std() > 8
    size = (40 * factor, 40 * factor)
    grain = generator.normal(0, 7, size).astype("float32")
    clean = enlarge_chroma(ab, np.full(size, 50, "float32"))
    assert (enlarge_chroma(ab, 50 + grain) - clean).std() < 0.1 * grain.std()


@pytest.mark.parametrize("factor", [4, 8, 16])
@pytest.mark.parametrize("photo", ["astronaut", "coffee", "chelsea"])
def test_photographs_come_back_better_than_bilinear(photo, factor):
    lab = skimage.color.rgb2lab(getattr(skimage.data, photo)()).astype("float32")
    height, width = lab.shape[:2]
    small = cv2.resize(lab, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    guided = enlarge_chroma(small[..., 1:], np.ascontiguousarray(lab[..., 0]))
    bilinear = cv2.resize(np.ascontiguousarray(small[..., 1:]), (width, height))

    def error(ab):
        return np.sqrt(np.mean((ab - lab[..., 1:]) ** 2))

    assert error(guided) < 0.95 * error(bilinear)


@settings(deadline=None, max_examples=40)
@given(height=SIDES, width=SIDES, h=SIDES, w=SIDES)
def test_resample_keeps_range_and_mean_of_a_ramp(height, width, h, w):
    plane = np.add.outer(pixel_centres(height), pixel_centres(width))
    resized = resample(plane, (h, w))
    assert resized.shape == (h, w)
    assert resized.min() >= plane.min() - 1e-5 and resized.max() <= plane.max() + 1e-5
    assert resized.mean() == pytest.approx(1.0, abs=1e-4)


def test_resample_shrinks_by_the_area_mean():
    plane = np.random.default_rng(0).random((12, 20)).astype("float32")
    expected = plane.reshape(3, 4, 5, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(resample(plane, (3, 5)), expected, atol=1e-6)
