"""Opens a strategy by its name. Cheap to import, as the command line does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colorkit.choices import STRATEGIES

if TYPE_CHECKING:
    from colorkit.training.distribution.strategy import Strategy


def open_strategy(strategy: str, batch_size: int) -> Strategy:
    """Opens the strategy by which devices train together.

    Call it before anything is computed: TensorFlow can join other workers only then.

    Args:
        strategy: `"none"` for one device; `"mirrored"` for all GPUs of this machine (or other
            devices that Keras lists); `"multiworker"` for those of several machines, named in the
            environment variable TF_CONFIG; `"tpu"`. On JAX, `"mirrored"` and `"tpu"` are
            `keras.distribution.DataParallel`, and there is no `"multiworker"`.
        batch_size: Photographs in a batch of all devices together.

    Returns:
        A `Strategy`.

    Raises:
        ValueError: If there is no such strategy on this backend or machine, or `batch_size` cannot
            be divided by the number of devices.
    """
    opened = _open(strategy)
    if batch_size % opened.replicas:
        lower = batch_size - batch_size % opened.replicas
        raise ValueError(
            f"`batch_size` is that of all {opened.replicas} devices together and must be "
            f"divisible by their number, such as {lower or opened.replicas} or "
            f"{lower + opened.replicas}. Received: {batch_size}"
        )
    return opened


def _open(strategy: str) -> Strategy:
    if strategy not in STRATEGIES:
        raise ValueError(f"`strategy` must be one of {STRATEGIES}. Received: {strategy!r}")
    import keras

    from colorkit.training.distribution.jax_strategy import JaxStrategy
    from colorkit.training.distribution.strategy import Strategy
    from colorkit.training.distribution.tensorflow_strategy import open_tensorflow

    if strategy == "none":
        return Strategy()
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return open_tensorflow(strategy)
    if backend == "jax" and strategy != "multiworker":
        return JaxStrategy()
    raise ValueError(
        f"strategy={strategy!r} runs on the Keras backends that the environment variable "
        f"KERAS_BACKEND calls tensorflow{'' if strategy == 'multiworker' else ' and jax'}. "
        f"Received: backend {backend!r}"
    )
