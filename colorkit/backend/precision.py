"""Dtype policies: float32, or mixed precision on hardware that supports it."""

import contextlib
import copy
from collections.abc import Collection, Iterator

import keras

from colorkit.backend.hardware import cpu_flags, device_kind, gpu_capability
from colorkit.backend.weights import copy_weights
from colorkit.choices import PRECISIONS, TRAINING_PRECISIONS

_CPU_FLAGS = {"amx_bf16", "avx512_bf16"}
_BFLOAT16_CAPABILITY = 8.0  # NVIDIA Ampere, the first with bfloat16 matrix units
_FLOAT16_CAPABILITY = 7.0  # NVIDIA Volta, the first with float16 matrix units


def choose_precision() -> str:
    """Names the faster dtype policy for inference on this machine.

    TensorFlow on a CPU with AMX or AVX-512 bfloat16 instructions, and any backend on a TPU or an
    NVIDIA GPU of compute capability 8 or more, run mixed bfloat16 faster than float32
    (`benchmarks/runtimes.py`). JAX on a CPU gains next to nothing, and older hardware emulates
    bfloat16 slowly.

    Returns:
        `"mixed_bfloat16"` or `"float32"`.
    """
    kind = device_kind()
    if kind == "gpu":
        fast = gpu_capability() >= _BFLOAT16_CAPABILITY
    else:
        fast = kind == "tpu" or _cpu_runs_bfloat16()
    return "mixed_bfloat16" if fast else "float32"


def choose_training_precision() -> str:
    """Names the faster dtype policy for training on this machine.

    NVIDIA GPUs of compute capability 7 or more train in mixed float16, for which Keras scales the
    loss, so that small gradients do not vanish; it has three more bits than bfloat16. TPUs, and
    CPUs with AMX or AVX-512 bfloat16 instructions under TensorFlow, train in mixed bfloat16.

    Returns:
        `"mixed_float16"`, `"mixed_bfloat16"` or `"float32"`.
    """
    if device_kind() == "gpu":
        return "mixed_float16" if gpu_capability() >= _FLOAT16_CAPABILITY else "float32"
    return choose_precision()


def choose_depthwise_policy() -> str | None:
    """Names the dtype policy in which depthwise convolutions train fastest on this machine.

    Under mixed bfloat16, TensorFlow on a CPU takes up to three times as long for the gradients of
    a depthwise convolution as in float32, with AMX and without.

    Returns:
        `"float32"` where that is so, else `None` for the policy that Keras is set to.
    """
    slow = keras.config.dtype_policy().name == "mixed_bfloat16" and device_kind() == "cpu"
    return "float32" if slow else None


def choose_xla() -> bool:
    """Returns whether training steps should be compiled by XLA on this machine.

    JAX always is. TensorFlow's own CPU kernels (oneDNN) run convolutions faster than XLA's.

    Returns:
        Bool, for `jit_compile` of `keras.Model.compile`.
    """
    return keras.backend.backend() == "jax" or device_kind() != "cpu"


def with_precision(model: keras.Model, precision: str) -> keras.Model:
    """Rebuilds a model under another dtype policy, with the same weights.

    Under `"mixed_bfloat16"` the last layer that has weights, and all behind it, stay in float32,
    since a bfloat16 output near 0.5 can only step by 0.004, which is half a unit of a or b. The
    colours of a part-trained default model then differed from float32 by 0.06 in a and b on
    average and by 1.0 at most (four photographs, mean absolute a and b of 15).

    Args:
        model: `keras.Model` that can be rebuilt from its config (functional or sequential).
        precision: `"auto"`, `"float32"` or `"mixed_bfloat16"`.

    Returns:
        `model` itself where every layer has the wanted policy already, or where `precision` is
        `"auto"` and the model cannot be rebuilt; else a new model. Weights are float32 in both.

    Raises:
        ValueError: If `precision` is not one of the three, or the model cannot be rebuilt.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"`precision` must be one of {PRECISIONS}. Received: {precision!r}")
    wanted = choose_precision() if precision == "auto" else precision
    if wanted in _policies(model) and _policies(model) <= {wanted, "float32"}:
        return model
    try:
        return copy_in_precision(model, wanted)
    except (NotImplementedError, TypeError, ValueError) as error:
        if precision == "auto":
            return model
        raise ValueError(
            f"The model {model.name!r} cannot be rebuilt in {wanted}, because a layer does not "
            f"describe itself in `get_config`. Give precision='auto' to run it as it is. "
            f"Received: {error}"
        ) from error


def copy_in_precision(model: keras.Model, policy: str) -> keras.Model:
    """Rebuilds a model under another dtype policy, with the same weights.

    The last layers stay in float32, as in `with_precision`.

    Args:
        model: `keras.Model` that can be rebuilt from its config (functional or sequential).
        policy: Name of the dtype policy.

    Returns:
        A new `keras.Model`, of the same layers, frozen where they are frozen.
    """
    config = copy.deepcopy(keras.saving.serialize_keras_object(model))
    closing = {layer.name for layer in _closing_layers(model)}
    _set_policy(config, policy, closing)
    rebuilt = keras.saving.deserialize_keras_object(config, safe_mode=True)
    copy_weights(model, rebuilt)
    return rebuilt


def _policies(model: keras.Model) -> set[str]:
    names = {layer.dtype_policy.name for layer in model.layers if not hasattr(layer, "layers")}
    return names.union(*(_policies(layer) for layer in model.layers if hasattr(layer, "layers")))


def _closing_layers(model: keras.Model) -> Iterator[keras.Layer]:
    """Yields a model's layers from the last back to one that has weights."""
    for layer in reversed(model.layers):
        if hasattr(layer, "layers"):
            yield from _closing_layers(layer)
            return
        yield layer
        if layer.weights:
            return


def _set_policy(config: object, name: str, closing: Collection[str]) -> None:
    """Writes the policy `name` into every layer of a serialized model, nested ones included.

    Layers named in `closing` get float32.
    """
    if isinstance(config, dict):
        if config.get("class_name") in ("DTypePolicy", "DTypePolicyMap"):
            config.update(class_name="DTypePolicy", config={"name": name})
            return
        inner = config.get("config")
        if isinstance(inner, dict) and "layers" not in inner and inner.get("name") in closing:
            name = "float32"
        for value in config.values():
            _set_policy(value, name, closing)
    elif isinstance(config, list):
        for value in config:
            _set_policy(value, name, closing)


def _cpu_runs_bfloat16() -> bool:
    return keras.backend.backend() == "tensorflow" and bool(_CPU_FLAGS & cpu_flags())


@contextlib.contextmanager
def use_precision(precision: str) -> Iterator[None]:
    """Context in which models are built for a precision.

    Args:
        precision: "auto" (the fastest on this machine for training), "float32",
            "mixed_bfloat16" or "mixed_float16".

    Raises:
        ValueError: If `precision` is not one of the four.
    """
    if precision not in TRAINING_PRECISIONS:
        raise ValueError(
            f"`precision` must be one of {TRAINING_PRECISIONS}. Received: {precision!r}"
        )
    earlier = keras.config.dtype_policy()
    keras.config.set_dtype_policy(choose_training_precision() if precision == "auto" else precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(earlier)
