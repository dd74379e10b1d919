"""Training on all devices of a process with JAX."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import keras

from colorkit.training.distribution.strategy import Strategy

if TYPE_CHECKING:
    from colorkit.training.run_folder import RunFolder


class JaxStrategy(Strategy):
    """Keras' DataParallel, which shards batches over the devices.

    Results equal those on one device, including the statistics of batch normalisation and the
    random numbers of augmentation.
    """

    def __init__(self) -> None:
        self._data_parallel = keras.distribution.DataParallel()
        self.replicas = int(self._data_parallel.device_mesh.devices.size)

    def running(self, run: RunFolder) -> AbstractContextManager[None]:
        return self._data_parallel.scope()
