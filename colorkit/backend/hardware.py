"""The hardware of this machine, as the operating system and Keras' backend report it."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import keras

_CPU_INFO = Path("/proc/cpuinfo")


def device_kind() -> str:
    """Returns the kind of device that Keras runs on: "cpu", "gpu" or "tpu"."""
    kinds = {device.split(":")[0].lower() for device in list_devices()}
    if "tpu" in kinds:
        return "tpu"
    return "gpu" if kinds - {"cpu"} else "cpu"


def list_devices() -> list[str]:
    """Returns the names of the devices as Keras gives them, such as "gpu:0"."""
    if keras.backend.backend() != "torch":
        return [str(device) for device in keras.distribution.list_devices()]
    import torch  # Of PyTorch's devices Keras keeps no list.

    return [f"gpu:{number}" for number in range(torch.cuda.device_count())] or ["cpu:0"]


def cpu_flags() -> set[str]:
    """Returns the set of instruction sets that Linux reports; empty on other systems."""
    return set(_cpu_info().get("flags", "").split())


def gpu_capability() -> float:
    """Returns the least compute capability of the NVIDIA GPUs, such as 8.0; 0 where there is none.

    It comes from the driver, since Keras does not report it.
    """
    try:
        return min(float(line) for line in _ask_driver("compute_cap"))
    except ValueError:
        return 0.0


def count_cores() -> int:
    """Returns the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe_hardware() -> dict[str, Any]:
    """Describes the machine for a run's record.

    Returns:
        JSON-serializable dict: "system", "cpu" (its model), "cores" (those this process may use),
        "memory_gib", "devices" (as Keras lists them) and "gpus" (NVIDIA's model and memory).
    """
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_info().get("model name") or platform.processor() or platform.machine(),
        "cores": count_cores(),
        "memory_gib": _memory_gib(),
        "devices": list_devices(),
        "gpus": _ask_driver("name,memory.total"),
    }


def _cpu_info() -> dict[str, str]:
    """Reads Linux's description of the first core."""
    if platform.system() != "Linux" or not _CPU_INFO.exists():
        return {}
    first_core = _CPU_INFO.read_text().split("\n\n")[0]
    pairs = (line.partition(":") for line in first_core.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _memory_gib() -> float | None:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    return round(size / 2**30, 1)


def _ask_driver(query: str) -> list[str]:
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return result.stdout.splitlines()
