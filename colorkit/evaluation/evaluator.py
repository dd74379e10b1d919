"""Evaluates colourisers on photographs, beside baselines.

Every photograph is read once, prepared by the protocol, and coloured by each model as a user's is:
by a `Colorizer`, to an 8-bit RGB picture. That picture is compared with the photograph, and so are
the baselines, a gray picture and one of a constant colour: a metric says little without them.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.color.ab_bins import load_prior
from colorkit.data.color_photos import ColorPhotos, open_color_photos
from colorkit.data.source import PhotoSource
from colorkit.data.split import SPLIT_SHARES, split_source
from colorkit.evaluation.accumulator import MetricAccumulator
from colorkit.evaluation.baselines import BASELINES
from colorkit.evaluation.batch_measurer import (
    BatchColorizer,
    EvaluationEngine,
    EvaluationJob,
    NamedPhotos,
    Threads,
    Unreadable,
)
from colorkit.evaluation.examples import ExampleKeeper
from colorkit.evaluation.metric_info import TRUTH
from colorkit.evaluation.perceptual import PerceptualMetrics
from colorkit.evaluation.protocols import find_protocol
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.evaluation.result import Evaluation


_OPENABLE = (str, os.PathLike, np.ndarray, PhotoSource)  # What `open_color_photos` opens


def evaluate_model(
    model: BatchColorizer, photos: StrPath | NDArray[np.uint8] | NamedPhotos, **options: Any
) -> Evaluation:
    """Colours photographs with one model and compares the results with the photographs.

    Args:
        model: A `Colorizer`, or an object with its `colorize_batch(images)`.
        photos: Photographs as `evaluate_models` takes them.
        **options: What else `evaluate_models` takes, such as `split="test"`.

    Returns:
        An `Evaluation`, in which the model is called "model".

    Raises:
        ValueError: Where `evaluate_models` does.

    Example:
        >>> evaluation = colorkit.evaluate_model(colorkit.Colorizer(), "photos", split="test")
        >>> evaluation.means()["model"]["psnr"] > evaluation.means()["gray"]["psnr"]
        True
    """
    return evaluate_models({"model": model}, photos, **options)


def evaluate_models(
    models: Mapping[str, BatchColorizer],
    photos: StrPath | NDArray[np.uint8] | NamedPhotos,
    *,
    protocol: str = "native",
    split: str | None = None,
    split_seed: int = 0,
    limit: int | None = None,
    batch_size: int = 8,
    class_prior: Sequence[float] | NDArray[np.float64] | None = None,
    perceptual: bool = True,
    examples: int = 0,
    rank_by: str = "psnr",
    settings: Mapping[str, object] | None = None,
    engine: EvaluationEngine | None = None,
    on_survey: Callable[[int, int], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Colours photographs with several models and compares the results with the photographs.

    A few batches of pictures are in memory at a time, whatever the number of photographs: while
    the models colour one, a thread measures the previous one and another reads the next.

    Gray and toned photographs, which are no truth to compare with, are left out before, and a split
    has those that show the same picture in one part, as training does.

    Args:
        models: Dict from names to models: a `Colorizer`, or an object with its
            `colorize_batch(images)`: list of uint8 RGB photographs `(H, W, 3)` in, list of coloured
            ones of the same sizes out. It must use their lightness only, as `Colorizer` does.
        photos: Path of a folder or tar of photographs, uint8 array of shape `(number, H, W, 3)`,
            `PhotoSource`, or another object with its `names`, length and `read`, which is taken as
            it is.
        protocol: Name of one of `evaluation.protocols.PROTOCOLS`: "native" for each photograph's
            own size, "resize256" or "crop256" for those of published tables.
        split: "train", "validation" or "test" for that part of the photographs; `None` for all.
        split_seed: The seed of the split, as training had it.
        limit: Maximum number of photographs, the first ones; `None` for all.
        batch_size: Photographs in a batch.
        class_prior: Probability of each of the 313 colour classes, for the class-rebalanced AuC and
            the mean colour; `None` for the one of the default model's training photographs.
        perceptual: Whether to measure LPIPS and FID where their packages and weights are available.
        examples: Number of best, and of worst, photographs of each model whose pictures are kept.
        rank_by: Key of the metric whose gain over the gray picture chooses them.
        settings: Dict of further settings to store in the result, such as the models' own.
        engine: `colorkit.evaluation.batch_measurer.EvaluationEngine` in place of threads of this
            machine, as `colorkit.cluster.evaluate_on_cluster` gives.
        on_survey: Called as `on_survey(done, total)` while gray photographs are looked for.
        on_progress: Called as `on_progress(done, total)` after each batch.

    Returns:
        An `Evaluation`.

    Raises:
        PhotoError: If there is no photograph, or none in colour.
        ValueError: If there is no photograph that can be measured, an argument is none of these, or
            a model returns pictures of another shape.

    Example:
        >>> models = {name: colorkit.Colorizer(name) for name in ("colorkit_base", "runs/first")}
        >>> evaluation = colorkit.evaluate_models(models, "photos", protocol="resize256", limit=2)
        >>> evaluation.columns()
        ('Metric', 'colorkit_base', 'runs/first', 'Gray picture', 'Mean colour', 'Truth')
    """
    _check_names(models)
    engine = engine or Threads()
    source: NamedPhotos
    if isinstance(photos, _OPENABLE):
        source = open_color_photos(photos, None if split else limit, on_survey, engine.look)
    else:
        source = photos
    indices = _split_indices(source, split, split_seed)[:limit]
    chosen = find_protocol(protocol)
    prior = load_prior() if class_prior is None else class_prior
    perceptual_metrics = PerceptualMetrics(perceptual)
    if examples and rank_by in perceptual_metrics.skipped:
        raise ValueError(
            f"`rank_by` must be a metric that is measured; {rank_by} is skipped: "
            f"{perceptual_metrics.skipped[rank_by]}. Received: {rank_by!r}"
        )
    keeper = ExampleKeeper(models, rank_by, examples) if examples else None
    accumulator = MetricAccumulator(tuple(models), perceptual_metrics, keeper)
    job = EvaluationJob(models, source, chosen, prior, perceptual, keeper is not None)
    batches = [indices[n : n + batch_size] for n in range(0, len(indices), batch_size)]
    unreadable: dict[str, str] = {}
    done = 0
    for outcomes in engine.measure(job, perceptual_metrics, batches):
        for outcome in outcomes:
            if isinstance(outcome, Unreadable):
                unreadable[outcome.name] = outcome.reason
            else:
                accumulator.add(outcome)
        done += len(outcomes)
        if on_progress is not None:
            on_progress(done, len(indices))
    if not accumulator.photos:
        raise ValueError(
            "Evaluation needs at least one readable photograph; give another folder or tar, or "
            f"another split. Received: {len(indices)} photographs, {len(unreadable)} unreadable"
        )
    asked = {
        "protocol": chosen.name,
        "photographs": str(photos) if isinstance(photos, (str, os.PathLike)) else "",
        "split": split or "all",
        "split_seed": split_seed,
        "limit": limit,
    }
    evaluation = accumulator.evaluation(unreadable, {**asked, **(settings or {})})
    if not isinstance(source, ColorPhotos):
        return evaluation
    return dataclasses.replace(evaluation, gray=source.gray, source_notes=tuple(source.notes()))


def _check_names(models: Mapping[str, BatchColorizer]) -> None:
    taken = sorted({*BASELINES, TRUTH} & set(models))
    if not models or taken:
        raise ValueError(
            "`models` must be a dict of at least one model by a name that is none of "
            f"{', '.join((*BASELINES, TRUTH))}. Received: {', '.join(models) or 'no model'}"
        )


def _split_indices(source: NamedPhotos, split: str | None, seed: int) -> Sequence[int]:
    if split is None:
        return range(len(source))
    if split not in SPLIT_SHARES:
        raise ValueError(
            f"`split` must be one of {', '.join(SPLIT_SHARES)}, or None for all photographs. "
            f"Received: {split!r}"
        )
    return [int(index) for index in split_source(source, seed)[split]]
