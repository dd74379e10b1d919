"""Figures of a colouriser on photographs, beside those of the gray picture.

Every photograph goes the way a user's does: at its own size, through the same `Colorizer`, to an
8-bit RGB picture. That picture is compared with the photograph, and so is the gray picture, which
has the photograph's lightness and no colour: a figure says little without it.
"""

import collections
import concurrent.futures
import dataclasses
import json
import os
from collections.abc import Iterator, Mapping

import numpy as np
from keras import ops

from colorkit import metrics
from colorkit.color import lab_to_rgb, rgb_to_lab
from colorkit.color_bins import load_prior
from colorkit.photo import PhotoError
from colorkit.photo_source import SPLIT_SHARES, open_photos, split_source

FIGURES = {
    "psnr": "PSNR (dB)",
    "auc": "AuC of ab error (%)",
    "auc_rebalanced": "AuC of ab error, class-rebalanced (%)",
    "colorfulness": "Colourfulness",
}
"""Key and title of every figure."""

TABLE_COLUMNS = ("Figure", "Model", "Gray picture", "Gain", "Truth")
"""The heads of `Evaluation.rows()`."""

_OPENABLE = (str, os.PathLike, np.ndarray)  # What `open_photos` turns into a source


@dataclasses.dataclass(frozen=True)
class PhotoEvaluation:
    """The figures of one photograph.

    Attributes:
        name: The photograph's name in its source.
        height, width: Its size in pixels.
        class_weight: The mean of its pixels' `metrics.class_weights`, by which it counts in the
            mean class-rebalanced AuC.
        figures: For "model" and "gray" a value for each key of `FIGURES`; for "truth", the
            photograph itself, its colourfulness.
    """

    name: str
    height: int
    width: int
    class_weight: float
    figures: Mapping[str, Mapping[str, float]]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """The figures of a model on photographs.

    Attributes:
        model_name: What the model is called in tables.
        photos: One entry for each photograph, in the order of the source.
        unreadable: The reason for each photograph that could not be read, by name; they count
            nowhere else.
    """

    model_name: str
    photos: tuple[PhotoEvaluation, ...]
    unreadable: Mapping[str, str]

    def means(self):
        """Returns the mean figures over the photographs, shaped as `PhotoEvaluation.figures`.

        Every photograph counts the same whatever its size, except in the class-rebalanced AuC,
        where it counts by its `class_weight`: the pixels' weights, not the pictures', are what
        makes every colour class count the same.
        """
        class_weights = [photo.class_weight for photo in self.photos]

        def mean(who, figure):
            values = [photo.figures[who][figure] for photo in self.photos]
            weights = class_weights if figure == "auc_rebalanced" else None
            return float(np.average(values, weights=weights))

        return {
            who: {figure: mean(who, figure) for figure in figures}
            for who, figures in self.photos[0].figures.items()
        }

    def rows(self):
        """Returns the table of mean figures: tuples of text under `TABLE_COLUMNS`."""
        means = self.means()
        rows = []
        for figure, title in FIGURES.items():
            model, gray = means["model"][figure], means["gray"][figure]
            truth = means["truth"].get(figure)
            rows.append(
                (
                    title,
                    f"{model:.2f}",
                    f"{gray:.2f}",
                    f"{model - gray:+.2f}",
                    "" if truth is None else f"{truth:.2f}",
                )
            )
        return rows

    def to_json(self):
        """Returns everything as JSON text: titles, counts, means and one entry a photograph."""
        return json.dumps(
            {
                "model": self.model_name,
                "photo_count": len(self.photos),
                "unreadable_count": len(self.unreadable),
                "figure_titles": FIGURES,
                "means": self.means(),
                "photos": [dataclasses.asdict(photo) for photo in self.photos],
                "unreadable": dict(self.unreadable),
            },
            indent=1,
        )


def evaluate_model(
    model,
    photos,
    *,
    split=None,
    split_seed=0,
    limit=None,
    batch_size=8,
    class_prior=None,
    model_name="model",
    on_progress=None,
):
    """Colours photographs and compares the results with the photographs.

    Only a batch of pictures is held at a time; a thread reads the next while the network runs.

    Args:
        model: A `Colorizer`, or whatever has its `colorize_batch(images)`: list of uint8 RGB
            photographs `(H, W, 3)` in, list of coloured ones of the same sizes out. It must look
            at their lightness only, as `Colorizer` does.
        photos: Path of a folder or tar of photographs, uint8 array of shape `(number, H, W, 3)`,
            or a `PhotoSource` (whatever has its `names`, length and `read`).
        split: "train", "validation" or "test" for that part of the photographs; `None` for all.
        split_seed: The seed of the split, as training had it.
        limit: At most so many photographs, the first ones; `None` for all.
        batch_size: How many photographs the model is given at a time.
        class_prior: Probability of each of the 313 colour classes, for the class-rebalanced AuC;
            `None` for the one of our training photographs.
        model_name: What to call the model in the result.
        on_progress: Called as `on_progress(done, total)` after each batch.

    Returns:
        An `Evaluation`.

    Raises:
        ValueError: If there is no readable photograph, `split` is unknown, or the model answers
            with pictures of another shape.

    Example:
        >>> evaluation = colorkit.evaluate_model(colorkit.Colorizer(), "photos", split="test")
        >>> evaluation.means()["model"]["psnr"] - evaluation.means()["gray"]["psnr"]
    """
    source = open_photos(photos) if isinstance(photos, _OPENABLE) else photos
    indices = _split_indices(source, split, split_seed)[:limit]
    class_prior = load_prior() if class_prior is None else class_prior
    evaluated, unreadable, batch = [], {}, []
    for done, (name, photo) in enumerate(_read_ahead(source, indices, 2 * batch_size), start=1):
        if isinstance(photo, PhotoError):
            unreadable[name] = str(photo)
        else:
            batch.append((name, photo))
        if len(batch) == batch_size or done == len(indices):
            evaluated += _evaluate_batch(model, batch, class_prior)
            batch = []
            if on_progress is not None:
                on_progress(done, len(indices))
    if not evaluated:
        raise ValueError(
            "Evaluation needs at least one readable photograph; give another folder or tar, or "
            f"another split. Received: {len(indices)} photographs, {len(unreadable)} unreadable"
        )
    return Evaluation(model_name, tuple(evaluated), unreadable)


def gray_picture(rgb):
    """Returns the photograph without its colour: the same L, a = b = 0.

    Args:
        rgb: uint8 array of shape `(H, W, 3)`.

    Returns:
        uint8 array of shape `(H, W, 3)`.
    """
    lab = rgb_to_lab(rgb)
    green = ops.convert_to_numpy(lab_to_rgb(lab * ops.array([1.0, 0.0, 0.0]))[..., 1])
    # One channel thrice: the three differ by 0.001, which rounding could turn into 1.
    return np.repeat(np.rint(255.0 * green).astype("uint8")[..., None], 3, axis=-1)


def _split_indices(source, split, seed):
    if split is None:
        return range(len(source))
    if split not in SPLIT_SHARES:
        raise ValueError(
            f"`split` must be one of {', '.join(SPLIT_SHARES)}, or None for all photographs. "
            f"Received: {split!r}"
        )
    return [int(index) for index in split_source(source, seed)[split]]


def _read_ahead(source, indices, depth) -> Iterator[tuple[str, np.ndarray | PhotoError]]:
    """Yields name and photograph, or the reason there is none, with up to `depth` waiting."""

    def read(index):
        try:
            return source.names[index], source.read(index)
        except PhotoError as error:
            return source.names[index], error

    waiting = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as reader:
        for index in indices:
            waiting.append(reader.submit(read, index))
            if len(waiting) > depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _evaluate_batch(model, batch, class_prior):
    if not batch:
        return []
    pictures = model.colorize_batch([photo for _, photo in batch])
    return [
        _evaluate_photo(name, photo, picture, class_prior)
        for (name, photo), picture in zip(batch, pictures, strict=True)
    ]


def _evaluate_photo(name, photo, picture, class_prior):
    if picture.shape != photo.shape or picture.dtype != photo.dtype:
        raise ValueError(
            f"The model must return a picture as it was given, {photo.dtype} of shape "
            f"{photo.shape} for {name}. Received: {picture.dtype} of shape {picture.shape}"
        )
    ab_true = rgb_to_lab(photo)[..., 1:]
    pixel_weights = metrics.class_weights(ab_true, class_prior)

    def compare(candidate):
        ab = rgb_to_lab(candidate)[..., 1:]
        return {
            "psnr": float(metrics.psnr(photo, candidate)),
            "auc": float(metrics.ab_error_auc(ab_true, ab)),
            "auc_rebalanced": float(metrics.ab_error_auc(ab_true, ab, pixel_weights)),
            "colorfulness": float(metrics.colorfulness(candidate)),
        }

    return PhotoEvaluation(
        name=name,
        height=photo.shape[0],
        width=photo.shape[1],
        class_weight=float(ops.mean(pixel_weights)),
        figures={
            "model": compare(picture),
            "gray": compare(gray_picture(photo)),
            "truth": {"colorfulness": float(metrics.colorfulness(photo))},
        },
    )
