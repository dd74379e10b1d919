"""Renders an evaluation as one self-contained HTML file."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING

import jinja2

from colorkit.evaluation.baselines import BASELINES, GRAY
from colorkit.evaluation.measure import CHROMA_EDGES
from colorkit.evaluation.metric_info import METRICS, TRUTH

if TYPE_CHECKING:
    from colorkit.evaluation.result import Evaluation

_OF_PHOTOS = ("psnr", "ssim", "ciede2000", "auc", "auc_rebalanced", "colorfulness", "lpips")
"""Metrics that the table of photographs shows; CSV and JSON hold all."""

_PLOT_HEIGHT = 40.0
_FULL_SHARE = 0.25  # of pixels, the top of the histograms; a square-root scale shows rare chroma


def render_report(evaluation: Evaluation) -> str:
    """Renders the report of an evaluation.

    Args:
        evaluation: `Evaluation`; where it has no examples, the report shows no pictures.

    Returns:
        HTML text: mean metrics, notes, histograms of chroma, the best and worst photographs side
        by side, a sortable table of all photographs, settings and versions.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("colorkit", "assets"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(data_uri=_data_uri, zip=zip)
    return environment.get_template("evaluation.html.j2").render(
        evaluation=evaluation,
        metrics=METRICS,
        titles={**{name: name for name in evaluation.model_names}, **BASELINES, TRUTH: "Truth"},
        shown=(GRAY, *evaluation.model_names, TRUTH),
        photo_columns=_photo_columns(evaluation),
        histograms={who: _outline(shares) for who, shares in evaluation.chroma.items()},
        widest_chroma=CHROMA_EDGES[-1],
        plot_height=_PLOT_HEIGHT,
    )


def _photo_columns(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Returns (who, metric) for each column of the table of photographs."""
    keys = [key for key in _OF_PHOTOS if key not in evaluation.skipped]
    columns = [(name, key) for name in evaluation.model_names for key in keys]
    return [*columns, (GRAY, "psnr"), (TRUTH, "colorfulness")]


def _outline(shares: Iterable[float]) -> str:
    """Returns the points of an SVG polygon, chroma to the right and the root of shares upwards."""
    points = [(0.0, _PLOT_HEIGHT)]
    for share, left, right in zip(shares, CHROMA_EDGES[:-1], CHROMA_EDGES[1:], strict=True):
        top = _PLOT_HEIGHT * (1.0 - min(1.0, (share / _FULL_SHARE) ** 0.5))
        points += [(left, top), (right, top)]
    points.append((CHROMA_EDGES[-1], _PLOT_HEIGHT))
    return " ".join(f"{x:.0f},{y:.1f}" for x, y in points)


def _data_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
