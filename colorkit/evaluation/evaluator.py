"""Evaluates colourisers on photographs, beside baselines.

Every photograph is read once, prepared by the protocol, and coloured by each model as a user's is:
by a `Colorizer`, to an 8-bit RGB picture. That picture is compared with the photograph, and so are
the baselines, a gray picture and one of a constant colour: a metric says little without them.
"""

import collections
import concurrent.futures
import dataclasses
import os
from collections.abc import Iterator

import numpy as np

from colorkit.color.ab_bins import load_prior
from colorkit.data.color_photos import ColorPhotos, open_color_photos
from colorkit.data.source import SPLIT_SHARES, PhotoSource, split_source
from colorkit.evaluation.accumulator import MetricAccumulator
from colorkit.evaluation.baselines import BASELINES, baseline_pictures
from colorkit.evaluation.examples import ExampleKeeper
from colorkit.evaluation.measure import Measurer
from colorkit.evaluation.metric_info import TRUTH
from colorkit.evaluation.perceptual import PerceptualMetrics
from colorkit.evaluation.protocols import find_protocol, prepare_photo
from colorkit.io.photo import PhotoError
from colorkit.metrics import SSIM_WINDOW

_OPENABLE = (str, os.PathLike, np.ndarray, PhotoSource)  # What `open_color_photos` opens


def evaluate_model(model, photos, **options):
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
        >>> evaluation.means()["model"]["psnr"] - evaluation.means()["gray"]["psnr"]
    """
    return evaluate_models({"model": model}, photos, **options)


def evaluate_models(
    models,
    photos,
    *,
    protocol="native",
    split=None,
    split_seed=0,
    limit=None,
    batch_size=8,
    class_prior=None,
    perceptual=True,
    examples=0,
    rank_by="psnr",
    settings=None,
    on_survey=None,
    on_progress=None,
):
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
            the mean colour; `None` for the one of the default network's training photographs.
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
        >>> models = {name: colorkit.Colorizer(name) for name in ("colorkit_base", "mine.keras")}
        >>> colorkit.evaluate_models(models, "photos", protocol="resize256").rows()
    """
    _check_names(models)
    source = photos
    if isinstance(photos, _OPENABLE):
        source = open_color_photos(photos, None if split else limit, on_survey)
    indices = _split_indices(source, split, split_seed)[:limit]
    protocol = find_protocol(protocol)
    class_prior = load_prior() if class_prior is None else class_prior
    perceptual = PerceptualMetrics(perceptual)
    if examples and rank_by in perceptual.skipped:
        raise ValueError(
            f"`rank_by` must be a metric that is measured; {rank_by} is skipped: "
            f"{perceptual.skipped[rank_by]}. Received: {rank_by!r}"
        )
    keeper = ExampleKeeper(models, rank_by, examples) if examples else None
    accumulator = MetricAccumulator(tuple(models), perceptual, keeper)
    photographs = _read_ahead(source, indices, protocol, depth=batch_size)
    measurer = Measurer(class_prior)
    unreadable = {}

    def measure(name, photo, colored):
        pictures = {**colored, **baseline_pictures(photo, class_prior)}
        return name, photo, pictures, measurer.measure(photo, pictures)

    def finish(done, measuring):
        for future in measuring:
            accumulator.add(*future.result())
        if on_progress is not None:
            on_progress(done, len(indices))

    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as measuring_thread:
        behind = collections.deque()
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
        "protocol": protocol.name,
        "photographs": str(photos) if isinstance(photos, (str, os.PathLike)) else "",
        "split": split or "all",
        "split_seed": split_seed,
        "limit": limit,
    }
    evaluation = accumulator.evaluation(unreadable, {**asked, **(settings or {})})
    if not isinstance(source, ColorPhotos):
        return evaluation
    return dataclasses.replace(evaluation, gray=source.gray, source_notes=tuple(source.notes()))


def _check_names(models):
    taken = sorted({*BASELINES, TRUTH} & set(models))
    if not models or taken:
        raise ValueError(
            "`models` must be a dict of at least one model by a name that is none of "
            f"{', '.join((*BASELINES, TRUTH))}. Received: {', '.join(models) or 'no model'}"
        )


def _split_indices(source, split, seed):
    if split is None:
        return range(len(source))
    if split not in SPLIT_SHARES:
        raise ValueError(
            f"`split` must be one of {', '.join(SPLIT_SHARES)}, or None for all photographs. "
            f"Received: {split!r}"
        )
    return [int(index) for index in split_source(source, seed)[split]]


def _read_ahead(source, indices, protocol, depth) -> Iterator[tuple[str, np.ndarray | None, str]]:
    """Yields name, photograph, and the reason where there is none, with up to `depth` waiting."""

    def read(index):
        name = source.names[index]
        try:
            photo = prepare_photo(source.read(index), protocol)
            _check_large_enough(name, photo)
        except PhotoError as error:
            return name, None, str(error)
        return name, photo, ""

    waiting = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as reader:
        for index in indices:
            waiting.append(reader.submit(read, index))
            if len(waiting) > depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _check_large_enough(name, photo):
    if min(photo.shape[:2]) < SSIM_WINDOW:
        raise PhotoError(
            f"{name}: SSIM needs {SSIM_WINDOW} x {SSIM_WINDOW} pixels; take it out, or choose a "
            f"protocol that resizes. Received: {photo.shape[0]} x {photo.shape[1]}"
        )


def _batches(photographs, size, total, unreadable):
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


def _colorize(models, batch):
    """Returns for each photograph of a batch a dict of the models' pictures."""
    photos = [photo for _, photo in batch]
    by_model = {
        name: _checked(model.colorize_batch(list(photos)), batch) if batch else []
        for name, model in models.items()
    }
    return [{name: made[n] for name, made in by_model.items()} for n in range(len(batch))]


def _checked(pictures, batch):
    for (name, photo), picture in zip(batch, pictures, strict=True):
        if picture.shape != photo.shape or picture.dtype != photo.dtype:
            raise ValueError(
                f"The model must return a picture as it was given, {photo.dtype} of shape "
                f"{photo.shape} for {name}. Received: {picture.dtype} of shape {picture.shape}"
            )
    return pictures
