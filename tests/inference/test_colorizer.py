import warnings

import keras
import numpy as np
import pytest
import skimage.color
import skimage.data
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colorkit.inference.colorizer import Colorizer
from colorkit.inference.keras_runtime import KerasRuntime
from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness

pytestmark = pytest.mark.any_backend

SLOPE_A, SLOPE_B = 0.4, -0.3  # what the linear network answers: a = 0.4 L, b = -0.3 L


def linear_network(image_size=(None, None), enlargement=1):
    """A network whose answer is known: a and b are multiples of L."""
    lightness = keras.Input((*image_size, 1))
    x = ScaleLightness(1 / 128, size_multiple=32)(lightness)
    if enlargement > 1:
        x = keras.layers.AveragePooling2D(enlargement)(x)
    known = keras.layers.Conv2D(2, 1, use_bias=False, name="known")
    x = known(x)
    for _ in range(int(np.log2(enlargement))):
        x = BilinearUpSampling2D()(x)
    model = keras.Model(lightness, x, name="linear")
    known.set_weights([np.float32([[[[SLOPE_A, SLOPE_B]]]])])
    return model


def random_network(seed=0):
    """A small convolutional network with random, strong colours."""
    keras.utils.set_random_seed(seed)
    lightness = keras.Input((None, None, 1))
    x = ScaleLightness(1 / 50, size_multiple=32)(lightness)
    for filters in (8, 8):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
    return keras.Model(lightness, x, name="random")


@pytest.fixture(scope="module")
def linear():
    return Colorizer(linear_network(), precision="float32")


@pytest.fixture(scope="module")
def colorful():
    return Colorizer(random_network(), precision="float32")


def smooth_picture(height, width):
    """A gray ramp along both axes, gentle also where they are short.

    All the colours that the linear network gives it lie inside sRGB.
    """
    y, x = (min(1, n / 100) * np.arange(n) / n for n in (height, width))
    return 0.3 + 0.2 * y[:, None] + 0.15 * x[None, :]


def assert_known_colors(rgb, gray, tolerance):
    lab = skimage.color.rgb2lab(rgb.astype("float64"))
    lightness = skimage.color.rgb2lab(np.dstack([gray] * 3))[..., 0]
    np.testing.assert_allclose(lab[..., 0], lightness, atol=0.05)
    np.testing.assert_allclose(lab[..., 1], SLOPE_A * lightness, atol=tolerance)
    np.testing.assert_allclose(lab[..., 2], SLOPE_B * lightness, atol=tolerance)


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
def test_the_networks_own_enlargement_is_replaced(enlargement, size):
    network = linear_network(enlargement=enlargement)
    assert KerasRuntime(network, "float32").stride == enlargement
    colorizer = Colorizer(network, precision="float32")
    gray = smooth_picture(*size)
    assert_known_colors(colorizer.colorize(gray), gray, tolerance=0.3)


@pytest.mark.parametrize("size", [(1, 1), (300, 500), (5000, 1), (64, 96), (63, 20)])
def test_networks_of_one_input_size_keep_the_aspect(size):
    colorizer = Colorizer(linear_network((64, 96)), precision="float32")
    gray = smooth_picture(*size)
    (result,) = colorizer.colorize_in_detail([gray])
    assert_known_colors(result.pixels, gray, tolerance=0.3)
    height, width = result.network_size
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
    assert result.network_size == seen


@pytest.mark.parametrize("image_size", [(None, None), (64, 96)])
@pytest.mark.parametrize("is_tall", [False, True])
def test_a_strip_has_the_colours_of_its_parts(monkeypatch, image_size, is_tall):
    """The network's answer is the same all over its input: what a tile is on average."""
    seen = []

    def answer(self, lightness):
        seen.append(lightness.shape)
        means = lightness.mean(axis=(1, 2), keepdims=True)[..., None]
        return np.broadcast_to([SLOPE_A, SLOPE_B] * means, (*lightness.shape, 2))

    monkeypatch.setattr(KerasRuntime, "predict", answer)
    colorizer = Colorizer(linear_network(image_size), precision="float32")
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
    (result,) = Colorizer(linear_network(), precision="float32").colorize_in_detail([gray])
    assert result.network_size == (192, 5760) and max(map(len, seen)) > 1
    assert_known_colors(result.pixels, gray, tolerance=0.15)


def test_size_sets_the_shorter_side():
    colorizer = Colorizer(linear_network(), size=96, precision="float32")
    (result,) = colorizer.colorize_in_detail([smooth_picture(300, 400)])
    assert result.network_size == (96, 128)


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
    colorizer = Colorizer(random_network(), saturation=0, precision="float32")
    gray = np.arange(256, dtype="uint8").reshape(16, 16)
    np.testing.assert_array_equal(colorizer.colorize(gray), np.dstack([gray] * 3))
    rgb = colorizer.colorize(skimage.data.astronaut())
    assert np.ptp(rgb.astype(int), axis=-1).max() <= 1


def test_saturation_multiplies_chroma():
    gray = np.full((40, 40), 0.5)
    lab = [
        skimage.color.rgb2lab(
            Colorizer(linear_network(), saturation=s, precision="float32").colorize(gray)
        )
        for s in (0.5, 1.0)
    ]
    np.testing.assert_allclose(2 * lab[0][..., 1:], lab[1][..., 1:], atol=0.05)


def test_another_saturation_of_the_same_network(monkeypatch):
    gray = np.full((40, 40), 0.5)
    colorizer = Colorizer(linear_network(), precision="float32")
    before = colorizer.colorize(gray)
    monkeypatch.setattr("colorkit.inference.colorizer.open_network", None)
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


def test_an_rgb_network_contributes_its_ab():
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
        result = Colorizer(linear_network(), precision="float32").colorize_in_detail([gray, gray])
    assert seen[:2] == [(2, 192, 320), (1, 192, 320)]  # first fewer pictures, then smaller ones
    for picture in result:
        assert picture.network_size[0] == 96
        assert_known_colors(picture.pixels, gray, tolerance=0.15)


@pytest.mark.parametrize("image_size", [(None, None), (64, 64)])
def test_memory_that_suffices_for_nothing_is_an_error(monkeypatch, image_size):
    def no_memory(self, lightness):
        raise MemoryError

    monkeypatch.setattr(KerasRuntime, "predict", no_memory)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(MemoryError, match="Free some memory, or give a smaller model"):
            Colorizer(linear_network(image_size)).colorize(np.zeros((300, 300), "uint8"))


def test_other_errors_of_the_network_are_not_taken_for_memory(monkeypatch):
    def broken(self, lightness):
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(KerasRuntime, "predict", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        Colorizer(linear_network()).colorize(np.zeros((30, 30), "uint8"))


def test_a_network_that_answers_nan_is_an_error():
    model = linear_network()
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
        ("photo.jpg", r"must have shape .* Received: shape \(\)"),
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
        Colorizer(**{"model": linear_network(), **arguments})


def test_many_shapes_bring_no_advice_from_tensorflow(caplog, linear):
    for length in range(200, 1000, 100):
        linear.colorize(np.full((length, 2 * length + 64 * (length // 100)), 9, "uint8"))
        linear.colorize(np.full((200, length), 9, "uint8"))
    assert "retracing" not in caplog.text


def test_size_is_not_for_networks_of_one_input_size():
    with pytest.raises(ValueError, match="pictures of 64 x 96 pixels only: leave `size` out"):
        Colorizer(linear_network((64, 96)), size=128)


def test_model_is_the_network_as_given():
    model = linear_network()
    colorizer = Colorizer(model)
    colorizer.colorize(np.zeros((8, 8), "uint8"))
    assert colorizer.model is model
    assert colorizer.styles == (), "it predicts one colour"
    ab = colorizer.model(np.full((1, 32, 32, 1), 64, "float32"))
    np.testing.assert_allclose(ab[0, 0, 0], [SLOPE_A / 2, SLOPE_B / 2], rtol=1e-5)
