"""Training on all devices of a process with JAX."""

import keras

from colorkit.training.distribution.strategy import Strategy


class JaxStrategy(Strategy):
    """Keras' DataParallel, which shards batches over the devices.

    Results equal those on one device, including the statistics of batch normalisation and the
    random numbers of augmentation.
    """

    def __init__(self):
        self._data_parallel = keras.distribution.DataParallel()
        self.replicas = int(self._data_parallel.device_mesh.devices.size)

    def running(self, run):
        return self._data_parallel.scope()
