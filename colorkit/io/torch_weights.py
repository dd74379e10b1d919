"""Reads the tensors of a PyTorch `.pth` file safely, with NumPy alone."""

import collections
import pickle
from collections.abc import Iterable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.typing import StrPath

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_DTYPES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}


def read_torch_weights(path: StrPath) -> dict[str, NDArray[Any]]:
    """Reads a state dict that `torch.save` wrote in its format before PyTorch 1.6 (no zip file).

    The pickle in the file may build tensors and ordered dicts. Any other class is refused by its
    name, before it is imported, so that a malicious file cannot run code.

    Args:
        path: Path of the `.pth` file.

    Returns:
        Dict from names to NumPy arrays.

    Raises:
        ValueError: If the file has another format, or holds anything but tensors.
        OSError: If it cannot be read.
    """
    with open(path, "rb") as file:
        try:
            if (_load(file), _load(file)) != (_MAGIC, _PROTOCOL):
                raise pickle.UnpicklingError("another magic number")
            _load(file)  # the sizes of C's integers where it was written
            unpickler = _TensorUnpickler(file)
            tensors = unpickler.load()
            for key in _load(file):
                unpickler.storages[key].fill(file)
        except (pickle.UnpicklingError, EOFError, LookupError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path}: expected tensors that PyTorch saved in its format before 1.6 "
                f"(`_use_new_zipfile_serialization=False`). Received another file: {error}"
            ) from error
    return {name: tensor.to_array() for name, tensor in tensors.items()}


class _Storage:
    """The data of one or several tensors, stored in the file after the pickle."""

    def __init__(self, dtype: str, size: int) -> None:
        self._dtype = np.dtype(dtype)
        self._size = size
        self.elements: NDArray[Any] = np.empty(0, self._dtype)

    def fill(self, file: IO[bytes]) -> None:
        size = int.from_bytes(file.read(8), "little")
        data = file.read(self._size * self._dtype.itemsize)
        if size != self._size or len(data) != self._size * self._dtype.itemsize:
            raise EOFError("it ends early")
        self.elements = np.frombuffer(data, self._dtype)


class _Tensor:
    """A view of a storage: offset, shape and strides, in elements."""

    def __init__(
        self, storage: _Storage, offset: int, shape: Iterable[int], strides: Iterable[int]
    ) -> None:
        if any(stride < 0 for stride in strides):
            raise pickle.UnpicklingError("negative strides")
        self._storage = storage
        self._view = offset, tuple(shape), tuple(strides)

    def to_array(self) -> NDArray[Any]:
        offset, shape, strides = self._view
        indices = sum(
            (np.arange(length) * stride).reshape(-1, *[1] * (len(shape) - axis - 1))
            for axis, (length, stride) in enumerate(zip(shape, strides, strict=True))
        )
        return np.asarray(self._storage.elements[offset + indices])  # of a scalar, too


class _TensorUnpickler(pickle.Unpickler):
    """Allows what a state dict needs and refuses everything else."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[Any, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _Tensor(
                storage, offset, shape, strides
            )
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, identity: Any) -> _Storage:
        _, dtype, key, _, size, *_ = identity
        return self.storages.setdefault(key, _Storage(dtype, size))


def _load(file: IO[bytes]) -> Any:
    return _TensorUnpickler(file).load()
