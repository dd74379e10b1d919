import keras
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import ops
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from colorkit import metrics
from colorkit.color.ab_bins import AB_BINS
from colorkit.color.lab import rgb_to_lab

PRIOR = np.linspace(1.0, 3.0, len(AB_BINS))
PRIOR /= PRIOR.sum()

PICTURES = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda shape: hnp.arrays("uint8", (2, *shape, 3))
)
AB_VALUES = st.floats(-110, 110, width=32)


# Predictions off by 40 Lab units leave the gamut here and there, and skimage says so.
pytestmark = [pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB"), pytest.mark.any_backend]


def photographs():
    """Four photographs of 40 x 40 pixels, uint8 RGB."""
    astronaut, cat = skimage.data.astronaut(), skimage.data.chelsea()
    corners = [(astronaut, 0, 180), (astronaut, 300, 100), (cat, 80, 100), (cat, 200, 300)]
    return np.stack([photo[y : y + 40, x : x + 40] for photo, y, x in corners])


def some_prediction(photos):
    """ab / 128 that is wrong by up to 40 Lab units."""
    noise = np.random.default_rng(0).uniform(-40, 40, (*photos.shape[:-1], 2))
    return ((rgb2lab(photos)[..., 1:] + noise) / 128).astype("float32")


def auc_as_in_the_paper(ab_true, ab_pred, weights):
    """Zhang, Isola, Efros 2016, 3.1, read word for word: a cumulative curve, then its area."""
    error = np.sqrt(((np.float64(ab_true) - ab_pred) ** 2).sum(-1))
    thresholds = np.arange(151)
    curve = [(weights * (error <= threshold)).sum() / weights.sum() for threshold in thresholds]
    area = sum((left + right) / 2 for left, right in zip(curve[:-1], curve[1:], strict=True))
    return 100 * area / 150


def weights_as_in_the_paper(ab, prior):
    """Eq. 4 with lambda 0: inverse of the class's probability, expectation 1."""
    distance = ((ab[..., None, :] - AB_BINS) ** 2).sum(-1)
    weight_of_class = 1 / prior
    weight_of_class /= (prior * weight_of_class).sum()
    return weight_of_class[distance.argmin(-1)]


def colorfulness_as_in_the_paper(rgb):
    red, green, blue = np.float64(rgb).reshape(-1, 3).T
    rg, yb = red - green, (red + green) / 2 - blue
    return np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())


def ssim_of_skimage(photo, picture, data_range=1):
    return structural_similarity(
        photo,
        picture,
        data_range=data_range,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )


@given(PICTURES)
@settings(max_examples=30, deadline=None)
def test_psnr_equals_skimage(pair):
    measured = ops.convert_to_numpy(metrics.psnr(*pair))
    with np.errstate(divide="ignore"):
        expected = [peak_signal_noise_ratio(*both) for both in zip(*pair, strict=True)]
    np.testing.assert_allclose(measured, np.minimum(expected, metrics.MAX_PSNR), rtol=1e-5)


def test_psnr_takes_8_bit_and_unit_range_alike():
    photos = photographs()
    noisy = np.clip(np.int16(photos) + 9, 0, 255).astype("uint8")
    as_bytes = metrics.psnr(photos, noisy)
    as_floats = metrics.psnr(photos, noisy.astype("float64") / 255)
    np.testing.assert_allclose(as_bytes, as_floats, rtol=1e-5)


def test_psnr_of_equal_pictures_is_finite():
    np.testing.assert_array_equal(metrics.psnr(photographs(), photographs()), metrics.MAX_PSNR)


@given(
    hnp.arrays("float32", (2, 2, 5, 6, 2), elements=AB_VALUES),
    hnp.arrays("float32", (2, 5, 6), elements=st.floats(0.125, 8, width=32)),
)
@settings(max_examples=50, deadline=None)
def test_auc_equals_a_direct_reading_of_the_paper(pair, weights):
    # Whole numbers: float32 and float64 then agree on which side of a threshold they are.
    ab_true, ab_pred = np.round(pair)
    plain = ops.convert_to_numpy(metrics.ab_error_auc(ab_true, ab_pred))
    weighted = ops.convert_to_numpy(metrics.ab_error_auc(ab_true, ab_pred, weights))
    for i in range(2):
        expected = auc_as_in_the_paper(ab_true[i], ab_pred[i], np.ones((5, 6)))
        np.testing.assert_allclose(plain[i], expected, rtol=1e-4, atol=1e-4)
        expected = auc_as_in_the_paper(ab_true[i], ab_pred[i], weights[i])
        np.testing.assert_allclose(weighted[i], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("error", "percent"),
    [(0, 100), (0.5, 149.5 / 1.5), (1, 149.5 / 1.5), (75, 50.333), (150, 0.5 / 1.5), (151, 0)],
)
def test_auc_of_one_constant_error(error, percent):
    ab_true = np.zeros((4, 4, 2))
    ab_pred = ab_true + [error, 0]
    np.testing.assert_allclose(metrics.ab_error_auc(ab_true, ab_pred), percent, atol=1e-3)


@given(hnp.arrays("uint8", (3, 4, 3)))
@settings(max_examples=50, deadline=None)
def test_class_weights_equal_a_direct_reading_of_the_paper(rgb):
    ab = rgb2lab(rgb)[..., 1:]
    measured = ops.convert_to_numpy(metrics.class_weights(ab, PRIOR))
    np.testing.assert_allclose(measured, weights_as_in_the_paper(ab, PRIOR), rtol=1e-4)


def test_class_weights_have_mean_one_over_the_prior():
    weights = ops.convert_to_numpy(metrics.class_weights(AB_BINS, PRIOR))
    assert (weights * PRIOR).sum() == pytest.approx(1, abs=1e-5)
    assert weights[0] == pytest.approx(3 * weights[-1], rel=1e-5)


def test_class_weights_have_a_default_prior():
    gray, vivid = ops.convert_to_numpy(metrics.class_weights([[0.0, 0.0], [70.0, 60.0]]))
    assert gray < 1 < vivid


@given(PICTURES)
@settings(max_examples=30, deadline=None)
def test_colorfulness_equals_a_direct_reading_of_the_paper(pair):
    measured = ops.convert_to_numpy(metrics.colorfulness(pair[0]))
    expected = [colorfulness_as_in_the_paper(picture) for picture in pair[0]]
    np.testing.assert_allclose(measured, expected, rtol=1e-4, atol=1e-3)


def test_colorfulness_of_known_pictures():
    gray = np.repeat(skimage.data.camera()[:64, :64, None], 3, axis=-1)
    assert float(metrics.colorfulness(gray)) == 0
    red = np.full((8, 8, 3), [255, 0, 0], "uint8")
    assert float(metrics.colorfulness(red)) == pytest.approx(0.3 * np.hypot(255, 127.5), rel=1e-5)
    halves = np.concatenate([red, np.full((8, 8, 3), [0, 255, 0], "uint8")])
    assert float(metrics.colorfulness(halves)) == pytest.approx(255 + 0.3 * 127.5, rel=1e-5)


def make_metrics():
    return [
        metrics.Psnr(),
        metrics.AbErrorAuc(),
        metrics.RebalancedAbErrorAuc(PRIOR),
        metrics.Colorfulness(),
        metrics.Ssim(),
        metrics.Ciede2000(),
        metrics.ColorfulnessBias(),
        metrics.ColorfulnessError(),
    ]


def test_metrics_equal_direct_readings_on_photographs():
    photos = photographs()
    ab_pred = some_prediction(photos)
    lab_true = rgb2lab(photos)
    rgb_pred = lab2rgb(np.concatenate([lab_true[..., :1], 128 * ab_pred], -1))
    psnrs = [
        peak_signal_noise_ratio(photo / 255, picture)
        for photo, picture in zip(photos, rgb_pred, strict=True)
    ]
    excess = [
        colorfulness_as_in_the_paper(255 * picture) - colorfulness_as_in_the_paper(photo)
        for photo, picture in zip(photos, rgb_pred, strict=True)
    ]
    ones = np.ones(photos.shape[:-1])
    weights = weights_as_in_the_paper(lab_true[..., 1:], PRIOR)
    expected = [
        np.mean(psnrs),
        auc_as_in_the_paper(lab_true[..., 1:], 128 * ab_pred, ones),
        auc_as_in_the_paper(lab_true[..., 1:], 128 * ab_pred, weights),
        np.mean([colorfulness_as_in_the_paper(255 * picture) for picture in rgb_pred]),
        np.mean([ssim_of_skimage(*pair) for pair in zip(photos / 255, rgb_pred, strict=True)]),
        # Lab as predicted: sRGB clips some of it, which is PSNR's and SSIM's business.
        deltaE_ciede2000(lab_true, np.concatenate([lab_true[..., :1], 128 * ab_pred], -1)).mean(),
        np.mean(excess),
        np.mean(np.abs(excess)),
    ]
    for metric, value in zip(make_metrics(), expected, strict=True):
        metric.update_state(photos, ab_pred)
        assert float(metric.result()) == pytest.approx(value, rel=2e-3), metric.name


@pytest.mark.parametrize("metric", make_metrics(), ids=lambda metric: metric.name)
def test_state_over_batches_equals_one_big_batch(metric):
    photos = photographs()
    ab_pred = some_prediction(photos)
    metric.update_state(photos, ab_pred)
    at_once = float(metric.result())
    metric.reset_state()
    metric.update_state(photos[:1], ab_pred[:1])
    assert float(metric.result()) != pytest.approx(at_once, rel=1e-4)
    metric.update_state(photos[1:], ab_pred[1:])
    assert float(metric.result()) == pytest.approx(at_once, rel=1e-5)


@pytest.mark.parametrize("metric", make_metrics(), ids=lambda metric: metric.name)
def test_sample_weights_choose_pictures(metric):
    photos = photographs()
    ab_pred = some_prediction(photos)
    metric.update_state(photos[1:3], ab_pred[1:3])
    chosen = float(metric.result())
    metric.reset_state()
    metric.update_state(photos, ab_pred, sample_weight=np.float32([0, 1, 1, 0]))
    assert float(metric.result()) == pytest.approx(chosen, rel=1e-5)


def test_perfect_prediction():
    photos = photographs()
    perfect = ops.convert_to_numpy(rgb_to_lab(photos)[..., 1:]) / 128
    psnr, auc, rebalanced, colorfulness, ssim, ciede, bias, error = made = make_metrics()
    for metric in made:
        metric.update_state(photos, perfect)
    assert float(ssim.result()) == pytest.approx(1, abs=1e-5)
    assert [float(each.result()) for each in (ciede, bias, error)] == pytest.approx(
        [0] * 3, abs=0.01
    )
    assert float(auc.result()) == pytest.approx(100, abs=1e-4)
    assert float(rebalanced.result()) == pytest.approx(100, abs=1e-4)
    assert float(psnr.result()) > 80
    expected = np.mean(ops.convert_to_numpy(metrics.colorfulness(photos)))
    assert float(colorfulness.result()) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("index", range(len(make_metrics())))
def test_rgb_predictions_are_measured_as_they_are(index):
    photos = photographs()
    ab_pred = some_prediction(photos)
    rgb_pred = lab2rgb(np.concatenate([rgb2lab(photos)[..., :1], 128 * ab_pred], -1))
    ab_of_rgb = rgb2lab(rgb_pred)[..., 1:] / 128  # what the gamut leaves of ab_pred
    from_ab, from_rgb = make_metrics()[index], make_metrics()[index]
    of_lab = isinstance(
        from_ab, (metrics.AbErrorAuc, metrics.RebalancedAbErrorAuc, metrics.Ciede2000)
    )
    from_ab.update_state(photos, ab_of_rgb if of_lab else ab_pred)
    from_rgb.update_state(photos, rgb_pred)
    assert float(from_rgb.result()) == pytest.approx(float(from_ab.result()), rel=2e-3)


@pytest.mark.slow
def test_metrics_work_in_compile_and_under_mixed_precision():
    photos = photographs()
    lightness = rgb2lab(photos)[..., :1].astype("float32")
    inputs = keras.Input((None, None, 1))
    half = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", dtype="mixed_bfloat16")
    model = keras.Model(inputs, half(inputs / 100))
    model.compile(loss=lambda y_true, y_pred: ops.mean(y_pred**2, -1), metrics=make_metrics())
    logged = model.evaluate(lightness, photos, batch_size=3, return_dict=True, verbose=0)
    ab_pred = model.predict(lightness, verbose=0)
    for metric in make_metrics():
        metric.update_state(photos, ab_pred)
        assert logged[metric.name] == pytest.approx(float(metric.result()), rel=1e-3)


@pytest.mark.parametrize("metric", make_metrics(), ids=lambda metric: metric.name)
def test_metrics_survive_serialisation(metric):
    config = keras.saving.serialize_keras_object(metric)
    again = keras.saving.deserialize_keras_object(config)
    for one in (metric, again):
        one.reset_state()
        one.update_state(photographs(), some_prediction(photographs()))
    assert again.name == metric.name
    assert float(again.result()) == float(metric.result())


@pytest.mark.parametrize("prior", [np.ones(312), np.zeros(313), np.ones((313, 1))])
def test_bad_prior_is_refused(prior):
    with pytest.raises(ValueError, match="313 positive probabilities.*Received: shape"):
        metrics.RebalancedAbErrorAuc(prior)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"`rgb_true` and `rgb_pred`.*\(4, 4, 3\) and \(5, 4, 3\)"):
        metrics.psnr(np.zeros((4, 4, 3), "uint8"), np.zeros((5, 4, 3), "uint8"))
    with pytest.raises(ValueError, match="`ab_true` and `ab_pred` must have the same shape"):
        metrics.ab_error_auc(np.zeros((4, 4, 2)), np.zeros((1, 4, 4, 2)))
    with pytest.raises(ValueError, match="`pixel_weights`.*the same shape"):
        metrics.ab_error_auc(np.zeros((4, 4, 2)), np.zeros((4, 4, 2)), np.ones((4, 4, 1)))
    with pytest.raises(ValueError, match=r"2 channels.*or 3.*Received: shape \(1, 4, 4, 1\)"):
        metrics.AbErrorAuc().update_state(np.zeros((1, 4, 4, 3), "uint8"), np.zeros((1, 4, 4, 1)))
