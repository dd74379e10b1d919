import numpy as np
import pytest
import skimage.color
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.inference.lightness import (
    ColoredPixels,
    lightness_of,
    row_strips,
    with_lightness,
)

FULL_RANGE = {"uint8": 255, "uint16": 65535, "float32": 1, "float64": 1}


def random_picture(shape, dtype, seed=0):
    unit = np.random.default_rng(seed).random(shape)
    full = FULL_RANGE[dtype]
    return (np.rint(unit * full) if full > 1 else unit).astype(dtype)


@pytest.mark.parametrize("dtype", FULL_RANGE)
@pytest.mark.parametrize("shape", [(37, 51), (37, 51, 1), (37, 51, 3)])
def test_lightness_equals_skimages(shape, dtype):
    picture = random_picture(shape, dtype)
    unit = picture / FULL_RANGE[dtype]
    rgb = np.broadcast_to(unit.reshape(37, 51, -1), (37, 51, 3))
    lightness = lightness_of(picture)
    assert lightness.dtype == np.float32
    np.testing.assert_allclose(lightness, skimage.color.rgb2lab(rgb)[..., 0], atol=2e-4)


def test_lightness_of_views_that_are_not_contiguous():
    picture = random_picture((40, 30, 3), "uint8")
    for view in (picture[::-1, ::2, ::-1], picture.transpose(1, 0, 2), np.asfortranarray(picture)):
        np.testing.assert_array_equal(lightness_of(view), lightness_of(np.ascontiguousarray(view)))


@pytest.mark.parametrize("dtype", FULL_RANGE)
def test_colours_inside_srgb_come_back(dtype):
    picture = random_picture((64, 64, 3), dtype)
    lab = skimage.color.rgb2lab(picture / FULL_RANGE[dtype]).astype("float32")
    pixels, outside = with_lightness(*np.moveaxis(lab, -1, 0).copy(), np.dtype(dtype))
    assert outside == 0
    assert pixels.dtype == dtype
    levels = np.abs(pixels.astype("float64") - picture) / FULL_RANGE[dtype]
    assert levels.max() <= 1e-3
    if dtype == "uint8":
        np.testing.assert_array_equal(pixels, picture)


@settings(deadline=None, max_examples=60)
@given(
    lightness=st.floats(0, 100, width=32),
    a=st.floats(-128, 128, width=32),
    b=st.floats(-128, 128, width=32),
)
def test_lightness_survives_where_chroma_cannot(lightness, a, b):
    planes = [np.full((1, 1), value, "float32") for value in (lightness, a, b)]
    pixels, outside = with_lightness(*planes, np.dtype("float64"))
    assert pixels.min() >= 0 and pixels.max() <= 1
    found = skimage.color.rgb2lab(pixels)[0, 0]
    assert found[0] == pytest.approx(lightness, abs=0.1)
    asked, given_up = np.hypot(a, b), np.hypot(a, b) - np.hypot(*found[1:])
    if outside:
        assert given_up > -0.5
    else:
        assert abs(given_up) < 1.5
    if asked > 5 and np.hypot(*found[1:]) > 5:  # the hue stays
        assert np.dot(found[1:], [a, b]) / asked / np.hypot(*found[1:]) > 0.99


@pytest.mark.parametrize("lab", [(50, 120, 0), (50, -120, 0), (80, 90, 60), (30, 20, -100)])
def test_chroma_shrinks_to_the_largest_of_1024_parts_that_srgb_holds(lab):
    """Each part tried on its own, where bisection tries ten of them."""
    lightness, *ab = lab
    parts = np.arange(1025)[:, None] / 1024 * ab
    xyz = skimage.color.lab2xyz(np.column_stack([np.full(1025, lightness), parts])[None])
    linear = xyz[0] @ np.linalg.inv(skimage.color.colorconv.xyz_from_rgb).T
    is_held = np.abs(linear - 0.5).max(axis=1) <= 0.5 + 1e-4  # a third of an 8-bit level at black
    assert is_held[: is_held.sum()].all() and not is_held.all()
    planes = [np.full((1, 1), value, "float32") for value in lab]
    pixels, outside = with_lightness(*planes, np.dtype("float64"))
    assert outside == 1
    found = skimage.color.rgb2lab(pixels)[0, 0]
    np.testing.assert_allclose(found, [lightness, *parts[is_held][-1]], atol=0.03)


def test_out_of_gamut_pixels_are_counted():
    lightness = np.full((10, 10), 50, "float32")
    a = np.zeros((10, 10), "float32")
    a[:3] = -120
    pixels, outside = with_lightness(lightness, a, np.zeros_like(a), np.dtype("uint8"))
    assert outside == 30
    assert len(np.unique(pixels[3:])) == 1


def test_strong_chroma_keeps_a_photographs_lightness():
    lightness = lightness_of(skimage.data.astronaut())
    a = np.full_like(lightness, 60)
    b = np.full_like(lightness, -70)
    pixels, outside = with_lightness(lightness, a, b, np.dtype("uint8"))
    assert outside > 0.2 * lightness.size
    error = np.abs(skimage.color.rgb2lab(pixels)[..., 0] - lightness)
    assert error.mean() < 0.3


@settings(deadline=None, max_examples=50)
@given(height=st.integers(1, 3000), width=st.integers(1, 200_000))
def test_strips_cover_each_row_once(height, width):
    rows = [row for strip in row_strips(height, width) for row in range(strip.start, strip.stop)]
    assert rows == list(range(height))


def test_rows_may_be_filled_one_strip_after_the_other():
    generator = np.random.default_rng(0)
    lightness = generator.uniform(0, 100, (150, 180)).astype("float32")
    a, b = generator.uniform(-110, 110, (2, 150, 180)).astype("float32")
    picture = ColoredPixels(lightness.shape, np.dtype("uint8"))
    for rows in (slice(0, 1), slice(90, 150), slice(1, 90)):
        picture.fill_rows(rows, lightness[rows], a[rows], b[rows])
    pixels, outside = picture.finish()
    one_by_one = [
        with_lightness(lightness[row : row + 1], a[row : row + 1], b[row : row + 1], pixels.dtype)
        for row in range(150)
    ]
    expected = np.concatenate([row for row, _ in one_by_one])
    assert np.abs(pixels.astype(int) - expected).max() <= 1
    assert outside == pytest.approx(sum(count for _, count in one_by_one), abs=5)
    assert outside > 16_384, "more than are fitted together"
