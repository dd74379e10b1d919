"""Losses against direct NumPy readings of their formulas."""

import keras
import numpy as np
import pytest
import skimage.color
from keras import ops

from colorkit.color.ab_bins import AB_BINS, load_prior, rebalancing_weights
from colorkit.losses import (
    RGBMSE,
    ChromaMSE,
    HueChromaDivergence,
    NeighborCrossEntropy,
    NormalizedChromaLoss,
    RebalancedCrossEntropy,
)

pytestmark = pytest.mark.any_backend


@pytest.fixture
def photos():
    return np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)


def test_chroma_mse(photos):
    ab = np.random.default_rng(1).uniform(-1, 1, (2, 8, 8, 2)).astype("float32")
    expected = np.mean((skimage.color.rgb2lab(photos)[..., 1:] / 128 - ab) ** 2)
    assert float(ChromaMSE()(photos, ab)) == pytest.approx(expected, rel=1e-4)


def test_chroma_mse_of_the_truth_is_zero(photos):
    assert float(ChromaMSE()(photos, skimage.color.rgb2lab(photos)[..., 1:] / 128)) < 1e-9


def test_a_step_along_the_gradient_of_chroma_mse_ends_at_the_mean_colour(photos):
    """Of half the squared error of each of two channels, which a step of 1 along brings to 0."""
    one_color = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 1)])
    one_color.compile(keras.optimizers.SGD(1.0), ChromaMSE(), jit_compile=False)
    one_color.train_on_batch(np.zeros((2, 8, 8, 3)), photos)
    expected = np.mean(skimage.color.rgb2lab(photos)[..., 1:] / 128, axis=(0, 1, 2))
    np.testing.assert_allclose(one_color.layers[0].bias, expected, rtol=1e-3)


@pytest.mark.parametrize("loss", [ChromaMSE(), NormalizedChromaLoss()])
def test_the_truth_may_be_given_as_ab(photos, loss):
    ab = np.random.default_rng(1).uniform(-1, 1, (2, 8, 8, 2)).astype("float32")
    truth = (skimage.color.rgb2lab(photos)[..., 1:] / 128).astype("float32")
    assert float(loss(truth, ab)) == pytest.approx(float(loss(photos, ab)), rel=1e-4)


def test_rgb_mse(photos):
    rgb = np.random.default_rng(1).random((2, 8, 8, 3)).astype("float32")
    expected = np.mean((photos / 255 - rgb) ** 2)
    assert float(RGBMSE()(photos, rgb)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("uniform_share", [0.5, 1.0])
def test_cross_entropy_of_flat_pictures(uniform_share):
    """For one colour everywhere, the loss is its weight times the mean surprise at four bins."""
    color = np.uint8([200, 120, 60])
    photos = np.broadcast_to(color, (1, 8, 8, 3))
    logits = np.random.default_rng(2).normal(size=(1, 2, 2, 313)).astype("float32")
    a, b = skimage.color.rgb2lab(color)[1:]
    shares = np.prod(np.clip(1 - np.abs(AB_BINS - [a, b]) / 10, 0, None), axis=-1)
    log_probability = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    weight = np.sum(shares * rebalancing_weights(load_prior(), uniform_share))
    expected = weight * np.mean(-np.sum(shares * log_probability, axis=-1))
    loss = RebalancedCrossEntropy(uniform_share)
    assert float(loss(photos, logits)) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("uniform_share", [0.5, 1.0])
def test_neighbor_cross_entropy_of_flat_pictures(uniform_share):
    """Equations 2 to 4 of Zhang et al. 2016, at one colour: sigma 5, the nearest bin's weight.

    Ten bins, as in the published code."""
    color = np.uint8([200, 120, 60])
    photos = np.broadcast_to(color, (1, 8, 8, 3))
    logits = np.random.default_rng(2).normal(size=(1, 2, 2, 313)).astype("float32")
    distances = np.linalg.norm(AB_BINS - skimage.color.rgb2lab(color)[1:], axis=-1)
    nearest = np.argsort(distances)[:10]
    shares = np.zeros(313)
    shares[nearest] = np.exp(-(distances[nearest] ** 2) / 50)
    shares /= shares.sum()
    log_probability = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    weight = rebalancing_weights(load_prior(), uniform_share)[nearest[0]]
    expected = weight * np.mean(-np.sum(shares * log_probability, axis=-1))
    loss = NeighborCrossEntropy(uniform_share)
    assert float(loss(photos, logits)) == pytest.approx(expected, rel=1e-3)
    assert loss.get_config()["uniform_share"] == uniform_share


def test_neighbor_cross_entropy_leaves_out_photographs_gray_throughout():
    """The published mask: no |a| and no |b| of a photograph, at the answer's size, above 5."""
    photos = np.full((3, 8, 8, 3), 128, np.uint8)
    photos[1, :4, :4] = [140, 125, 115]  # one cell of four in colour
    photos[2, 0, 0] = [140, 125, 115]  # one pixel, whose cell stays gray
    assert np.abs(skimage.color.rgb2lab(photos[1])[..., 1:]).max() > 5
    logits = np.random.default_rng(2).normal(size=(3, 2, 2, 313)).astype("float32")
    per_place = np.asarray(NeighborCrossEntropy(reduction=None)(photos, logits))
    assert (per_place[[0, 2]] == 0).all() and (per_place[1] > 0).all()
    everywhere = np.asarray(RebalancedCrossEntropy(reduction=None)(photos, logits))
    assert (everywhere > 0).all(), "colorkit's own loss learns from gray photographs too"


@pytest.mark.parametrize("loss", [RebalancedCrossEntropy(), NeighborCrossEntropy()])
def test_cross_entropy_sees_the_mean_colour_of_each_cell(loss):
    """Two cells of 4 x 4 pixels, each a chequerboard of two colours."""
    first = np.uint8([[200, 40, 60], [100, 30, 220]])
    second = np.uint8([[100, 120, 160], [80, 250, 120]])
    is_second = np.indices((4, 8)).sum(axis=0)[..., None] % 2 == 1
    chequered, of_first, of_second, of_mean = (
        np.repeat(colors, 4, axis=0)[None, None].repeat(4, axis=1)
        for colors in (first, first, second, np.uint8([[150, 80, 110], [90, 140, 170]]))
    )
    chequered = np.where(is_second, of_second, chequered)
    logits = np.random.default_rng(2).normal(0, 3, (1, 1, 2, 313)).astype("float32")
    found, one, other, mean = (
        float(loss(photos, logits)) for photos in (chequered, of_first, of_second, of_mean)
    )
    assert found == pytest.approx(mean, rel=1e-4)
    assert min(abs(one - mean), abs(other - mean), abs((one + other) / 2 - mean)) > 0.1 * mean


def test_rare_colours_weigh_more():
    logits = np.zeros((1, 1, 1, 313), "float32")
    loss = RebalancedCrossEntropy()
    magenta, gray = (
        float(loss(np.broadcast_to(np.uint8(color), (1, 4, 4, 3)), logits))
        for color in ([255, 0, 255], [128, 128, 128])
    )
    assert magenta > 3 * gray


def test_losses_survive_a_round_trip_through_their_config():
    loss = keras.losses.deserialize(keras.losses.serialize(RebalancedCrossEntropy(0.25)))
    assert loss.uniform_share == 0.25


def test_bfloat16_predictions_are_judged_in_float32(photos):
    ab = ops.zeros((2, 8, 8, 2), "bfloat16")
    expected = np.mean((skimage.color.rgb2lab(photos)[..., 1:] / 128) ** 2)
    assert float(ChromaMSE()(photos, ab)) == pytest.approx(expected, rel=1e-4)


def test_normalized_chroma(photos):
    ab = np.random.default_rng(1).uniform(-1, 1, (2, 8, 8, 2)).astype("float32")
    truth = skimage.color.rgb2lab(photos)[..., 1:]
    expected = [
        np.sum((t - 128 * p) ** 2) / (np.sum(t**2) + np.sum((128 * p) ** 2) + 64 * 2.3**2)
        for t, p in zip(truth, ab, strict=True)
    ]
    found = NormalizedChromaLoss(reduction=None)(photos, ab)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_normalized_chroma_of_rgb_holds_its_lightness(photos):
    loss = NormalizedChromaLoss()
    assert float(loss(photos, photos / 255)) == pytest.approx(0, abs=1e-6)
    darker = skimage.color.lab2rgb(skimage.color.rgb2lab(photos // 4 + 64) - [10, 0, 0])
    assert float(loss(photos // 4 + 64, darker)) == pytest.approx(0.01, abs=2e-3)


def test_normalized_chroma_counts_a_pale_photograph_like_a_colourful_one():
    """For squared error, gray costs the colourful photograph 50 times what it costs the pale."""
    pale, colorful = np.uint8([150, 128, 118]), np.uint8([230, 80, 20])
    photos = np.stack([np.broadcast_to(color, (4, 4, 3)) for color in (pale, colorful)])
    gray = np.zeros((2, 4, 4, 2), "float32")
    squared = np.asarray(ops.mean(ChromaMSE(reduction=None)(photos, gray), axis=(1, 2)))
    assert squared[1] > 30 * squared[0]
    np.testing.assert_allclose(NormalizedChromaLoss(reduction=None)(photos, gray), 1, atol=0.05)


def test_the_best_guess_at_an_uncertain_colour_is_not_pale():
    """Of 10 equal photographs 7 are orange and 3 blue: the best colour is orange at full chroma."""
    lab = np.array([[60, 20, 25], [60, -20, -25]], "float32")
    orange, blue = np.round(255 * skimage.color.lab2rgb(lab)).astype(np.uint8)
    photos = np.stack([np.broadcast_to(color, (2, 2, 3)) for color in [orange] * 7 + [blue] * 3])
    direction = skimage.color.rgb2lab(orange)[1:] / 128

    def best_scale(loss):
        scales = np.linspace(0, 1.5, 31)
        guesses = [np.broadcast_to(scale * direction, (10, 2, 2, 2)) for scale in scales]
        return scales[np.argmin([float(loss(photos, guess)) for guess in guesses])]

    assert best_scale(ChromaMSE()) == pytest.approx(0.4, abs=0.06)
    assert best_scale(NormalizedChromaLoss()) == pytest.approx(1.0, abs=0.06)


def test_normalized_chroma_of_gray_photographs_is_best_at_gray():
    """Gray photographs and gray predictions leave nothing to divide by but the constant."""
    truth = np.full((1, 4, 4, 3), 128, "uint8")
    loss = NormalizedChromaLoss()
    values = [float(loss(truth, np.full((1, 4, 4, 2), step, "float32"))) for step in (0.0, 1e-3)]
    assert 0 <= values[0] < values[1] < 0.02


def divergence(truth, logits):
    """Kullback-Leibler divergence in NumPy, of shares and logits."""
    answer = np.exp(logits) / np.sum(np.exp(logits))
    seen = truth > 0
    return np.sum(truth[seen] * np.log(truth[seen] / answer[seen]))


def hue_chroma_divergence(photo, logits, row, column, reach):
    """Larsson et al. 2016, section 3.2, of one pixel of one photograph."""
    _, a, b = np.moveaxis(skimage.color.rgb2lab(photo), -1, 0)
    hue, chroma = np.angle(a + 1j * b) / (2 * np.pi) % 1, np.minimum(np.hypot(a, b) / 100, 1)
    window = np.s_[
        max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1
    ]
    of_hue, of_chroma = (np.histogram(x[window], 32, (0, 1))[0] for x in (hue, chroma))
    hue_loss = divergence(of_hue / of_hue.sum(), logits[:32])
    chroma_loss = divergence(of_chroma / of_chroma.sum(), logits[32:64])
    lightness = skimage.color.rgb2lab(photo)[row, column, 0] / 100
    return (
        3 * min(lightness, 1 / 3, 1 - lightness) * chroma_loss + 5 * chroma[row, column] * hue_loss
    )


@pytest.mark.parametrize("window", [1, 7])
def test_hue_chroma_divergence_of_pixels(photos, window):
    random = np.random.default_rng(3)
    logits = random.normal(size=(2, 3, 64)).astype("float32")
    places = random.integers(0, 8, (2, 3, 2))
    answer = np.concatenate([logits, places], axis=-1).astype("float32")
    expected = [
        [hue_chroma_divergence(photo, *pixel, window // 2) for pixel in zip(*pixels, strict=True)]
        for photo, *pixels in zip(photos, logits, places[..., 0], places[..., 1], strict=True)
    ]
    found = HueChromaDivergence(window=window, reduction=None)(photos, answer)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize(("level", "part"), [(0, 0.0), (48, "L"), (118, 1 / 3), (225, "1 - L")])
def test_chroma_counts_little_near_black_and_white(level, part):
    """Grays, whose hue does not count: 3 min(L, 1/3, 1 - L) times the surprise at no chroma."""
    photos = np.full((1, 4, 4, 3), level, np.uint8)
    lightness = skimage.color.rgb2lab(photos)[0, 0, 0, 0] / 100
    weight = 3 * {"L": lightness, "1 - L": 1 - lightness}.get(part, part)
    logits = np.zeros((1, 1, 1, 64), "float32")
    found = float(HueChromaDivergence()(photos, logits))
    assert found == pytest.approx(weight * np.log(32), abs=0.01)


def test_hue_chroma_divergence_of_a_grid_is_that_of_its_cells_middles(photos):
    logits = np.random.default_rng(3).normal(size=(2, 2, 2, 64)).astype("float32")
    places = np.broadcast_to([[2, 2], [2, 6], [6, 2], [6, 6]], (2, 4, 2))
    answer = np.concatenate([logits.reshape(2, 4, 64), places], axis=-1).astype("float32")
    loss = HueChromaDivergence()
    assert float(loss(photos, logits)) == pytest.approx(float(loss(photos, answer)), rel=1e-5)


def test_hue_chroma_divergence_of_the_truth_is_zero():
    photos = np.broadcast_to(np.uint8([200, 120, 60]), (1, 4, 4, 3))
    _, a, b = skimage.color.rgb2lab(photos[0, 0, 0])
    logits = np.full((1, 1, 1, 64), -50, "float32")
    logits[..., int(32 * (np.arctan2(b, a) / (2 * np.pi) % 1))] = 50
    logits[..., 32 + int(32 * np.hypot(a, b) / 100)] = 50
    assert float(HueChromaDivergence()(photos, logits)) == pytest.approx(0, abs=1e-4)


def test_the_hue_of_gray_does_not_matter():
    gray = np.full((1, 4, 4, 3), 128, "uint8")
    answers = np.zeros((2, 1, 1, 1, 64), "float32")
    answers[1, ..., 7] = 30.0
    first, second = (float(HueChromaDivergence()(gray, answer)) for answer in answers)
    assert first == pytest.approx(second, abs=0.01)


def test_hue_chroma_divergence_survives_a_round_trip_through_its_config():
    loss = keras.losses.deserialize(keras.losses.serialize(HueChromaDivergence(2.0, window=3)))
    assert (loss.hue_weight, loss.window) == (2.0, 3)
