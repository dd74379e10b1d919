"""Starts Keras without the chatter that its backends print before they can be told not to."""

import contextlib
import os
import sys
import tempfile


def start_keras(verbose=False):
    """Imports Keras and wakes its backend, quietly.

    TensorFlow's C++ prints some lines to file descriptor 2 before it looks at its log level, and
    others when the first tensor is made. Both happen here, with the descriptor turned away. What
    was printed is shown after all where the import fails.

    Args:
        verbose: Bool, whether to leave everything as it is.

    Raises:
        ImportError: If Keras or its backend is not installed.
    """
    if verbose:
        import keras  # noqa: F401

        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("ABSL_MIN_LOG_LEVEL", "3")
    with _stderr_unless_failed():
        import keras

        keras.ops.zeros((1,))


@contextlib.contextmanager
def _stderr_unless_failed():
    """Turns file descriptor 2 to a temporary file, and prints that where an exception leaves."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as kept:
        real = os.dup(2)
        try:
            os.dup2(kept.fileno(), 2)
            yield
        except BaseException as error:
            kept.seek(0)
            if not isinstance(error, KeyboardInterrupt):
                os.write(real, kept.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
