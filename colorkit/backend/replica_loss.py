"""A replica's share of a loss."""

import keras

from colorkit.typing import Tensor


def share_of_replica(loss: Tensor) -> Tensor:
    """Returns what a replica's loss adds to the mean over the whole batch.

    Under `tf.distribute` gradients of all replicas are summed, so that a mean over one replica's
    part of a batch is divided by their number, as `keras.losses.Loss` does with its own mean.

    Args:
        loss: Mean over the photographs of this replica, a scalar.
    """
    if keras.backend.backend() != "tensorflow":
        return loss
    import tensorflow as tf

    return loss / tf.distribute.get_strategy().num_replicas_in_sync
