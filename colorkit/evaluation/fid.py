"""How far two sets of feature vectors lie apart, as FID measures it."""

import numpy as np


class FeatureStatistics:
    """Mean and covariance of feature vectors that come one by one."""

    def __init__(self):
        self.count = 0
        self._sum = self._products = 0.0

    def add(self, features):
        """Counts one vector of shape `(N,)`."""
        self.count += 1
        self._sum = self._sum + features
        self._products = self._products + np.outer(features, features)

    def mean_and_covariance(self):
        """Returns arrays of shape `(N,)` and `(N, N)`; two vectors or more must have been added."""
        mean = self._sum / self.count
        return mean, (self._products - self.count * np.outer(mean, mean)) / (self.count - 1)


def frechet_distance(statistics, others):
    """Computes the squared Fréchet distance of two Gaussians (Dowson and Landau 1982).

    Args:
        statistics: `FeatureStatistics`.
        others: The same.

    Returns:
        Float: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).
    """
    (mean, covariance), (other_mean, other_covariance) = (
        each.mean_and_covariance() for each in (statistics, others)
    )
    # (C1 C2)^(1/2) has the trace of (R C2 R)^(1/2), R being the symmetric root of C1.
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    products = np.linalg.eigvalsh(root @ other_covariance @ root)
    return float(
        np.sum((mean - other_mean) ** 2)
        + np.trace(covariance)
        + np.trace(other_covariance)
        - 2.0 * np.sum(np.sqrt(np.maximum(products, 0.0)))
    )
