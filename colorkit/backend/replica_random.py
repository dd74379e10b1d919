"""Random numbers for this replica's part of a batch."""

import keras

from colorkit.typing import Tensor


def draw_uniforms(rows: int, columns: int, random: keras.random.SeedGenerator) -> Tensor:
    """Draws uniform random numbers for the photographs of this replica's part of a batch.

    Under `tf.distribute`, all replicas draw those of the whole batch from the same state, and take
    their own rows, so that a photograph gets the same numbers as on one device. JAX does so itself.

    Args:
        rows: Number of photographs of this replica.
        columns: Random numbers per photograph.
        random: `keras.random.SeedGenerator`.

    Returns:
        float32 tensor in [0, 1), of shape `(rows, columns)`.
    """
    if keras.backend.backend() != "tensorflow":
        return keras.random.uniform((rows, columns), dtype="float32", seed=random)
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync if context else 1
    uniforms = keras.random.uniform((replicas * rows, columns), dtype="float32", seed=random)
    place = context.replica_id_in_sync_group if context else 0
    return uniforms[place * rows : (place + 1) * rows]
