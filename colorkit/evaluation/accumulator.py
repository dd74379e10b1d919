"""Accumulates the metrics of photographs into an `Evaluation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import keras
import numpy as np

from colorkit.backend.versions import find_versions
from colorkit.evaluation.metric_info import TRUTH
from colorkit.evaluation.result import Evaluation, PhotoEvaluation

if TYPE_CHECKING:
    from colorkit.evaluation.batch_measurer import MeasuredPhoto
    from colorkit.evaluation.examples import ExampleKeeper
    from colorkit.evaluation.perceptual import PerceptualMetrics


class MetricAccumulator:
    """Accumulates the metrics of photographs.

    Args:
        model_names: Tuple of the models' names.
        perceptual: `PerceptualMetrics` that gathers what it measured of each photograph.
        keeper: `ExampleKeeper`, or `None` where no pictures are kept.

    Attributes:
        photos: List of the `PhotoEvaluation` so far.
    """

    def __init__(
        self,
        model_names: tuple[str, ...],
        perceptual: PerceptualMetrics,
        keeper: ExampleKeeper | None = None,
    ) -> None:
        self.photos: list[PhotoEvaluation] = []
        self._model_names = model_names
        self._perceptual = perceptual
        self._keeper = keeper
        self._chroma = dict.fromkeys((*model_names, TRUTH), np.zeros(()))

    def add(self, photo: MeasuredPhoto) -> None:
        """Adds one photograph."""
        metrics = dict(photo.measured.metrics)
        for who, lpips in photo.perceptual.lpips.items():
            metrics[who] = {**metrics[who], "lpips": lpips}
        self._perceptual.add(photo.perceptual)
        weight = photo.measured.class_weight
        self.photos.append(PhotoEvaluation(photo.name, photo.height, photo.width, weight, metrics))
        for who in self._chroma:
            self._chroma[who] = self._chroma[who] + photo.measured.chroma[who]
        if self._keeper is not None:
            self._keeper.offer(self.photos[-1], photo.thumbnails)

    def evaluation(
        self, unreadable: Mapping[str, str], settings: Mapping[str, object]
    ) -> Evaluation:
        """Returns the `Evaluation` of one photograph or more.

        Args:
            unreadable: The reason for each photograph that was left out, by name.
            settings: Settings of the evaluation, by name.
        """
        return Evaluation(
            model_names=self._model_names,
            photos=tuple(self.photos),
            unreadable=unreadable,
            of_all=self._perceptual.of_all(),
            skipped=dict(self._perceptual.skipped),
            chroma={who: shares / len(self.photos) for who, shares in self._chroma.items()},
            examples=None if self._keeper is None else self._keeper.examples(),
            settings=settings,
            versions=find_versions(("keras", keras.backend.backend(), "numpy")),
        )
