import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from colorkit.evaluation.fid import FeatureStatistics, frechet_distance


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
