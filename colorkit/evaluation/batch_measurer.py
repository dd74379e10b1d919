"""Colours and measures batches of photographs, here on threads."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorkit.data.survey import look_here
from colorkit.evaluation.baselines import baseline_pictures
from colorkit.evaluation.examples import make_thumbnail
from colorkit.evaluation.measure import Measured, Measurer
from colorkit.evaluation.metric_info import TRUTH
from colorkit.evaluation.protocols import Protocol, prepare_photo
from colorkit.io.photo import PhotoError
from colorkit.metrics import SSIM_WINDOW

if TYPE_CHECKING:
    from colorkit.data.source import PhotoSource
    from colorkit.data.survey_cache import Finding
    from colorkit.evaluation.perceptual import PerceptualMetrics, PerceptualValues


class BatchColorizer(typing.Protocol):
    """What is evaluated: `Colorizer`, or an object with its `colorize_batch`."""

    def colorize_batch(self, images: list[NDArray[np.uint8]], /) -> Sequence[NDArray[np.uint8]]:
        """Colours RGB photographs of shape `(H, W, 3)` by their lightness."""


class NamedPhotos(typing.Protocol):
    """Photographs to evaluate on: `PhotoSource`, or an object with these parts of it."""

    @property
    def names(self) -> Sequence[str]:
        """Their names."""

    def __len__(self) -> int:
        """Returns the number of photographs."""

    def read(self, index: int, /) -> NDArray[np.uint8]:
        """Reads the RGB photograph of an index."""


@dataclasses.dataclass(frozen=True)
class MeasuredPhoto:
    """One photograph, coloured and measured.

    Attributes:
        name: Its name.
        height, width: Its size in pixels, as the protocol has it.
        measured: `Measured`, of the models' pictures and the baselines.
        perceptual: `PerceptualValues` likewise.
        thumbnails: Small pictures by name, of `TRUTH` too; empty where no examples are kept.
    """

    name: str
    height: int
    width: int
    measured: Measured
    perceptual: PerceptualValues
    thumbnails: Mapping[str, NDArray[np.uint8]]


@dataclasses.dataclass(frozen=True)
class Unreadable:
    """A photograph that is left out, and the reason."""

    name: str
    reason: str


@dataclasses.dataclass(frozen=True)
class EvaluationJob:
    """What is measured, and how; it can be pickled where its models and photographs can.

    Attributes:
        models: Dict from names to what is evaluated.
        source: `NamedPhotos`.
        protocol: `Protocol`.
        prior: Probability of each of the 313 colour classes.
        perceptual: Whether to measure LPIPS and FID where they are available.
        keeps_thumbnails: Whether examples are kept.
    """

    models: Mapping[str, BatchColorizer]
    source: NamedPhotos
    protocol: Protocol
    prior: Sequence[float] | NDArray[np.float64]
    perceptual: bool
    keeps_thumbnails: bool


Outcome: TypeAlias = "MeasuredPhoto | Unreadable"
_Batch: TypeAlias = "list[tuple[str, NDArray[np.uint8]] | Unreadable]"


class EvaluationEngine(typing.Protocol):
    """What colours and measures: threads of this machine, or a cluster."""

    def look(
        self, source: PhotoSource, parts: Iterable[Sequence[int]]
    ) -> Iterator[list[Finding | None]]:
        """Looks for gray photographs, as `look_here` does."""

    def measure(
        self,
        job: EvaluationJob,
        perceptual: PerceptualMetrics,
        batches: Iterable[Sequence[int]],
    ) -> Iterator[list[Outcome]]:
        """Yields what becomes of each batch, in order.

        Args:
            job: `EvaluationJob`.
            perceptual: `PerceptualMetrics` of this process.
            batches: Indices of the photographs of each batch.
        """


class BatchMeasurer:
    """Reads, colours and measures batches of photographs.

    Args:
        job: `EvaluationJob`.
        perceptual: `PerceptualMetrics`.
    """

    def __init__(self, job: EvaluationJob, perceptual: PerceptualMetrics) -> None:
        self._job, self._perceptual = job, perceptual
        self._measurer = Measurer(job.prior)

    def read(self, index: int) -> tuple[str, NDArray[np.uint8]] | Unreadable:
        """Reads a photograph, as the protocol has it."""
        name = self._job.source.names[index]
        try:
            photo = prepare_photo(self._job.source.read(index), self._job.protocol)
            _check_large_enough(name, photo)
        except PhotoError as error:
            return Unreadable(name, str(error))
        return name, photo

    def colorize(self, batch: _Batch) -> list[Mapping[str, NDArray[np.uint8]]]:
        """Returns for each photograph of a batch that could be read the models' pictures."""
        photos = [each for each in batch if not isinstance(each, Unreadable)]
        if not photos:
            return []
        by_model = {
            name: _checked(model.colorize_batch([photo for _, photo in photos]), photos)
            for name, model in self._job.models.items()
        }
        return [{name: made[n] for name, made in by_model.items()} for n in range(len(photos))]

    def measure(
        self, batch: _Batch, colored: Iterable[Mapping[str, NDArray[np.uint8]]]
    ) -> list[Outcome]:
        """Measures what `colorize` returned for a batch."""
        pictures = iter(colored)
        return [
            each if isinstance(each, Unreadable) else self._measure(*each, next(pictures))
            for each in batch
        ]

    def _measure(
        self, name: str, photo: NDArray[np.uint8], colored: Mapping[str, NDArray[np.uint8]]
    ) -> MeasuredPhoto:
        pictures = {**colored, **baseline_pictures(photo, self._job.prior)}
        shown = {**pictures, TRUTH: photo} if self._job.keeps_thumbnails else {}
        height, width = photo.shape[:2]
        return MeasuredPhoto(
            name,
            height,
            width,
            self._measurer.measure(photo, pictures),
            self._perceptual.measure(photo, pictures),
            {who: make_thumbnail(picture) for who, picture in shown.items()},
        )


class Threads:
    """The `EvaluationEngine` of this machine.

    While the models colour a batch, a thread measures the previous one and another reads the next.
    """

    def look(
        self, source: PhotoSource, parts: Iterable[Sequence[int]]
    ) -> Iterator[list[Finding | None]]:
        """Looks for gray photographs, as `look_here` does."""
        return look_here(source, parts)

    def measure(
        self,
        job: EvaluationJob,
        perceptual: PerceptualMetrics,
        batches: Iterable[Sequence[int]],
    ) -> Iterator[list[Outcome]]:
        """Yields what becomes of each batch, in order."""
        measurer = BatchMeasurer(job, perceptual)
        behind: collections.deque[concurrent.futures.Future[list[Outcome]]] = collections.deque()
        with concurrent.futures.ThreadPoolExecutor(max_workers=1) as measuring_thread:
            for batch in _read_ahead(measurer, batches):
                colored = measurer.colorize(batch)
                behind.append(measuring_thread.submit(measurer.measure, batch, colored))
                if len(behind) > 1:
                    yield behind.popleft().result()
            while behind:
                yield behind.popleft().result()


def _read_ahead(measurer: BatchMeasurer, batches: Iterable[Sequence[int]]) -> Iterator[_Batch]:
    """Yields batches as they are read, while the photographs of the next one are read."""
    waiting: collections.deque[
        list[concurrent.futures.Future[tuple[str, NDArray[np.uint8]] | Unreadable]]
    ] = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as reader:
        for batch in batches:
            waiting.append([reader.submit(measurer.read, index) for index in batch])
            if len(waiting) > 1:
                yield [read.result() for read in waiting.popleft()]
        while waiting:
            yield [read.result() for read in waiting.popleft()]


def _check_large_enough(name: str, photo: NDArray[np.uint8]) -> None:
    if min(photo.shape[:2]) < SSIM_WINDOW:
        raise PhotoError(
            f"{name}: SSIM needs {SSIM_WINDOW} x {SSIM_WINDOW} pixels; take it out, or choose a "
            f"protocol that resizes. Received: {photo.shape[0]} x {photo.shape[1]}"
        )


def _checked(
    pictures: Sequence[NDArray[np.uint8]], batch: list[tuple[str, NDArray[np.uint8]]]
) -> Sequence[NDArray[np.uint8]]:
    for (name, photo), picture in zip(batch, pictures, strict=True):
        if picture.shape != photo.shape or picture.dtype != photo.dtype:
            raise ValueError(
                f"The model must return a picture as it was given, {photo.dtype} of shape "
                f"{photo.shape} for {name}. Received: {picture.dtype} of shape {picture.shape}"
            )
    return pictures
