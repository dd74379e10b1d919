"""Finds the devices that train together. Cheap to import, as the command line does."""

STRATEGIES = ("none", "mirrored", "multiworker", "tpu")


def open_distribution(strategy, batch_size):
    """Finds the devices that train together.

    Call it before anything is computed: TensorFlow joins other workers only then.

    Args:
        strategy: `"none"` for one device; `"mirrored"` for all GPUs of this machine (or what else
            Keras lists); `"multiworker"` for those of several machines, named in the environment
            variable TF_CONFIG; `"tpu"`. On JAX, `"mirrored"` and `"tpu"` are
            `keras.distribution.DataParallel`, and there is no `"multiworker"`.
        batch_size: Photographs in a batch of all devices together.

    Returns:
        A `Distribution`.

    Raises:
        ValueError: If there is no such strategy on this backend or machine, or `batch_size` cannot
            be divided by the number of devices.
    """
    distribution = _open(strategy)
    if batch_size % distribution.replicas:
        lower = batch_size - batch_size % distribution.replicas
        raise ValueError(
            f"`batch_size` is that of all {distribution.replicas} devices together and must be "
            f"divisible by their number, such as {lower or distribution.replicas} or "
            f"{lower + distribution.replicas}. Received: {batch_size}"
        )
    return distribution


def _open(strategy):
    if strategy not in STRATEGIES:
        raise ValueError(f"`strategy` must be one of {STRATEGIES}. Received: {strategy!r}")
    import keras

    from colorkit.training.distribution.distribution import Distribution
    from colorkit.training.distribution.jax_distribution import JaxDistribution
    from colorkit.training.distribution.tensorflow_distribution import open_tensorflow

    if strategy == "none":
        return Distribution()
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return open_tensorflow(strategy)
    if backend == "jax" and strategy != "multiworker":
        return JaxDistribution()
    raise ValueError(
        f"strategy={strategy!r} runs on the Keras backends that the environment variable "
        f"KERAS_BACKEND calls tensorflow{'' if strategy == 'multiworker' else ' and jax'}. "
        f"Received: backend {backend!r}"
    )
