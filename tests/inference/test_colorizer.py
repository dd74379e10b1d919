from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.color
import skimage.data
from hypothesis import example, given, settings
from hypothesis import strategies as st
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
from colorkit.models.layers.common import ScaleLightness

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def linear():
    return Colorizer(linear_model(), precision="float32")


@pytest.fixture(scope="module")
def colorful():
    return Colorizer(random_model(), precision="float32")


@settings(deadline=None, max_examples=15)
@given(height=st.integers(1, 500), width=st.integers(1, 500))
@example(1, 1)
@example(1, 5000)
@example(900, 1)
@example(257, 255)
@example(2, 3)
@example(33, 1501)
def test_colours_fall_where_they_belong_at_any_size(linear, height, width):
    gray = smooth_picture(height, width)
    rgb = linear.colorize(gray)
    assert rgb.shape == (height, width, 3)
    assert_known_colors(rgb, gray, tolerance=0.15)


def test_no_shift_of_even_half_a_pixel(linear):
    gray = np.broadcast_to(np.linspace(0.2, 0.6, 300), (600, 300))
    rgb = linear.colorize(gray)
    lab = skimage.color.rgb2lab(rgb)
    lightness = lab[..., 0]
    half_a_pixel = 0.5 * SLOPE_A * np.diff(lightness[0]).mean()
    shift = (lab[20:-20, 20:-20, 1] - SLOPE_A * lightness[20:-20, 20:-20]).mean()
    assert abs(shift) < 0.2 * half_a_pixel


@pytest.mark.parametrize("enlargement", [2, 4])
@pytest.mark.parametrize("size", [(301, 499), (1, 2000), (90, 41)])
def test_the_models_own_enlargement_is_replaced(enlargement, size):
    model = linear_model(enlargement=enlargement)
    assert KerasRuntime(model, "float32").stride == enlargement
    colorizer = Colorizer(model, precision="float32")
    gray = smooth_picture(*size)
    assert_known_colors(colorizer.colorize(gray), gray, tolerance=0.3)


@pytest.mark.parametrize("size", [(1, 1), (300, 500), (5000, 1), (64, 96), (63, 20)])
def test_models_of_one_input_size_keep_the_aspect(size):
    colorizer = Colorizer(linear_model((64, 96)), precision="float32")
    gray = smooth_picture(*size)
    (result,) = colorizer.colorize_in_detail([gray])
    assert_known_colors(result.pixels, gray, tolerance=0.3)
    height, width = result.input_size
    if max(size) <= 4 * min(size):
        assert (height, width)[np.argmax([size[0] / 64, size[1] / 96])] == (64, 96)[
            np.argmax([size[0] / 64, size[1] / 96])
        ]
    if min(size) > 30:
        assert height / width == pytest.approx(size[0] / size[1], rel=0.03)


@pytest.mark.parametrize(
    "size, seen",
    [((400, 600), (192, 288)), ((100, 1600), (192, 3072)), ((1, 900), (55, 49152))],
)
def test_the_shorter_side_is_seen_at_size(linear, size, seen):
    (result,) = linear.colorize_in_detail([smooth_picture(*size)])
    assert result.input_size == seen


def test_size_sets_the_shorter_side():
    colorizer = Colorizer(linear_model(), size=96, precision="float32")
    (result,) = colorizer.colorize_in_detail([smooth_picture(300, 400)])
    assert result.input_size == (96, 128)


@pytest.mark.parametrize("dtype, full", [("uint8", 255), ("uint16", 65535)])
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_integer_pictures_keep_dtype_and_lightness(colorful, dtype, full, channels):
    picture = np.random.default_rng(1).integers(0, full + 1, (70, 50, *channels)).astype(dtype)
    before = picture.copy()
    rgb = colorful.colorize(picture)
    assert rgb.dtype == dtype and rgb.shape == (70, 50, 3)
    np.testing.assert_array_equal(picture, before)
    as_rgb = np.broadcast_to(picture.reshape(70, 50, -1), rgb.shape)
    wanted = skimage.color.rgb2lab(as_rgb / full)[..., 0]
    error = np.abs(skimage.color.rgb2lab(rgb / full)[..., 0] - wanted)
    assert error.mean() < (0.3 if dtype == "uint8" else 0.05)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">u2", ">f4"])
def test_other_dtypes_come_back_as_they_came(colorful, dtype):
    picture = np.full((20, 30), 0.5, "float64")
    picture = (picture * 65535 if dtype == ">u2" else picture).astype(dtype)
    assert colorful.colorize(picture).dtype == np.dtype(dtype).newbyteorder("=")


@pytest.mark.parametrize("photo", ["astronaut", "coffee"])
def test_a_photographs_lightness_is_kept(colorful, photo):
    picture = getattr(skimage.data, photo)()
    (result,) = colorful.colorize_in_detail([picture])
    wanted = skimage.color.rgb2lab(picture)
    found = skimage.color.rgb2lab(result.pixels)
    assert np.abs(found[..., 0] - wanted[..., 0]).mean() < 0.3
    assert np.abs(found[..., 1:]).mean() > 5  # it did colour
    assert 0 <= result.out_of_gamut < picture.size // 3


def test_saturation_zero_gives_the_gray_picture_back():
    colorizer = Colorizer(random_model(), saturation=0, precision="float32")
    gray = np.arange(256, dtype="uint8").reshape(16, 16)
    np.testing.assert_array_equal(colorizer.colorize(gray), np.dstack([gray] * 3))
    rgb = colorizer.colorize(skimage.data.astronaut())
    assert np.ptp(rgb.astype(int), axis=-1).max() <= 1


def test_saturation_multiplies_chroma():
    gray = np.full((40, 40), 0.5)
    lab = [
        skimage.color.rgb2lab(
            Colorizer(linear_model(), saturation=s, precision="float32").colorize(gray)
        )
        for s in (0.5, 1.0)
    ]
    np.testing.assert_allclose(2 * lab[0][..., 1:], lab[1][..., 1:], atol=0.05)


def test_another_saturation_of_the_same_model(monkeypatch):
    gray = np.full((40, 40), 0.5)
    colorizer = Colorizer(linear_model(), precision="float32")
    before = colorizer.colorize(gray)
    monkeypatch.setattr("colorkit.inference.opened_model.open_runtime", None)
    other = colorizer.with_saturation(0.5)
    lab = [skimage.color.rgb2lab(each.colorize(gray)) for each in (other, colorizer)]
    np.testing.assert_allclose(2 * lab[0][..., 1:], lab[1][..., 1:], atol=0.05)
    np.testing.assert_array_equal(colorizer.colorize(gray), before)
    assert other.model is colorizer.model
    with pytest.raises(ValueError, match="`saturation` must be from 0 .*: saturation=-1"):
        colorizer.with_saturation(-1)


def test_colour_of_the_input_does_not_matter(colorful):
    picture = skimage.data.coffee()[:120, :100]
    gray = skimage.color.rgb2lab(picture)
    gray[..., 1:] = 0
    np.testing.assert_allclose(
        colorful.colorize(picture / 255), colorful.colorize(skimage.color.lab2rgb(gray)), atol=2e-3
    )


def test_a_batch_equals_its_pictures_alone(colorful):
    generator = np.random.default_rng(0)
    sizes = [(64, 64), (200, 300), (64, 64), (300, 200), (1, 90), (198, 300)]
    pictures = [generator.integers(0, 256, size).astype("uint8") for size in sizes]
    together = colorful.colorize_batch(pictures)
    for picture, rgb in zip(pictures, together, strict=True):
        assert rgb.shape == (*picture.shape, 3)
        alone = colorful.colorize(picture)
        assert np.abs(rgb.astype(int) - alone.astype(int)).max() <= 1


def test_a_batch_may_be_one_array(colorful):
    assert [rgb.shape for rgb in colorful.colorize_batch(np.zeros((2, 9, 8, 1), "uint8"))] == [
        (9, 8, 3)
    ] * 2
    assert colorful.colorize_batch([]) == []


def test_an_rgb_model_contributes_its_ab():
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 100, size_multiple=16)(lightness)
    known = keras.layers.Conv2D(3, 1)
    model = keras.Model(lightness, known(x))
    rgb = np.float32([0.6, 0.5, 0.4])
    known.set_weights([np.zeros((1, 1, 1, 3), "float32"), rgb])
    found = skimage.color.rgb2lab(
        Colorizer(model, precision="float32").colorize(np.full((50, 70), 0.45))
    )
    wanted = skimage.color.rgb2lab(rgb[None, None])
    wanted_ab = np.broadcast_to(wanted[..., 1:], (50, 70, 2))
    np.testing.assert_allclose(found[..., 1:], wanted_ab, atol=0.02)


def test_a_model_that_answers_nan_is_an_error():
    model = linear_model()
    model.get_layer("known").set_weights([np.full((1, 1, 1, 2), np.nan, "float32")])
    with pytest.raises(ValueError, match="answers with NaN or infinity"):
        Colorizer(model, precision="float32").colorize(np.full((30, 30), 9, "uint8"))


@pytest.mark.parametrize(
    "image, message",
    [
        (np.zeros((4, 4, 4), "uint8"), r"without its alpha channel: give `image\[\.\.\., :3\]`"),
        (np.zeros((4, 4, 2), "uint8"), r"without its alpha channel: give `image\[\.\.\., 0\]`"),
        (np.zeros((2, 4, 4, 3), "uint8"), "give several to `colorize_batch`"),
        (np.zeros(4, "uint8"), r"must have shape .* Received: shape \(4,\)"),
        (np.zeros((4, 4, 5), "uint8"), r"must have shape .* Received: shape \(4, 4, 5\)"),
        (np.zeros((0, 4), "uint8"), r"at least one pixel. Received: shape \(0, 4\)"),
        (np.zeros((4, 4), "int64"), "must be uint8, uint16, or float .* Received: dtype int64"),
        (np.zeros((4, 4), bool), "must be uint8, uint16, or float .* Received: dtype bool"),
        (np.full((4, 4), np.nan), "must be finite; replace NaN"),
        (np.full((4, 4), np.inf, "float32"), "must be finite; replace NaN"),
        (np.full((4, 4), 128.0), r"must lie in \[0, 1\]; divide .* Received: values from 128"),
        (
            np.full((4, 4), 1.0025),
            r"must lie in \[0, 1\]; .* Received: values from 1.0025 to 1.0025",
        ),
        (np.full((4, 4), -0.5), r"must lie in \[0, 1\]; .* Received: values from -0.5"),
        (
            "photo.jpg",
            r"`colorkit.read_photo\(path\).pixels`. Received: 'photo.jpg'",
        ),
        (Path("photo.jpg"), r"its pixels, .* Received: \w+Path\('photo.jpg'\)"),
        (None, "its pixels, .* Received: None"),
    ],
)
def test_arrays_that_are_no_picture(linear, image, message):
    with pytest.raises(ValueError, match=message):
        linear.colorize(image)


def test_a_single_picture_is_no_batch(linear):
    with pytest.raises(ValueError, match="give a single picture to `colorize`"):
        linear.colorize_batch(np.zeros((4, 4, 3), "uint8"))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"model": 3}, "`model` must be 'colorkit_base', .* Received: int"),
        ({"size": 0}, "`size` must be a positive int, .* Received: size=0"),
        ({"size": 2.5}, "`size` must be a positive int, .* Received: size=2.5"),
        ({"saturation": -1}, "`saturation` must be from 0 .* Received: saturation=-1"),
        ({"saturation": float("nan")}, "`saturation` must be from 0 .* Received: saturation=nan"),
        (
            {"saturation": 1e30},
            "`saturation` must be from 0 .* to 10; .* Received: saturation=1e.30",
        ),
        ({"style": "vivid"}, "has one style: leave `style` out.* Received: style='vivid'"),
        ({"precision": "float16"}, "`precision` must be one of .* Received: 'float16'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Colorizer(**{"model": linear_model(), **arguments})


def test_many_shapes_bring_no_advice_from_tensorflow(caplog, linear):
    for length in range(200, 1000, 100):
        linear.colorize(np.full((length, 2 * length + 64 * (length // 100)), 9, "uint8"))
        linear.colorize(np.full((200, length), 9, "uint8"))
    assert "retracing" not in caplog.text


def test_size_is_not_for_models_of_one_input_size():
    with pytest.raises(ValueError, match="pictures of 64 x 96 pixels only: leave `size` out"):
        Colorizer(linear_model((64, 96)), size=128)


def test_model_is_the_model_as_given():
    model = linear_model()
    colorizer = Colorizer(model)
    colorizer.colorize(np.zeros((8, 8), "uint8"))
    assert colorizer.model is model
    assert colorizer.styles == (), "it predicts one colour"
    ab = colorizer.model.predict(np.full((1, 32, 32, 1), 64, "float32"), verbose=0)
    np.testing.assert_allclose(ab[0, 0, 0], [SLOPE_A / 2, SLOPE_B / 2], rtol=1e-5)
