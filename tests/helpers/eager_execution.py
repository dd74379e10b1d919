"""TensorFlow's functions, run without being traced."""

import contextlib


@contextlib.contextmanager
def run_eagerly():
    """Runs TensorFlow's functions eagerly, which is sooner done where a few steps are all."""
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
