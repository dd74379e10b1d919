"""Trains the part of a network behind its frozen backbone, on features that are kept."""

import functools

import keras
import numpy as np

from colorkit.color import rgb_to_lab
from colorkit.features import lightness_seen
from colorkit.photo import PhotoError
from colorkit.trainer import Trainer
from colorkit.validating import ValidationSet


class FeatureTrainer(Trainer):
    """A `Trainer` of the part that is trained; the backbone is not in it and cannot be changed.

    Args:
        split: `SplitNetwork`.
        augmentation: That of the `PhotoViews`: where it cuts holes, the trained part sees them.

    Call arguments:
        batch: Dict from `PhotoFeatures.take`.

    Returns:
        The photographs, in [0, 255], and the network's output.
    """

    def __init__(self, split, augmentation=None):
        super().__init__(split.trained_part)
        self._takes_lightness = split.takes_lightness
        self._view_augmentation = augmentation

    def call(self, batch, training=False):
        inputs = keras.ops.convert_to_tensor(batch["features"])
        if self._takes_lightness:
            lightness = lightness_seen(batch["rgb"], self._view_augmentation, batch["numbers"])
            inputs = [lightness, inputs]
        return batch["rgb"], self._network(inputs, training=training)


class FeatureBatches(keras.utils.PyDataset):
    """Training batches of a shuffled, endless stream of views, addressed by position.

    As in `PhotoStream`, position p always holds the same photograph, wherever the stream is
    entered. One epoch shows one view of each, the next epoch the next view.

    Args:
        features: `PhotoFeatures` of the photographs.
        numbers: Which photographs of the source to draw from. Those without features are replaced
            by the next that have.
        batch_size: Photographs in a batch.
        steps: Batches in the dataset.
        start_step: Number of batches to leave out at the beginning.
        seed: Integer that fixes the order.

    Raises:
        PhotoError: If none of the photographs has features.
    """

    def __init__(self, features, numbers, batch_size, steps, start_step=0, seed=0):
        super().__init__()
        self._features = features
        self._numbers = np.asarray(numbers)
        if not any(number in features for number in self._numbers):
            raise PhotoError(
                f"Expected readable photographs, but none of {len(self._numbers)} could be read. "
                f"Received: {next(iter(features.unreadable.values()), 'no photographs')}"
            )
        self._batch_size = batch_size
        self._steps = steps
        self._start_step = start_step
        self._seed = seed
        self._order = functools.lru_cache(maxsize=2)(self._shuffle)

    def __len__(self):
        return self._steps

    def __getitem__(self, step):
        first = (self._start_step + step) * self._batch_size
        epochs, places = np.divmod(np.arange(first, first + self._batch_size), len(self._numbers))
        numbers = [self._photo(*where) for where in zip(epochs, places, strict=True)]
        batch = self._features.take(numbers, epochs % self._features.views.count)
        return batch, batch["rgb"]

    def _shuffle(self, epoch):
        return np.random.default_rng((self._seed, epoch)).permutation(self._numbers)

    def _photo(self, epoch, place):
        order = self._order(epoch)
        while order[place] not in self._features:
            place = (place + 1) % len(order)
        return order[place]


class FeatureValidationSet(ValidationSet):
    """A `ValidationSet` of photographs whose features are kept.

    Args:
        split: `SplitNetwork`.
        views: Dict from `PhotoFeatures.take`, of plain views.
        batch_size: Photographs in a batch.
    """

    def __init__(self, split, views, batch_size=32):
        super().__init__(split.trained_part, views["rgb"], batch_size=batch_size)
        self._features = views["features"]
        self._takes_lightness = split.takes_lightness

    def predict(self, rows):
        inputs = self._features[rows]
        if self._takes_lightness:
            inputs = [keras.ops.convert_to_numpy(rgb_to_lab(self.photos[rows]))[..., :1], inputs]
        return self._model.predict_on_batch(inputs)
