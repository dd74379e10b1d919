"""Hides the messages that Keras' backends print before logging is configured."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

_USER_ERRORS = (KeyboardInterrupt, OSError, ValueError)


def start_keras(verbose: bool = False) -> None:
    """Imports Keras and initializes its backend, quietly.

    Args:
        verbose: Bool, whether to show the output.

    Raises:
        ImportError: If Keras or its backend is not installed.
    """
    with hide_startup_output(verbose):
        import keras

        keras.ops.zeros((1,))


@contextlib.contextmanager
def hide_startup_output(verbose: bool = False) -> Iterator[None]:
    """Hides what is written to file descriptor 2 while Keras is imported and first used inside.

    TensorFlow's C++ code writes lines before it reads its log level, and when the first tensor is
    made. They are shown if the start fails for a reason that they may explain, such as a library
    that cannot be loaded.

    Args:
        verbose: Bool, whether to show the output.
    """
    if verbose:
        yield
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("ABSL_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    with tempfile.TemporaryFile() as hidden:
        real = os.dup(2)
        try:
            os.dup2(hidden.fileno(), 2)
            yield
        except _USER_ERRORS:
            raise
        except BaseException:
            hidden.seek(0)
            os.write(real, hidden.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
