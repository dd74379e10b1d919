"""Training on several devices by `tf.distribute`: one machine's, several machines', or a TPU's.

Keras' `fit` runs under each of these strategies, and four changes make it equal to one device:

- Keras clips the gradient of each replica before it sums them; `_reduce_first` sums first.
- Batch normalisation uses the statistics of a replica's part of a batch; `adapt_model`
  synchronises them.
- Each replica draws the same random numbers; `backend.replica_random` takes those of its part.
- Losses that Keras does not average itself are divided by `backend.replica_loss`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.data.dataset import load_photo_dataset
from colorkit.models.layers.common import trained_normalizations
from colorkit.training.distribution.strategy import Strategy
from colorkit.training.errors import TrainingError
from colorkit.typing import Tensor

if TYPE_CHECKING:
    import tensorflow as tf

    from colorkit.data.stream import PhotoStream
    from colorkit.training.run_folder import RunFolder

JOIN_SECONDS = 600
"""Time in which all workers must have joined after the first."""

COLLECTIVE_SECONDS = 4 * 3600
"""Time to wait for a worker that is alive but has not reached a collective operation: the chief may
be validating, or computing the features of all photographs. TensorFlow's heartbeat detects one that
has died or is disconnected within about 10 s."""

_FLOAT16 = "mixed_float16"
_log = logging.getLogger(__name__)


class TensorFlowStrategy(Strategy):
    """The replicas of a `tf.distribute.Strategy`.

    Args:
        strategy: `MirroredStrategy`, `TPUStrategy`, or what `_join_workers` makes.
        workers: Number of processes that train together.
    """

    allows_xla = False  # XLA cannot compile the collectives between replicas

    def __init__(self, strategy: tf.distribute.Strategy, workers: int = 1) -> None:
        self._strategy = strategy
        self._workers = workers
        self.replicas = strategy.num_replicas_in_sync
        self.is_chief = strategy.extended.should_checkpoint

    @contextlib.contextmanager
    def running(self, run: RunFolder) -> Iterator[None]:
        import tensorflow as tf

        lost = (
            tf.errors.UnavailableError,
            tf.errors.AbortedError,
            tf.errors.CancelledError,
            tf.errors.DeadlineExceededError,
        )
        try:
            yield
        except lost as error:
            if self._workers == 1:
                raise
            raise TrainingError(
                f"Another of the {self._workers} workers has ended or cannot be reached; its own "
                f"output tells why. {run.resume_advice()} Start all workers again with it, or one "
                f"machine alone with strategy none. TensorFlow says: {_reason(error)}"
            ) from error

    def scope(self) -> AbstractContextManager[Any]:
        return self._strategy.scope()

    def adapt_model(self, model: keras.Model) -> None:
        for layer in trained_normalizations(model):
            layer.synchronized = True

    def adapt_optimizer(
        self, optimizer: keras.optimizers.Optimizer, precision: str
    ) -> keras.optimizers.Optimizer:
        if precision == _FLOAT16:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        if self.replicas > 1 and (optimizer.clipnorm or precision == _FLOAT16):
            return _reduce_first(optimizer, self.replicas)
        return optimizer

    def batches(self, stream: PhotoStream, batch_size: int, first_step: int, steps: int) -> Any:
        def part_of(context: tf.distribute.InputContext) -> tf.data.Dataset:
            parts = context.num_input_pipelines
            size = context.get_per_replica_batch_size(batch_size)
            part = stream.part(batch_size, context.input_pipeline_id, parts)
            draws = batch_size // parts // size  # per step: the replicas of this worker
            return load_photo_dataset(part, batch_size=size, start_step=first_step * draws)

        return self._strategy.distribute_datasets_from_function(part_of)

    def parts(self, batches: keras.utils.PyDataset) -> Any:
        import tensorflow as tf

        def rows(batch: Any, replica: int) -> Any:
            return keras.tree.map_structure(
                lambda array: np.split(array, self.replicas)[replica], batch
            )

        def part_of(context: tf.distribute.InputContext) -> tf.data.Dataset:
            here = self.replicas // context.num_input_pipelines
            first = context.input_pipeline_id * here

            def draw() -> Iterator[Any]:
                for step in range(len(batches)):
                    batch = batches[step]
                    yield from (rows(batch, replica) for replica in range(first, first + here))

            signature = keras.tree.map_structure(tf.type_spec_from_value, rows(batches[0], 0))
            dataset = tf.data.Dataset.from_generator(draw, output_signature=signature)
            return dataset.prefetch(tf.data.AUTOTUNE)

        return self._strategy.distribute_datasets_from_function(part_of)

    def broadcast(self, value: Any) -> Any:
        if self._workers == 1:
            return value
        text = json.dumps(value).encode() if self.is_chief else b""
        length = int(self._sum([len(text)])[0])
        codes = self._sum(list(text) if self.is_chief else [0] * length)
        return json.loads(bytes(int(code) for code in codes))

    def _sum(self, values: Sequence[int]) -> NDArray[np.int32]:
        import tensorflow as tf

        return self._strategy.reduce("SUM", tf.constant(values, "int32"), axis=None).numpy()


@functools.cache
def open_tensorflow(strategy: str) -> TensorFlowStrategy:
    """Opens a strategy of `tf.distribute`, one per process and name.

    Workers can join only once, and the collectives of two MirroredStrategies would get mixed up.

    Args:
        strategy: "mirrored", "multiworker" or "tpu".

    Returns:
        A `TensorFlowStrategy`.

    Raises:
        ValueError: If TF_CONFIG does not name the workers, TensorFlow has computed already, or
            there is no TPU.
    """
    import tensorflow as tf

    if strategy == "multiworker":
        return _join_workers()
    if strategy == "tpu":
        return TensorFlowStrategy(_connect_tpu())
    # All GPUs; without a GPU the logical CPUs, which MirroredStrategy does not look for.
    devices = None if tf.config.list_logical_devices("GPU") else _logical_cpus()
    return TensorFlowStrategy(tf.distribute.MirroredStrategy(devices))


def _logical_cpus() -> list[str]:
    import tensorflow as tf

    return [device.name for device in tf.config.list_logical_devices("CPU")]


def _join_workers() -> TensorFlowStrategy:
    import tensorflow as tf

    addresses = _read_tf_config()

    class MultiWorkerStrategy(tf.distribute.MultiWorkerMirroredStrategy):
        """Supports the reductions that Keras' `fit` asks for.

        Keras 3 asks for the mean of a batch, to get its shapes, and for the mean of scalars along
        axis 0. `MirroredStrategy` supports both; the base class supports neither.
        """

        def reduce(self, reduce_op: Any, value: Any, axis: int | None) -> Any:
            if tf.nest.is_nested(value):
                return tf.nest.map_structure(self._any_local, value)
            axis = axis if self._any_local(value).shape.rank else None
            return super().reduce(reduce_op, value, axis)

        def _any_local(self, value: Any) -> Tensor:
            return self.experimental_local_results(value)[0]

    options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=COLLECTIVE_SECONDS)
    _log.info(
        "Waiting %d s at most for the workers of TF_CONFIG: %s.", JOIN_SECONDS, ", ".join(addresses)
    )
    # TensorFlow waits without a timeout, and neither Python nor SIGTERM can interrupt it.
    stderr = sys.__stderr__ or sys.stderr
    faulthandler.dump_traceback_later(JOIN_SECONDS, exit=True, file=stderr)
    try:
        strategy = MultiWorkerStrategy(communication_options=options)
    except RuntimeError as error:
        raise ValueError(
            "Workers can only join before TensorFlow computes anything: train in a process of its "
            f"own, such as `colorkit train`. Received: {error}"
        ) from error
    finally:
        faulthandler.cancel_dump_traceback_later()
    return TensorFlowStrategy(strategy, len(addresses))


def _read_tf_config() -> list[str]:
    """Returns the addresses of the workers that TF_CONFIG names."""
    text = os.environ.get("TF_CONFIG", "")
    try:
        config = json.loads(text)
        task, cluster = config["task"], config["cluster"]
        cluster[task["type"]][int(task["index"])]
        return [*cluster.get("chief", []), *cluster.get("worker", [])]
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            "strategy='multiworker' reads the workers' addresses from the environment variable "
            'TF_CONFIG, such as {"cluster": {"worker": ["host0:2222", "host1:2222"]}, '
            '"task": {"type": "worker", "index": 0}} on host0. '
            f"Received: {text or 'nothing'}"
        ) from error


def _connect_tpu() -> tf.distribute.TPUStrategy:
    import tensorflow as tf

    try:
        name = os.environ.get("TPU_NAME", "local")
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=name)
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, RuntimeError, tf.errors.OpError) as error:
        raise ValueError(
            "strategy='tpu' needs a TPU that TensorFlow sees (the package tensorflow-tpu on a TPU "
            "VM; the environment variable TPU_NAME names another than the local one). "
            f"Received: {_reason(error)}"
        ) from error
    return tf.distribute.TPUStrategy(resolver)


def _reduce_first(
    optimizer: keras.optimizers.Optimizer, replicas: int
) -> keras.optimizers.Optimizer:
    """Makes an optimizer clip the gradient of the whole batch, and check it for overflow.

    Each replica gets the mean of all gradients, clips it to its share of the norm, and passes it
    to Keras, which sums these equal shares to the clipped gradient of the whole batch.
    """
    import tensorflow as tf

    kind: type[keras.optimizers.Optimizer] = type(optimizer)

    class ReducingFirst(kind):
        def apply(
            self,
            grads: Iterable[Tensor],
            trainable_variables: Sequence[keras.Variable] | None = None,
        ) -> None:
            context = tf.distribute.get_replica_context()
            super().apply(context.all_reduce("MEAN", list(grads)), trainable_variables)

    config = optimizer.get_config()
    if config.get("clipnorm"):
        config["clipnorm"] /= replicas
    return ReducingFirst.from_config(config)


def _reason(error: Exception) -> str:
    """Returns TensorFlow's message without the graph location."""
    match = re.search(
        r"aborted by: (.*?)(The tasks have crashed|The error could|$)", str(error), re.S
    )
    return " ".join(match[1].split()) if match else str(error).partition("\n")[0]
