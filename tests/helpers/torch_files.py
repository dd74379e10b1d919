"""Writes `.pth` files as PyTorch did before 1.6, without PyTorch."""

import pickle
import sys
import types

import numpy as np

_STORAGES = {"float32": "FloatStorage", "float64": "DoubleStorage", "int64": "LongStorage"}


class _Tensor:
    def __init__(self, key, array):
        self.storage, self.array = _Storage(key, array), array

    def __reduce__(self):
        strides = tuple(stride // self.array.itemsize for stride in self.array.strides)
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (self.storage, 0, self.array.shape, strides, False, {})


class _Storage:
    def __init__(self, key, array):
        self.key, self.array = key, array


class _Pickler(pickle.Pickler):
    def persistent_id(self, item):
        if not isinstance(item, _Storage):
            return None
        kind = getattr(sys.modules["torch"], _STORAGES[str(item.array.dtype)])
        return "storage", kind, item.key, "cpu", item.array.size, None


def write_torch_weights(path, arrays, monkeypatch, further=()):
    """Writes a state dict of contiguous arrays; `further` are pairs of names and other objects."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in _STORAGES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch", "__qualname__": name}))

    def _rebuild_tensor_v2():
        """Stands for PyTorch's own, by its name."""

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    torch._utils = utils
    with monkeypatch.context() as patch, open(path, "wb") as file:
        patch.setitem(sys.modules, "torch", torch)
        patch.setitem(sys.modules, "torch._utils", utils)
        tensors = {
            name: _Tensor(str(number), np.ascontiguousarray(array))
            for number, (name, array) in enumerate(arrays.items())
        }
        for item in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(item, file, protocol=2)
        _Pickler(file, protocol=2).dump({**tensors, **dict(further)})
        pickle.dump([tensor.storage.key for tensor in tensors.values()], file, protocol=2)
        for tensor in tensors.values():
            file.write(tensor.array.size.to_bytes(8, "little"))
            file.write(tensor.array.tobytes())
