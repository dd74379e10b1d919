"""The result of an evaluation: metrics of photographs and their means, also as text."""

import csv
import dataclasses
import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorkit.evaluation.baselines import BASELINES, GRAY
from colorkit.evaluation.examples import Examples
from colorkit.evaluation.measure import CHROMA_EDGES
from colorkit.evaluation.metric_info import METRICS, TRUTH
from colorkit.io.csv_cells import neutral_cell


@dataclasses.dataclass(frozen=True)
class PhotoEvaluation:
    """The metrics of one photograph.

    Attributes:
        name: The photograph's name in its source.
        height, width: Its size in pixels, as it was measured.
        class_weight: The mean of its pixels' `metrics.class_weights`, by which it counts in the
            mean class-rebalanced AuC.
        metrics: For each model, "gray" and "mean_color" a value by key of `METRICS`, without
            "lpips" where the photograph is too small for it; for "truth", the photograph itself,
            those that need no other picture.
    """

    name: str
    height: int
    width: int
    class_weight: float
    metrics: Mapping[str, Mapping[str, float]]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """The metrics of models on photographs.

    Attributes:
        model_names: The models' names.
        photos: One `PhotoEvaluation` for each photograph, in the order of the source.
        unreadable: The reason for each photograph that could not be measured, by name; they are
            in no other attribute.
        skipped: The reason for each metric that was not measured, by its key.
        of_all: Metrics of all photographs together, shaped as `PhotoEvaluation.metrics`.
        chroma: Histograms of chroma: mean share of pixels between each two of
            `measure.CHROMA_EDGES`, for each model and "truth".
        examples: Pictures of the best and worst photographs, or `None`.
        settings: Settings of the evaluation, by name.
        versions: Versions of the software, by name.
        gray: Names of the photographs left out as gray or toned.
        source_notes: Sentences about what was left out of the source and what is alike in it.
    """

    model_names: tuple[str, ...]
    photos: tuple[PhotoEvaluation, ...]
    unreadable: Mapping[str, str]
    skipped: Mapping[str, str]
    of_all: Mapping[str, Mapping[str, float]]
    chroma: Mapping[str, NDArray[np.float64]]
    examples: Examples | None
    settings: Mapping[str, object]
    versions: Mapping[str, str | None]
    gray: tuple[str, ...] = ()
    source_notes: tuple[str, ...] = ()

    def means(self) -> dict[str, dict[str, float]]:
        """Returns the mean metrics over the photographs, shaped as `PhotoEvaluation.metrics`.

        Photographs have equal weights whatever their size, except in the class-rebalanced AuC,
        where they are weighted by `class_weight`, so that every colour class counts the same over
        all pixels. LPIPS is of those that are large enough for it. Metrics of all photographs
        together are added.
        """
        class_weights = [photo.class_weight for photo in self.photos]

        def mean(who: str, metric: str) -> float:
            measured = (photo.metrics[who] for photo in self.photos)
            values = [metrics[metric] for metrics in measured if metric in metrics]
            weights = class_weights if metric == "auc_rebalanced" else None
            return float(np.average(values, weights=weights))

        return {
            who: {metric: mean(who, metric) for metric in self._keys_of(who)}
            | dict(self.of_all.get(who, {}))
            for who in self.photos[0].metrics
        }

    def _keys_of(self, who: str) -> dict[str, None]:
        return dict.fromkeys(key for photo in self.photos for key in photo.metrics[who])

    def columns(self) -> tuple[str, ...]:
        """Returns the heads of `rows()`: the metric, each model, each baseline, the truth."""
        return ("Metric", *self.model_names, *BASELINES.values(), "Truth")

    def rows(self) -> list[tuple[str, ...]]:
        """Returns the table of mean metrics: tuples of text under `columns()`.

        A model's metric is followed by its gain over the gray picture, unless its `better` is 0.
        """
        means = self.means()
        rows: list[tuple[str, ...]] = []
        for metric in METRICS.values():
            if metric.key in self.skipped:
                rows.append((metric.title, *["skipped"] * (len(self.columns()) - 1)))
                continue
            cells = [metric.title]
            for who in (*self.model_names, *BASELINES, TRUTH):
                value = means[who].get(metric.key)
                cell = "" if value is None else f"{value:.{metric.decimals}f}"
                if value is not None and who in self.model_names and metric.better:
                    cell += f" ({value - means[GRAY][metric.key]:+.{metric.decimals}f})"
                cells.append(cell)
            rows.append(tuple(cells))
        return rows

    def notes(self) -> list[str]:
        """Returns notes for below the table: what was left out and why, one sentence each."""
        notes = [f"{METRICS[key].title} skipped: {why}." for key, why in self.skipped.items()]
        large = sum("lpips" in photo.metrics[GRAY] for photo in self.photos)
        if 0 < large < len(self.photos):
            of = f"{large} of {len(self.photos)} photographs"
            notes.append(f"LPIPS is the mean of {of}: the others are too small for it.")
        notes += self.source_notes
        if self.unreadable:
            number = len(self.unreadable)
            notes.append(f"Photographs left out as unreadable or too small: {number}.")
        return notes

    def to_json(self) -> str:
        """Returns everything but pictures as JSON text."""
        return json.dumps(
            {
                "models": self.model_names,
                "settings": self.settings,
                "versions": self.versions,
                "photo_count": len(self.photos),
                "unreadable_count": len(self.unreadable),
                "gray_count": len(self.gray),
                "figure_titles": {metric.key: metric.title for metric in METRICS.values()},
                "means": self.means(),
                "skipped": self.skipped,
                "chroma_edges": CHROMA_EDGES.tolist(),
                "chroma_shares": {who: shares.tolist() for who, shares in self.chroma.items()},
                "photos": [_as_json(photo) for photo in self.photos],
                "unreadable": self.unreadable,
                "gray": self.gray,
            },
            indent=1,
        )

    def to_csv(self) -> str:
        """Returns the metrics of each photograph as CSV text: a row for each of its pictures.

        The column "picture" holds the model's name, "gray", "mean_color" or "truth". Names are as
        `colorkit.io.csv_cells` writes them.
        """
        keys = [key for key in METRICS if key in self._keys_of(GRAY)]
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["photo", "height", "width", "class_weight", "picture", *keys])
        for photo in self.photos:
            of_photo = [
                neutral_cell(photo.name),
                photo.height,
                photo.width,
                f"{photo.class_weight:.6g}",
            ]
            for who, metrics in photo.metrics.items():
                values = [f"{metrics[key]:.6g}" if key in metrics else "" for key in keys]
                table.writerow([*of_photo, neutral_cell(who), *values])
        return text.getvalue()


def _as_json(photo: PhotoEvaluation) -> dict[str, Any]:
    """Returns a photograph's JSON object, which names its metrics "figures" as it always has."""
    fields = dataclasses.asdict(photo)
    return {**fields, "figures": fields.pop("metrics")}
