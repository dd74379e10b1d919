"""Evaluates models on a Ray cluster: the figures that one machine finds."""

from __future__ import annotations

import functools
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from colorkit.cluster.connection import Cluster
from colorkit.data.survey import look_here
from colorkit.evaluation.batch_measurer import BatchMeasurer
from colorkit.evaluation.evaluator import evaluate_models
from colorkit.evaluation.perceptual import PerceptualMetrics

if TYPE_CHECKING:
    from colorkit.data.source import PhotoSource
    from colorkit.data.survey_cache import Finding
    from colorkit.evaluation.batch_measurer import BatchColorizer, EvaluationJob, Outcome
    from colorkit.evaluation.result import Evaluation
    from colorkit.typing import StrPath


def evaluate_on_cluster(
    models: Mapping[str, BatchColorizer],
    photos: StrPath,
    *,
    address: str | None = None,
    workers: int | None = None,
    settings: Mapping[str, object] | None = None,
    **options: Any,
) -> Evaluation:
    """Evaluates models as `colorkit.evaluate_models` does, on the machines of a Ray cluster.

    Processes look for gray photographs, colour and measure; the driver gathers the values of each
    photograph in their order, so that means are the same to the last digit for any number of
    workers, on machines of one kind.

    Args:
        models: Dict from names to `Colorizer`s; they are pickled.
        photos: Path of a folder or tar that every machine sees.
        address: As for `colorize_archive`.
        workers: Likewise.
        settings: Dict of further settings to store in the result.
        **options: What else `evaluate_models` takes.

    Returns:
        An `Evaluation`.

    Raises:
        ImportError: If Ray is not installed.
        ConnectionError: If there is no cluster at the address.
        PhotoError: As `evaluate_models` does.
        ValueError: If a machine does not see the photographs or lacks what others measure by, or
            as `evaluate_models` does.
    """
    settings = {"photographs": str(photos), **(settings or {})}
    with Cluster(address) as cluster:
        engine = _ClusterEngine(cluster, workers)
        return evaluate_models(
            models, os.path.abspath(photos), settings=settings, engine=engine, **options
        )


class _ClusterEngine:
    """The `EvaluationEngine` of a cluster."""

    def __init__(self, cluster: Cluster, workers: int | None) -> None:
        self._cluster, self._workers = cluster, workers

    def look(
        self, source: PhotoSource, parts: Iterable[Sequence[int]]
    ) -> Iterator[list[Finding | None]]:
        """Looks for gray photographs, each machine with its cache."""
        make = functools.partial(_make_looker, source)
        return self._cluster.map(make, parts, self._workers, with_model=True)

    def measure(
        self,
        job: EvaluationJob,
        perceptual: PerceptualMetrics,
        batches: Iterable[Sequence[int]],
    ) -> Iterator[list[Outcome]]:
        """Yields what becomes of each batch, in order."""
        make = functools.partial(_make_measurer, job, frozenset(perceptual.skipped))
        return self._cluster.map(make, batches, self._workers, with_model=True)


def _make_looker(source: PhotoSource) -> Callable[[Sequence[int]], list[Finding | None]]:
    return lambda part: next(look_here(source, [part]))


def _make_measurer(
    job: EvaluationJob, skipped: frozenset[str]
) -> Callable[[Sequence[int]], list[Outcome]]:
    perceptual = PerceptualMetrics(job.perceptual)
    if frozenset(perceptual.skipped) != skipped:
        raise ValueError(
            f"Expected the same metrics on all machines of the cluster. {platform.node()} skips "
            f"{', '.join(perceptual.skipped) or 'none'}, the driver "
            f"{', '.join(sorted(skipped)) or 'none'}. Install the same packages and weights, or "
            "give --no-perceptual."
        )
    measurer = BatchMeasurer(job, perceptual)

    def measure(indices: Sequence[int]) -> list[Outcome]:
        batch = [measurer.read(index) for index in indices]
        return measurer.measure(batch, measurer.colorize(batch))

    return measure
