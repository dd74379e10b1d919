"""What the machine is said to be."""

import json
import os
import sys
import types
from pathlib import Path

import keras
import pytest

from colorkit.backend import hardware


def test_the_hardware_is_described():
    found = json.loads(json.dumps(hardware.describe_hardware()))
    assert found["cpu"] and 1 <= found["cores"] <= os.cpu_count()
    assert found["memory_gib"] is None or found["memory_gib"] > 0.5
    assert found["devices"]


def test_flags_and_model_are_those_of_the_first_core(monkeypatch):
    core = "processor : {}\nmodel name\t: Good CPU: 2 GHz\nflags\t\t: {}\nbugs : none\n"
    cores = core.format(0, "fpu amx_bf16") + "\n" + core.format(1, "fpu")
    exists, read_text = Path.exists, Path.read_text
    is_told = Path("/proc/cpuinfo").__eq__
    monkeypatch.setattr(Path, "exists", lambda path: is_told(path) or exists(path))
    monkeypatch.setattr(
        Path, "read_text", lambda path, *more: cores if is_told(path) else read_text(path, *more)
    )
    monkeypatch.setattr(hardware.platform, "system", lambda: "Linux")
    assert hardware.cpu_flags() == {"fpu", "amx_bf16"}
    assert hardware.describe_hardware()["cpu"] == "Good CPU: 2 GHz"
    monkeypatch.setattr(hardware.platform, "system", lambda: "Darwin")
    assert hardware.cpu_flags() == set()


@pytest.mark.parametrize(
    ("devices", "kind"),
    [
        (["cpu:0"], "cpu"),
        (["cpu:0", "gpu:0"], "gpu"),
        (["cuda:0"], "gpu"),
        (["cpu:0", "TPU:0", "TPU:1"], "tpu"),
    ],
)
def test_the_kind_of_device(monkeypatch, devices, kind):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: devices)
    assert hardware.device_kind() == kind


@pytest.mark.parametrize(("gpus", "devices"), [(0, ["cpu:0"]), (2, ["gpu:0", "gpu:1"])])
def test_pytorchs_devices_of_which_keras_keeps_no_list(monkeypatch, gpus, devices):
    torch = types.SimpleNamespace(cuda=types.SimpleNamespace(device_count=lambda: gpus))
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    assert hardware.list_devices() == devices
    assert hardware.device_kind() == devices[0].split(":")[0]


def test_the_driver_is_asked_for_all_gpus(monkeypatch, tmp_path):
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\nprintf '9.0\\n7.5\\n'\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hardware.gpu_capability() == 7.5
    driver.write_text("#!/bin/sh\nexit 9\n")
    assert hardware.gpu_capability() == 0.0
    driver.unlink()
    assert hardware.gpu_capability() == 0.0 and hardware.describe_hardware()["gpus"] == []
