"""Evaluates colourisers on photographs, beside baselines.

Every photograph is read once, prepared by the protocol, and coloured by each model as a user's is:
by a `Colorizer`, to an 8-bit RGB picture. That picture is compared with the photograph, and so are
the baselines, a gray picture and one of a constant colour: a metric says little without them.
"""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import os
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorkit.color.ab_bins import load_prior
from colorkit.data.color_photos import ColorPhotos, open_color_photos
from colorkit.data.source import PhotoSource
from colorkit.data.split import SPLIT_SHARES, split_source
from colorkit.evaluation.accumulator import MetricAccumulator
from colorkit.evaluation.baselines import BASELINES, baseline_pictures
from colorkit.evaluation.examples import ExampleKeeper
from colorkit.evaluation.measure import Measured, Measurer
from colorkit.evaluation.metric_info import TRUTH
from colorkit.evaluation.perceptual import PerceptualMetrics
from colorkit.evaluation.protocols import Protocol, find_protocol, prepare_photo
from colorkit.io.photo import PhotoError
from colorkit.metrics import SSIM_WINDOW
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.evaluation.result import Evaluation


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


_Read: TypeAlias = tuple[str, NDArray[np.uint8] | None, str]  # name, photograph, why there is none
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
    source: NamedPhotos
    if isinstance(photos, _OPENABLE):
        source = open_color_photos(photos, None if split else limit, on_survey)
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
    photographs = _read_ahead(source, indices, chosen, depth=batch_size)
    measurer = Measurer(prior)
    unreadable: dict[str, str] = {}

    def measure(
        name: str, photo: NDArray[np.uint8], colored: Mapping[str, NDArray[np.uint8]]
    ) -> tuple[str, NDArray[np.uint8], dict[str, NDArray[np.uint8]], Measured]:
        pictures = {**colored, **baseline_pictures(photo, prior)}
        return name, photo, pictures, measurer.measure(photo, pictures)

    def finish(done: int, measuring: Iterable[concurrent.futures.Future[Any]]) -> None:
        for future in measuring:
            accumulator.add(*future.result())
        if on_progress is not None:
            on_progress(done, len(indices))

    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as measuring_thread:
        behind: collections.deque[tuple[int, list[concurrent.futures.Future[Any]]]] = (
            collections.deque()
        )
        for done, batch in _batches(photographs, batch_size, len(indices), unreadable):
            measuring = [
                measuring_thread.submit(measure, name, photo, pictures)
                for (name, photo), pictures in zip(batch, _colorize(models, batch), strict=True)
            ]
            behind.append((done, measuring))
            if len(behind) > 1:
                finish(*behind.popleft())
        while behind:
            finish(*behind.popleft())
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


def _read_ahead(
    source: NamedPhotos, indices: Iterable[int], protocol: Protocol, depth: int
) -> Iterator[_Read]:
    """Yields name, photograph, and the reason where there is none, with up to `depth` waiting."""

    def read(index: int) -> _Read:
        name = source.names[index]
        try:
            photo = prepare_photo(source.read(index), protocol)
            _check_large_enough(name, photo)
        except PhotoError as error:
            return name, None, str(error)
        return name, photo, ""

    waiting: collections.deque[concurrent.futures.Future[_Read]] = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as reader:
        for index in indices:
            waiting.append(reader.submit(read, index))
            if len(waiting) > depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _check_large_enough(name: str, photo: NDArray[np.uint8]) -> None:
    if min(photo.shape[:2]) < SSIM_WINDOW:
        raise PhotoError(
            f"{name}: SSIM needs {SSIM_WINDOW} x {SSIM_WINDOW} pixels; take it out, or choose a "
            f"protocol that resizes. Received: {photo.shape[0]} x {photo.shape[1]}"
        )


def _batches(
    photographs: Iterable[_Read], size: int, total: int, unreadable: dict[str, str]
) -> Iterator[tuple[int, list[tuple[str, NDArray[np.uint8]]]]]:
    """Yields the number of photographs done and a list of up to `size` names and photographs."""
    batch = []
    for done, (name, photo, reason) in enumerate(photographs, start=1):
        if photo is None:
            unreadable[name] = reason
        else:
            batch.append((name, photo))
        if len(batch) == size or done == total:
            yield done, batch
            batch = []


def _colorize(
    models: Mapping[str, BatchColorizer], batch: list[tuple[str, NDArray[np.uint8]]]
) -> list[dict[str, NDArray[np.uint8]]]:
    """Returns for each photograph of a batch a dict of the models' pictures."""
    photos = [photo for _, photo in batch]
    by_model = {
        name: _checked(model.colorize_batch(list(photos)), batch) if batch else []
        for name, model in models.items()
    }
    return [{name: made[n] for name, made in by_model.items()} for n in range(len(batch))]


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
