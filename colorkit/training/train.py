"""Trains a model by a recipe, in a folder from which a stopped run resumes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import keras
from numpy.typing import NDArray

from colorkit.data.training_photos import open_training_photos
from colorkit.training.build import check_recipe
from colorkit.training.distribution.strategies import open_strategy
from colorkit.training.features.distillation import DistillationMethod
from colorkit.training.features.feature_trainer import CachedFeatureMethod
from colorkit.training.fit import fit_run
from colorkit.training.hint_trainer import HintMethod
from colorkit.training.method import TrainingMethod
from colorkit.training.photos import TrainingPhotos, keep_decoded
from colorkit.training.progress import survey_progress
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipes import get_recipe
from colorkit.training.run_folder import RunFolder
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import numpy as np

_METHODS: dict[str, type[TrainingMethod]] = {
    "feature_views": CachedFeatureMethod,
    "teacher": DistillationMethod,
    "hint_points": HintMethod,
}
"""The kinds of training other than plain, by the field of a recipe that asks for each."""


def train_model(
    recipe: Recipe | str,
    photos: StrPath | NDArray[np.uint8],
    run_dir: StrPath,
    *,
    seed: int = 0,
    precision: str = "auto",
    strategy: str = "none",
    features: StrPath | None = None,
    further: StrPath | NDArray[np.uint8] | None = None,
    cache: StrPath | bool = False,
    **changes: Any,
) -> keras.Model:
    """Trains a model by a recipe, or resumes where an earlier call was stopped.

    The photographs are split 80 / 10 / 10, unless `dataset build` has split them. Gray and toned
    ones are left out, and those that show the same picture come into one part. `run_dir` receives
    the recipe and the split, a log, pictures of validation photographs, checkpoints, and in the end
    the model as `model.keras` (see `training.run_folder`). Called again with the same `run_dir`,
    training resumes at the step of the last checkpoint with the photographs that would have come
    next.

    Args:
        recipe: Name of a recipe, a key of `RECIPES` such as "vgg16" or "vgg16_modern", or a
            `Recipe`.
        photos: Path of a folder or tar of photographs, or a uint8 array of shape
            `(number, height, width, 3)`.
        run_dir: Folder of this run; made if missing.
        seed: Integer that fixes split, order, augmentation and random weights.
        precision: "auto" (the fastest on this machine, or that of the run being resumed),
            "float32", "mixed_bfloat16" or "mixed_float16".
        strategy: "none" for one device, or which devices train together: "mirrored", "multiworker"
            or "tpu" (see `open_strategy`). A run may be stopped under one and resumed under
            another.
        features: Folder for the features of a frozen backbone or a teacher, where the recipe caches
            them (`Recipe.feature_views`, `Recipe.teacher`). Several runs may share one; by default
            it is in `run_dir`.
        further: Further photographs, given as `photos` are, all used for training: they do
            not change the split of `photos`.
        cache: Folder in which decoded photographs are kept, so that later epochs and runs need not
            decode them, as long as the disk has room; `True` for `decoded/` in `run_dir`, `False`
            for none.
        **changes: Other values for fields of the recipe, such as `epochs=5` or
            `weights=None` (a backbone with random weights).

    Returns:
        The trained `keras.Model` in float32, from L to ab or RGB.

    Raises:
        ValueError: If the recipe is unknown, a value is wrong, or `run_dir` holds a run of another
            recipe or other photographs, or is in use by another process.
        PhotoError: If there are no photographs to train on.
        TrainingError: If the loss or the weights became NaN, the disk is full, the photographs
            cannot be read any more, or another worker ended. The last good checkpoint is kept.
    """
    recipe = get_recipe(recipe, **changes)
    check_recipe(recipe)
    with survey_progress() as on_progress:
        photographs = TrainingPhotos(*open_training_photos(photos, further, seed, on_progress))
    devices = open_strategy(strategy, recipe.batch_size)
    run = RunFolder(run_dir)
    with devices.running(run), run.held() if devices.is_chief else contextlib.nullcontext():
        photographs = keep_decoded(photographs, recipe, cache, run)
        method = choose_method(recipe)(recipe, photographs, seed, features or run.features)
        return fit_run(method, run, devices, precision)


def choose_method(recipe: Recipe) -> type[TrainingMethod]:
    """Returns the kind of training that a recipe asks for."""
    for field, method in _METHODS.items():
        if getattr(recipe, field) is not None:
            return method
    return TrainingMethod
