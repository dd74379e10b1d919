"""What all metrics have in common: states, weights, RGB and ab, compiling, saving."""

import keras
import numpy as np
import pytest
from keras import ops
from metrics_by_hand import (
    PRIOR,
    auc_as_in_the_paper,
    colorfulness_as_in_the_paper,
    photographs,
    ssim_of_skimage,
    weights_as_in_the_paper,
)
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab
from skimage.metrics import peak_signal_noise_ratio

from colorkit import metrics
from colorkit.color.lab import rgb_to_lab

# Predictions off by 40 Lab units leave the gamut here and there, and skimage says so.
pytestmark = [pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB"), pytest.mark.any_backend]


def some_prediction(photos):
    """ab / 128 that is wrong by up to 40 Lab units."""
    noise = np.random.default_rng(0).uniform(-40, 40, (*photos.shape[:-1], 2))
    return ((rgb2lab(photos)[..., 1:] + noise) / 128).astype("float32")


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
        np.mean(
            [
                ssim_of_skimage(*pair, data_range=1)
                for pair in zip(photos / 255, rgb_pred, strict=True)
            ]
        ),
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


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"`rgb_true` and `rgb_pred`.*\(4, 4, 3\) and \(5, 4, 3\)"):
        metrics.psnr(np.zeros((4, 4, 3), "uint8"), np.zeros((5, 4, 3), "uint8"))
    with pytest.raises(ValueError, match="`ab_true` and `ab_pred` must have the same shape"):
        metrics.ab_error_auc(np.zeros((4, 4, 2)), np.zeros((1, 4, 4, 2)))
    with pytest.raises(ValueError, match="`pixel_weights`.*the same shape"):
        metrics.ab_error_auc(np.zeros((4, 4, 2)), np.zeros((4, 4, 2)), np.ones((4, 4, 1)))
    with pytest.raises(ValueError, match=r"2 channels.*or 3.*Received: shape \(1, 4, 4, 1\)"):
        metrics.AbErrorAuc().update_state(np.zeros((1, 4, 4, 3), "uint8"), np.zeros((1, 4, 4, 1)))
