"""Both steps of adversarial training as one trainer."""

from __future__ import annotations

import concurrent.futures
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from colorkit.typing import Tensor


class AlternatingTrainer:
    """Steps the discriminator, then the generator, on each batch.

    To a run's callbacks and folder it looks like one trainer that has the variables of both.

    Args:
        generator: A compiled `GeneratorTrainer`.
        discriminator: A compiled `DiscriminatorTrainer`, or `None` for the generator alone.
    """

    stop_training = False  # As Keras' callbacks ask

    def __init__(self, generator: keras.Model, discriminator: keras.Model | None = None) -> None:
        self._sides = {"generator": generator, "discriminator": discriminator}
        self._sides = {name: side for name, side in self._sides.items() if side is not None}
        self.jit_compile = generator.jit_compile
        self.optimizer = _Optimizers(list(self._sides.values()))

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        return _distinct(side.trainable_variables for side in self._sides.values())

    @property
    def non_trainable_variables(self) -> list[keras.Variable]:
        trained = {id(variable) for variable in self.trainable_variables}
        others = _distinct(side.non_trainable_variables for side in self._sides.values())
        return [variable for variable in others if id(variable) not in trained]

    @property
    def weights(self) -> list[keras.Variable]:
        return _distinct(side.weights for side in self._sides.values())

    def fit(
        self,
        batches: Any,
        *,
        initial_epoch: int,
        epochs: int,
        steps_per_epoch: int,
        callbacks: Sequence[keras.callbacks.Callback],
        shuffle: bool = False,
        verbose: int = 0,
    ) -> None:
        """Trains as `keras.Model.fit` does, in the order of the batches and without a word.

        Args:
            batches: What `Strategy.batches` opens.
            initial_epoch: Number of epochs done before.
            epochs: Number of epochs, those done before among them.
            steps_per_epoch: Number of training steps in an epoch.
            callbacks: List of `keras.callbacks.Callback`. At the end of an epoch they are given the
                means of its steps.
        """
        self.stop_training = False
        listeners = keras.callbacks.CallbackList(callbacks, model=self, epochs=epochs)
        listeners.on_train_begin()
        photos = _photos_of(batches, (epochs - initial_epoch) * steps_per_epoch)
        for epoch in range(initial_epoch, epochs):
            listeners.on_epoch_begin(epoch)
            in_epoch: list[dict[str, float]] = []
            for step, rgb in enumerate(itertools.islice(photos, steps_per_epoch)):
                listeners.on_train_batch_begin(step)
                in_epoch.append(self.train_on_batch(rgb))
                listeners.on_train_batch_end(step, in_epoch[-1])
            means = {
                name: float(np.mean([logs[name] for logs in in_epoch])) for name in in_epoch[0]
            }
            listeners.on_epoch_end(epoch, means)
            if self.stop_training:
                break
        listeners.on_train_end()

    def train_on_batch(self, rgb: Tensor) -> dict[str, float]:
        """Runs one training step of each side.

        Args:
            rgb: Photographs, uint8 of shape `(batch, height, width, 3)`.

        Returns:
            Dict from metrics to floats: "loss" and its parts are the generator's, "discriminator"
            is the loss of the other side.
        """
        logs = {}
        for name, side in reversed(self._sides.items()):
            side.reset_metrics()
            metrics = side.train_on_batch(rgb, return_dict=True)
            if name == "discriminator":
                metrics["discriminator"] = metrics.pop("loss")
            logs.update(metrics)
        return {"loss": logs.pop("loss"), **logs}


class _Optimizers:
    """The optimizers of both sides as one, for the run's checkpoint."""

    def __init__(self, sides: Sequence[keras.Model]) -> None:
        self._sides = sides

    @property
    def variables(self) -> list[keras.Variable]:
        return [variable for side in self._sides for variable in side.optimizer.variables]

    def build(self, _: Iterable[keras.Variable]) -> None:
        for side in self._sides:
            side.optimizer.build(side.trainable_variables)

    def finalize_variable_values(self, _: Iterable[keras.Variable]) -> None:
        for side in self._sides:
            side.optimizer.finalize_variable_values(side.trainable_variables)


def _photos_of(batches: Any, steps: int) -> Iterator[Tensor]:
    """Yields the photographs of each batch; a thread draws the next one meanwhile."""
    if not isinstance(batches, keras.utils.PyDataset):  # tf.data does so by itself
        yield from (rgb for rgb, _ in itertools.islice(batches, steps))
        return
    if not steps:
        return
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as drawing:
        ahead = drawing.submit(batches.__getitem__, 0)
        for step in range(steps):
            rgb, _ = ahead.result()
            if step + 1 < steps:
                ahead = drawing.submit(batches.__getitem__, step + 1)
            yield rgb


def _distinct(lists: Iterable[Iterable[keras.Variable]]) -> list[keras.Variable]:
    return list({id(item): item for each in lists for item in each}.values())
