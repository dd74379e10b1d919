"""Trains a model against a discriminator, which learns to tell its colours from photographs'.

Squared and absolute error are least at the mean or the median of all colours that an object may
have, which is pale. A discriminator learns that such pictures are paler than photographs, and the
generator learns to avoid what it detects (Isola et al. 2017). The generator is a model that a
recipe has trained already; `colorkit.training.adversarial.trainers` has the alternating steps, the
same on every backend.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import keras
from numpy.typing import NDArray

from colorkit.data.training_photos import open_training_photos
from colorkit.models.contract import model_spec
from colorkit.models.load import load_model
from colorkit.models.patch_discriminator import MIN_SIZE
from colorkit.training.adversarial.method import AdversarialMethod
from colorkit.training.distribution.strategies import open_strategy
from colorkit.training.fit import fit_run
from colorkit.training.photos import TrainingPhotos, keep_decoded
from colorkit.training.progress import survey_progress
from colorkit.training.recipes.adversarial_recipes import AdversarialRecipe, get_adversarial_recipe
from colorkit.training.run_folder import RunFolder
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import numpy as np

    from colorkit.models.spec import ModelSpec

DEFAULT_SIZE = 128
"""Side of the training crops of a generator that takes any size, in pixels."""


def train_adversarially(
    generator: keras.Model | StrPath,
    photos: StrPath | NDArray[np.uint8],
    run_dir: StrPath,
    recipe: AdversarialRecipe | str = "hinge",
    *,
    seed: int = 0,
    precision: str = "auto",
    strategy: str = "none",
    cache: StrPath | bool = False,
    **changes: Any,
) -> keras.Model:
    """Fine-tunes a model against a discriminator, or resumes where an earlier call was stopped.

    The photographs are split 80 / 10 / 10, unless `dataset build` has split them, and as
    `train_model` splits them, given the same seed. `run_dir` receives what `train_model` writes
    there; of the last epoch, as no metric identifies the best one, unless the recipe names a
    `monitor`. The discriminator is in `checkpoint.npz`.

    A model that classifies colour is trained through its annealed mean, in its own style; use it
    in that style. Frozen layers stay frozen.

    Args:
        generator: Any builder's `keras.Model`, path of a `.keras` file such as the `model.keras` of
            a training run, or "colorkit_base" for the model that colorkit ships. It is not
            modified.
        photos: Path of a folder or tar of photographs, or a uint8 array of shape
            `(number, height, width, 3)`.
        run_dir: Folder of this run; made if missing.
        recipe: Name of a recipe, a key of `ADVERSARIAL_RECIPES`, or an `AdversarialRecipe`.
        seed: Integer that fixes split, order, augmentation and the discriminator's first weights.
        precision: "auto" (the fastest on this machine, or that of the run being resumed),
            "float32", "mixed_bfloat16" or "mixed_float16".
        strategy: As for `train_model`.
        cache: Folder in which decoded photographs are kept, so that later epochs and runs need not
            decode them, as long as the disk has room; `True` for `decoded/` in `run_dir`, `False`
            for none.
        **changes: Other values for fields of the recipe, such as `epochs=5` or `content="mse"`.

    Returns:
        The trained `keras.Model` in float32, of the same architecture as `generator`.

    Raises:
        ValueError: If the generator or the recipe is unknown, a value is wrong, or `run_dir` holds
            a run of another recipe, generator or other photographs, or another process uses it.
        PhotoError: If there are no photographs to train on.
        TrainingError: If the loss or the weights became NaN, the disk is full, the photographs
            cannot be read any more, or another worker ended. The last good checkpoint is kept.

    Example:
        >>> model = colorkit.train_adversarially("runs/first", "photos", "runs/second", epochs=1)
        Training small adversarially by hinge on 8 photographs, 1 for validation, ...
    """
    recipe = get_adversarial_recipe(recipe, **changes)
    devices = open_strategy(strategy, recipe.batch_size)  # before the generator is loaded
    run = RunFolder(run_dir, AdversarialRecipe)
    if not isinstance(generator, keras.Model):
        generator = load_model(generator)
    recipe = dataclasses.replace(recipe, image_size=_training_size(recipe, model_spec(generator)))
    with survey_progress() as on_progress:
        photographs = TrainingPhotos(*open_training_photos(photos, None, seed, on_progress))
    with devices.running(run), run.held() if devices.is_chief else contextlib.nullcontext():
        photographs = keep_decoded(photographs, recipe, cache, run)
        method = AdversarialMethod(generator, recipe, photographs, seed)
        return fit_run(method, run, devices, precision)


def _training_size(recipe: AdversarialRecipe, spec: ModelSpec) -> int:
    """Returns the side of the crops that fits both the recipe and the generator."""
    size = recipe.image_size
    if spec.image_size is not None:
        size = spec.image_size[0]
        if spec.image_size != (size, size) or recipe.image_size not in (None, size):
            raise ValueError(
                f"The generator takes pictures of {spec.image_size} pixels (height, width), "
                "which must be square and the recipe's `image_size`; leave that out. "
                f"Received: image_size={recipe.image_size}"
            )
    size = size or DEFAULT_SIZE
    if size % spec.size_multiple or size < MIN_SIZE:
        raise ValueError(
            f"`image_size` must be a multiple of {spec.size_multiple}, as the generator takes "
            f"it, and {MIN_SIZE} or more. Received: {size}"
        )
    return size
