import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.inference.denoising import denoise
from colorkit.inference.letterbox import Letterbox, fill_letterbox, letterbox_picture
from colorkit.inference.tiles import Tiles
from colorkit.models.spec import ModelSpec

ANY_SIZE = ModelSpec(image_size=None, size_multiple=32, output="ab")
SIDE = st.integers(1, 6000)


@given(height=SIDE, width=SIDE, size=st.integers(32, 600), stride=st.sampled_from([1, 2, 4]))
def test_frames_of_any_size(height, width, size, stride):
    letterbox = letterbox_picture((height, width), ANY_SIZE, size, stride)
    for content, padded in zip(letterbox.content, letterbox.padded, strict=True):
        assert 1 <= content <= padded < content + 64
        assert padded % 32 == 0 and content % stride == 0
        assert content <= 256 * size + stride
    is_longest = max(height, width) > 256 * min(height, width)
    assert abs(min(letterbox.content) - size) < stride + 1 or is_longest
    scale = min(size / min(height, width), 256 * size / max(height, width))
    for content, side in zip(letterbox.content, (height, width), strict=True):
        assert -0.51 <= content - side * scale < stride + 0.51 or content == stride
    tiles = letterbox.tiles
    if max(height, width) <= 4 * min(height, width):
        assert (tiles.shape, tiles.starts) == (letterbox.padded, (0,))
    else:
        assert 4 * size <= max(tiles.shape) < 4 * size + 64
        assert min(tiles.shape) == min(letterbox.padded)
        assert tiles.starts[-1] + max(tiles.shape) == max(letterbox.padded)


@given(height=SIDE, width=SIDE, stride=st.sampled_from([1, 2]))
def test_frames_of_one_size(height, width, stride):
    spec = ModelSpec(image_size=(224, 160), size_multiple=32, output="ab")
    letterbox = letterbox_picture((height, width), spec, stride=stride)
    assert letterbox.tiles.shape == (224, 160)
    if max(height, width) <= 4 * min(height, width):
        assert letterbox.padded == (224, 160)
        assert letterbox.content[0] == 224 or letterbox.content[1] == 160
        assert letterbox.content[0] <= 224 and letterbox.content[1] <= 160
    elif max(height, width) <= 256 * min(height, width):
        across = 1 if height > width else 0
        assert letterbox.content[across] == (224, 160)[across]
        scale = (224, 160)[across] / (height, width)[across]
        assert abs(letterbox.content[1 - across] - scale * max(height, width)) <= stride
        assert letterbox.padded == letterbox.content


def test_common_photographs_need_few_shapes():
    ratios = [(1, 1), (5, 4), (4, 3), (7, 5), (3, 2), (16, 10), (16, 9), (2, 1)]
    frames = {letterbox_picture((100 * y, 100 * x), ANY_SIZE).padded for x, y in ratios}
    assert frames == {(192, 192), (192, 256), (192, 320), (192, 384)}


@settings(deadline=None)
@given(height=st.integers(1, 200), width=st.integers(1, 200))
def test_padding_reflects_the_content(height, width):
    lightness = np.random.default_rng(0).uniform(0, 100, (height, width)).astype("float32")
    letterbox = letterbox_picture(lightness.shape, ANY_SIZE, size=32)
    filled = fill_letterbox(lightness, letterbox)
    rows, columns = (
        np.minimum(np.arange(side) % (2 * part), 2 * part - 1 - np.arange(side) % (2 * part))
        for part, side in zip(letterbox.content, letterbox.padded, strict=True)
    )
    np.testing.assert_array_equal(filled, filled[rows][:, columns])
    assert lightness.min() - 1e-3 <= filled.min() and filled.max() <= lightness.max() + 1e-3


def test_padding_of_six_pixels():
    """By hand: mirrored with the last pixel repeated, and mirrored again where there is room."""
    padded = Letterbox((2, 3), (5, 7), Tiles((5, 7))).pad(np.array([[1, 2, 3], [4, 5, 6]]))
    first, second = [1, 2, 3, 3, 2, 1, 1], [4, 5, 6, 6, 5, 4, 4]
    np.testing.assert_array_equal(padded, [first, second, second, first, first])
    colored = Letterbox((1, 2), (1, 3), Tiles((1, 3))).pad(np.array([[[1, 2], [3, 4]]]))
    np.testing.assert_array_equal(colored, [[[1, 2], [3, 4], [3, 4]]])


def test_the_content_is_the_area_mean():
    lightness = np.random.default_rng(0).uniform(48, 52, (256, 320)).astype("float32")
    letterbox = letterbox_picture(lightness.shape, ANY_SIZE, size=64)
    expected = lightness.reshape(64, 4, 80, 4).mean(axis=(1, 3))
    assert letterbox.content == (64, 80)
    filled = fill_letterbox(lightness, letterbox)
    np.testing.assert_allclose(filled[:64, :80], expected, atol=1e-3)


def test_the_content_has_no_grain():
    grain = np.random.default_rng(0).normal(50, 10, (64, 80)).astype("float32")
    letterbox = letterbox_picture(grain.shape, ANY_SIZE, size=64)
    np.testing.assert_array_equal(fill_letterbox(grain, letterbox)[:64, :80], denoise(grain))
    assert denoise(grain).std() < 5
