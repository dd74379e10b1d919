"""The metrics of an evaluation against independent ones."""

import keras
import numpy as np
import pytest
import skimage.data
from evaluated_photos import PRIOR, FakeColorizer, Source, tinted
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from colorkit.color.ab_bins import AB_BINS
from colorkit.evaluation.baselines import constant_color_picture, gray_picture, mean_color
from colorkit.evaluation.evaluator import evaluate_model
from colorkit.inference.colorizer import Colorizer
from colorkit.models.layers.common import ScaleLightness


def tint_by_lightness():
    """A model of three numbers: bluish shadows, yellowish lights."""
    tint = keras.layers.Conv2D(2, 1)
    model = keras.Sequential([keras.Input((None, None, 1)), ScaleLightness(0.01, 1), tint])
    tint.set_weights([np.float32([[[[0.1, 0.6]]]]), np.float32([-0.05, -0.3])])
    return model


def auc(photo, picture, weights):
    """Zhang, Isola, Efros 2016, 3.1: a cumulative curve over thresholds, then its area."""
    error = np.sqrt(((rgb2lab(photo) - rgb2lab(picture))[..., 1:] ** 2).sum(-1))
    curve = [(weights * (error <= threshold)).sum() / weights.sum() for threshold in range(151)]
    return 100 * np.mean(np.add(curve[1:], curve[:-1]) / 2)


def class_weights(photo):
    distance = ((rgb2lab(photo)[..., None, 1:] - AB_BINS) ** 2).sum(-1)
    return 1 / (len(PRIOR) * PRIOR[distance.argmin(-1)])


def colorfulness(rgb, change=lambda opponent: opponent):
    """Hasler, Suesstrunk 2003, M(3)."""
    red, green, blue = np.float64(rgb).reshape(-1, 3).T
    rg, yb = change(red - green), change((red + green) / 2 - blue)
    return np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())


def test_metrics_of_each_photo_equal_independent_ones():
    source = Source()
    evaluation = evaluate_model(FakeColorizer(tinted), source, class_prior=PRIOR, perceptual=False)
    assert [photo.name for photo in evaluation.photos] == source.names
    for photo, measured in zip(source.photos, evaluation.photos, strict=True):
        assert (measured.height, measured.width) == photo.shape[:2]
        candidates = {
            "model": tinted(photo),
            "gray": gray_picture(photo),
            "mean_color": constant_color_picture(photo, mean_color(PRIOR)),
        }
        weights = class_weights(photo)
        assert measured.class_weight == pytest.approx(weights.mean(), rel=1e-3)
        assert set(measured.metrics) == {*candidates, "truth"}
        for who, picture in candidates.items():
            excess = colorfulness(picture) - colorfulness(photo)
            expected = {
                "psnr": peak_signal_noise_ratio(photo, picture),
                "ssim": structural_similarity(
                    photo,
                    picture,
                    channel_axis=-1,
                    gaussian_weights=True,
                    use_sample_covariance=False,
                ),
                "ciede2000": deltaE_ciede2000(rgb2lab(photo), rgb2lab(picture)).mean(),
                "auc": auc(photo, picture, np.ones(photo.shape[:2])),
                "auc_rebalanced": auc(photo, picture, weights),
                "colorfulness": colorfulness(picture),
                "colorfulness_bias": excess,
                "colorfulness_error": abs(excess),
                "cf": colorfulness(picture, np.abs),
                "cf_bias": colorfulness(picture, np.abs) - colorfulness(photo, np.abs),
            }
            assert set(measured.metrics[who]) == set(expected)
            for metric, value in expected.items():
                tolerance = {"ssim": 1e-3, "ciede2000": 0.02}.get(metric, 0.2)
                found = measured.metrics[who][metric]
                assert found == pytest.approx(value, abs=tolerance), (who, metric)
        assert measured.metrics["truth"] == pytest.approx(
            {"colorfulness": colorfulness(photo), "cf": colorfulness(photo, np.abs)}, abs=1e-3
        )


def test_means_give_each_photo_the_same_say():
    evaluation = evaluate_model(FakeColorizer(tinted), Source(), class_prior=PRIOR)
    means = evaluation.means()
    for who in ("model", "gray"):
        for metric in ("psnr", "auc", "colorfulness"):
            of_photos = [photo.metrics[who][metric] for photo in evaluation.photos]
            assert means[who][metric] == pytest.approx(sum(of_photos) / len(of_photos))
    truth, tint = means["truth"]["colorfulness"], means["model"]["colorfulness"]
    assert truth > 5
    assert means["model"]["colorfulness_bias"] == pytest.approx(tint - truth, abs=1e-4)
    excesses = [photo.metrics["model"]["colorfulness_bias"] for photo in evaluation.photos]
    assert means["model"]["colorfulness_error"] == pytest.approx(np.mean(np.abs(excesses)))


def test_rebalanced_mean_is_that_of_all_pixels_in_one_picture():
    source = Source(sizes=[(20, 30)] * 4)
    evaluation = evaluate_model(FakeColorizer(tinted), source, class_prior=PRIOR)
    together = np.concatenate(source.photos)
    expected = auc(together, tinted(together), class_weights(together))
    assert evaluation.means()["model"]["auc_rebalanced"] == pytest.approx(expected, abs=0.02)


def test_perfect_model():
    evaluation = evaluate_model(FakeColorizer(np.copy), Source(), class_prior=PRIOR)
    means = evaluation.means()
    assert means["model"]["psnr"] == pytest.approx(100)
    assert means["model"]["auc"] == pytest.approx(100, abs=1e-3)
    assert means["model"]["auc_rebalanced"] == pytest.approx(100, abs=1e-3)
    assert means["model"]["colorfulness"] == means["truth"]["colorfulness"]
    assert means["gray"]["auc"] < 95


def test_gray_model_equals_the_baseline():
    colorizer = FakeColorizer(gray_picture)
    evaluation = evaluate_model(colorizer, Source(), class_prior=PRIOR, perceptual=False)
    assert evaluation.means()["model"] == evaluation.means()["gray"]
    gains = [row[1].split(" ")[1] for row in evaluation.rows() if "(" in row[1]]
    assert len(gains) == 6 and {float(gain.strip("()")) for gain in gains} == {0.0}


def test_colour_of_the_photo_does_not_reach_the_model():
    colorizer = Colorizer(tint_by_lightness(), size=32, precision="float32")
    of_gray_input = FakeColorizer(lambda photo: colorizer.colorize(gray_picture(photo)[..., 0]))
    source = Source([(40, 40), (31, 48)])
    given_color, told_gray = (
        evaluate_model(each, source, class_prior=PRIOR).means()["model"]
        for each in (colorizer, of_gray_input)
    )
    assert given_color == pytest.approx(told_gray, abs=0.3)
    assert given_color["colorfulness"] > 10


def test_gray_picture_keeps_lightness_and_has_no_colour():
    photo = skimage.data.chelsea()[:60, :60]
    gray = gray_picture(photo)
    assert gray.dtype == "uint8"
    np.testing.assert_array_equal(gray, gray[..., :1].repeat(3, axis=-1))
    np.testing.assert_allclose(rgb2lab(gray)[..., 0], rgb2lab(photo)[..., 0], atol=0.25)


def test_chroma_histograms_are_mean_shares_of_pixels():
    source = Source()
    evaluation = evaluate_model(FakeColorizer(tinted), source, class_prior=PRIOR)
    for who, change in (("truth", np.copy), ("model", tinted)):
        shares = [
            np.histogram(np.hypot(*rgb2lab(change(photo))[..., 1:].T), np.arange(0, 136, 2))[0]
            / photo[..., 0].size
            for photo in source.photos
        ]
        np.testing.assert_allclose(evaluation.chroma[who], np.mean(shares, axis=0), atol=2e-3)
        assert evaluation.chroma[who].sum() == pytest.approx(1)
