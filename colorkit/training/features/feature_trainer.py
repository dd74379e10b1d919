"""Trains the part of a model behind its frozen backbone, on cached features."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.color.lab import AB_SCALE, rgb_to_lab
from colorkit.io.photo import PhotoError
from colorkit.models.backbone_split import SplitModel, split_backbone
from colorkit.models.layers.common import FrozenModel
from colorkit.training.features.feature_cache import AB_STEPS, PhotoFeatures, input_lightness
from colorkit.training.features.feature_views import PhotoViews
from colorkit.training.method import TrainingMethod
from colorkit.training.trainer import Trainer
from colorkit.training.validation import ValidationSet
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.data.augmentation.config import Augmentation
    from colorkit.training.distribution.strategy import Strategy


class FeatureTrainer(Trainer):
    """A `Trainer` of the trained part, which does not contain the backbone.

    The target is the cached ab: converting photographs in each step would take a fifth of the time
    of model 2's decoder.

    Args:
        split: `SplitModel`.
        augmentation: That of the `PhotoViews`; its cutout applies to the trained part's lightness
            too.

    Call arguments:
        batch: Dict from `PhotoFeatures.take`.

    Returns:
        The photographs' ab / 128, and the model's output.
    """

    def __init__(self, split: SplitModel, augmentation: Augmentation | None = None) -> None:
        super().__init__(split.trained_part)
        self.autocast = False  # Positions of holes need float32; each layer casts its own input.
        self._takes_lightness = split.takes_lightness
        self._view_augmentation = augmentation

    def call(self, batch: Mapping[str, Tensor], training: bool = False) -> tuple[Tensor, Tensor]:
        inputs = keras.ops.convert_to_tensor(batch["features"])
        if self._takes_lightness:
            lightness = input_lightness(batch["rgb"], self._view_augmentation, batch["uniforms"])
            inputs = [lightness, inputs]
        ab = keras.ops.cast(batch["ab"], "float32") / (AB_STEPS * AB_SCALE)
        return ab, self._model(inputs, training=training)


class FeatureBatches(keras.utils.PyDataset):
    """Training batches of a shuffled, endless stream of cached views, addressed by position.

    As in `PhotoStream`, position p always holds the same photograph, wherever the stream is
    entered. Each epoch uses the next view of each photograph.

    Args:
        features: `PhotoFeatures` of the photographs.
        indices: Which photographs of the source to draw from. Those without features are replaced
            by the next that have.
        batch_size: Photographs in a batch.
        steps: Batches in the dataset.
        first_step: Number of batches to skip at the beginning.
        seed: Integer that fixes the order.

    Raises:
        PhotoError: If none of the photographs has features.
    """

    def __init__(
        self,
        features: PhotoFeatures,
        indices: Sequence[int] | NDArray[np.int_],
        batch_size: int,
        steps: int,
        first_step: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._features = features
        self._indices = np.asarray(indices)
        if not any(index in features for index in self._indices):
            raise PhotoError(
                f"Expected readable photographs, but none of {len(self._indices)} could be read. "
                f"Received: {next(iter(features.unreadable.values()), 'no photographs')}"
            )
        self._batch_size = batch_size
        self._steps = steps
        self._first_step = first_step
        self._seed = seed
        self._order = functools.lru_cache(maxsize=2)(self._shuffle)

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[dict[str, NDArray[Any]], NDArray[np.uint8]]:
        first = (self._first_step + step) * self._batch_size
        epochs, places = np.divmod(np.arange(first, first + self._batch_size), len(self._indices))
        indices = [self._photo(*where) for where in zip(epochs, places, strict=True)]
        batch = self._features.take(indices, epochs % self._features.views.count)
        return batch, batch["rgb"]

    def _shuffle(self, epoch: int) -> NDArray[np.int_]:
        return np.random.default_rng((self._seed, epoch)).permutation(self._indices)

    def _photo(self, epoch: int, place: int) -> int:
        order = self._order(epoch)
        while order[place] not in self._features:
            place = (place + 1) % len(order)
        return order[place]


class FeatureValidationSet(ValidationSet):
    """A `ValidationSet` of photographs whose features are cached.

    Args:
        split: `SplitModel`.
        views: Dict from `PhotoFeatures.take`, of plain views.
        batch_size: Photographs in a batch.
    """

    def __init__(
        self, split: SplitModel, views: Mapping[str, NDArray[Any]], batch_size: int = 32
    ) -> None:
        super().__init__(split.trained_part, views["rgb"], batch_size=batch_size)
        self._features = views["features"]
        self._takes_lightness = split.takes_lightness

    def predict(self, rows: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        features = self._features[rows]
        if not self._takes_lightness:
            return self._model.predict_on_batch(features)
        lightness = keras.ops.convert_to_numpy(rgb_to_lab(self.photos[rows]))[..., :1]
        return self._model.predict_on_batch([lightness, features])


class CachedFeatureMethod(TrainingMethod):
    """Trains the part behind a frozen backbone on features that are computed once and cached."""

    def wrap_model(self) -> Trainer:
        split = split_backbone(self.model)
        if split is None:
            raise ValueError(
                "`feature_views` is for models with a frozen backbone, which "
                f"{self.recipe.model!r} is not: give None. Received: {self.recipe.feature_views}"
            )
        self._split = split
        return FeatureTrainer(split, self.recipe.augmentation)

    def open_validation(self, strategy: Strategy) -> ValidationSet:
        plain = strategy.chief_first(
            lambda: self._cache(PhotoViews(self.recipe.image_size), self.validation_indices)
        )
        known = [index for index in self.validation_indices if index in plain]
        views = plain.take(known, [0] * len(known))
        return FeatureValidationSet(self._split, views, self.recipe.batch_size)

    def prepare_batches(self, strategy: Strategy) -> None:
        recipe = self.recipe
        views = PhotoViews(recipe.image_size, recipe.feature_views, self.seed, recipe.augmentation)
        self._cached = strategy.chief_first(lambda: self._cache(views, self.indices))

    def open_batches(self, first_step: int, steps: int, strategy: Strategy) -> Any:
        batches = FeatureBatches(
            self._cached, self.indices, self.recipe.batch_size, steps, first_step, self.seed
        )
        return strategy.parts(batches)

    def _cache(self, views: PhotoViews, indices: NDArray[np.int_]) -> PhotoFeatures:
        """Computes the features of photographs that are not cached yet."""
        # Built outside the strategy's scope, so it runs on one device.
        backbone = FrozenModel(self._split.backbone.inputs, self._split.backbone.outputs[0])
        backbone.trainable = False
        features = PhotoFeatures(
            self.features, backbone, self.photos.source, views, self.recipe.feature_dtype
        )
        features.compute(indices)
        return features
