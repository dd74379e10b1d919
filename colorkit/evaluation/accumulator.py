"""Accumulates the metrics of photographs into an `Evaluation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.backend.versions import find_versions
from colorkit.evaluation.metric_info import TRUTH
from colorkit.evaluation.result import Evaluation, PhotoEvaluation

if TYPE_CHECKING:
    from colorkit.evaluation.examples import ExampleKeeper
    from colorkit.evaluation.measure import Measured
    from colorkit.evaluation.perceptual import PerceptualMetrics


class MetricAccumulator:
    """Accumulates the metrics of photographs.

    Args:
        model_names: Tuple of the models' names.
        perceptual: `PerceptualMetrics`, which measures each photograph as it is added.
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

    def add(
        self,
        name: str,
        photo: NDArray[np.uint8],
        pictures: Mapping[str, NDArray[np.uint8]],
        measured: Measured,
    ) -> None:
        """Adds one photograph.

        Args:
            name: Its name.
            photo: uint8 RGB array of shape `(H, W, 3)`.
            pictures: Dict of its colourings and baselines, arrays like it.
            measured: `measure.Measured` of them.
        """
        metrics = dict(measured.metrics)
        for who, more in self._perceptual.add(photo, pictures).items():
            metrics[who] = {**metrics[who], **more}
        height, width = photo.shape[:2]
        self.photos.append(PhotoEvaluation(name, height, width, measured.class_weight, metrics))
        for who in self._chroma:
            self._chroma[who] = self._chroma[who] + measured.chroma[who]
        if self._keeper is not None:
            self._keeper.offer(self.photos[-1], {**pictures, TRUTH: photo})

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
