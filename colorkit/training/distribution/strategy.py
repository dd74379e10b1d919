"""Training on several devices at once: the strategy and each device's part of a batch.

Every replica of the model, one per device, takes an equal part of each batch of the recipe, and
all of them apply the sum of their gradients. A run is the same on one device as on several, up to
the rounding of sums, so that it may be stopped on one machine and resumed on four.

`colorkit.training.distribution.strategies` opens a strategy by its name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

import keras

from colorkit.data.dataset import PhotoBatches, load_photo_dataset

if TYPE_CHECKING:
    from colorkit.data.stream import PhotoStream
    from colorkit.training.run_folder import RunFolder


T = TypeVar("T")


class Strategy:
    """Training on one device; the base class of strategies for several.

    Attributes:
        replicas: Number of devices that train together.
        is_chief: Whether this process writes the run's folder, as one of all workers does.
        allows_xla: Whether XLA may compile the training step.
    """

    replicas = 1
    is_chief = True
    allows_xla = True

    def running(self, run: RunFolder) -> AbstractContextManager[None]:
        """Returns the context of a whole run; in it, the loss of a worker is a `TrainingError`.

        Args:
            run: The `RunFolder`.
        """
        return contextlib.nullcontext()

    def scope(self) -> AbstractContextManager[Any]:
        """Returns the context in which model, trainer and optimizer are created."""
        return contextlib.nullcontext()

    def adapt_model(self, model: keras.Model) -> None:
        """Synchronises the batch statistics of normalisation layers over all replicas."""

    def adapt_optimizer(
        self, optimizer: keras.optimizers.Optimizer, precision: str
    ) -> keras.optimizers.Optimizer:
        """Returns an optimizer whose step equals that on one device.

        Args:
            optimizer: `keras.optimizers.Optimizer`, not built.
            precision: Name of the dtype policy of the model.
        """
        return optimizer

    def batches(self, stream: PhotoStream, batch_size: int, first_step: int, steps: int) -> Any:
        """Opens this worker's part of each of a stream's batches.

        Args:
            stream: A `PhotoStream`.
            batch_size: Photographs in a batch of all workers.
            first_step: Number of batches to skip at the beginning.
            steps: Number of batches.

        Returns:
            What `keras.Model.fit` takes as `x`, of pairs `(rgb, rgb)`.
        """
        if keras.backend.backend() == "tensorflow":
            return load_photo_dataset(stream, batch_size=batch_size, start_step=first_step)
        return PhotoBatches(stream, batch_size, steps, first_step)

    def parts(self, batches: keras.utils.PyDataset) -> Any:
        """Takes this worker's part of each batch.

        Args:
            batches: `keras.utils.PyDataset` of the batches of all workers.

        Returns:
            What `keras.Model.fit` takes as `x`.
        """
        return batches

    def broadcast(self, value: T) -> T:
        """Waits for all workers, and sends them the chief's value.

        Args:
            value: JSON-serializable value; only the chief's is used.

        Returns:
            The chief's value.
        """
        return value

    def chief_first(self, action: Callable[[], T]) -> T:
        """Calls a function in the chief, and after that in the other workers.

        Args:
            action: Function without arguments.

        Returns:
            Its result in this worker.
        """
        if not self.is_chief:
            self.broadcast(None)
            return action()
        result = action()
        self.broadcast(None)
        return result

    def check_same_step(self, step: int, run: RunFolder) -> None:
        """Checks that all workers have restored the chief's checkpoint.

        Args:
            step: Number of training steps that this worker's checkpoint has done.
            run: The `RunFolder`.

        Raises:
            ValueError: If the chief's is at another step.
        """
        chief_step = self.broadcast(step)
        if step != chief_step:
            raise ValueError(
                f"Expected the chief's checkpoint, of step {chief_step}, in {run.path}: the folder "
                f"must be the same one for all workers, on a disk that they share. Received: one "
                f"of step {step}"
            )


class SharedLogs(keras.callbacks.Callback):
    """Broadcasts the metrics that the chief computes after each epoch.

    Comes after the callbacks that add metrics, and before those that monitor them.

    Args:
        strategy: A `Strategy`.
    """

    comes_after = ("StopOnNaN", "ValidationMetrics")

    def __init__(self, strategy: Strategy) -> None:
        super().__init__()
        self._strategy = strategy

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        logs.update(self._strategy.broadcast({name: float(logs[name]) for name in logs}))
