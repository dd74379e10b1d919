"""Collects thumbnails of the best and worst photographs of each model."""

from __future__ import annotations

import dataclasses
import heapq
import io
import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image

from colorkit.evaluation.baselines import GRAY
from colorkit.evaluation.metric_info import METRICS, RANKING_METRICS, TRUTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from colorkit.evaluation.result import PhotoEvaluation

THUMBNAIL_SIDE = 256
"""Longer side of a thumbnail, in pixels."""

_JPEG_QUALITY = 88


@dataclasses.dataclass(frozen=True)
class Example:
    """One photograph of the best or worst.

    Attributes:
        name: The photograph's name in its source.
        gain: The model's metric less the gray picture's, with the sign that makes higher better.
        pictures: JPEG files by name: "gray", each model and "truth".
    """

    name: str
    gain: float
    pictures: Mapping[str, bytes]


@dataclasses.dataclass(frozen=True)
class Examples:
    """The best and worst photographs of each model.

    Attributes:
        metric: Key of the metric by whose gain over the gray picture they were chosen.
        best: Tuples of `Example`, best first, by model.
        worst: Tuples of `Example`, worst first, by model.
    """

    metric: str
    best: Mapping[str, tuple[Example, ...]]
    worst: Mapping[str, tuple[Example, ...]]


_Entry: TypeAlias = tuple[float, int, Example]  # of a heap: rank, less the order, example


class ExampleKeeper:
    """Keeps pictures of the best and worst photographs so far.

    Args:
        model_names: The models' names.
        metric: Key of one of `RANKING_METRICS`.
        number: Number of best, and of worst, photographs to keep for each model.

    Raises:
        ValueError: If `metric` is not one of these.
    """

    def __init__(self, model_names: Iterable[str], metric: str, number: int) -> None:
        if metric not in RANKING_METRICS:
            raise ValueError(
                f"`rank_by` must be one of {', '.join(RANKING_METRICS)}. Received: {metric!r}"
            )
        self._metric, self._number = metric, number
        self._best: dict[str, list[_Entry]] = {name: [] for name in model_names}
        self._worst: dict[str, list[_Entry]] = {name: [] for name in self._best}
        self._order = itertools.count()

    def offer(self, photo: PhotoEvaluation, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        """Keeps a photograph's pictures if it is among the best or worst.

        Args:
            photo: Its `PhotoEvaluation`.
            pictures: uint8 RGB arrays by name: "gray", each model and "truth".
        """
        files: dict[str, bytes] = {}
        if self._metric not in photo.metrics[GRAY]:  # too small for LPIPS
            return
        for name in self._best:
            gain = photo.metrics[name][self._metric] - photo.metrics[GRAY][self._metric]
            gain *= METRICS[self._metric].better
            for heap, rank in ((self._best[name], gain), (self._worst[name], -gain)):
                if len(heap) == self._number and rank <= heap[0][0]:
                    continue
                files = files or {
                    who: _as_jpeg(pictures[who]) for who in (GRAY, *self._best, TRUTH)
                }
                # The order breaks ties: the earlier photograph stays.
                entry = (rank, -next(self._order), Example(photo.name, gain, files))
                push = heapq.heappush if len(heap) < self._number else heapq.heapreplace
                push(heap, entry)

    def examples(self) -> Examples:
        """Returns what was kept, as `Examples`."""

        def ordered(heaps: Mapping[str, list[_Entry]]) -> dict[str, tuple[Example, ...]]:
            return {
                name: tuple(entry[-1] for entry in sorted(heap, reverse=True))
                for name, heap in heaps.items()
            }

        return Examples(self._metric, ordered(self._best), ordered(self._worst))


def make_thumbnail(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrinks a picture as those that are kept are, to `THUMBNAIL_SIDE` pixels or less.

    Args:
        rgb: uint8 array of shape `(H, W, 3)`.

    Returns:
        uint8 array of shape `(h, w, 3)`.
    """
    image = Image.fromarray(rgb)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return np.asarray(image)


def _as_jpeg(rgb: NDArray[np.uint8]) -> bytes:
    image = Image.fromarray(make_thumbnail(rgb))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()
