"""Tells processes in which Keras' backend would wait for ever: those forked after its first use."""

import os

_used_by = None


def mark_used() -> None:
    """Notes that this process has used Keras' backend, whose threads a fork does not take along."""
    global _used_by
    check_fork()
    _used_by = os.getpid()


def check_fork() -> None:
    """Checks that Keras' backend can run in this process.

    Raises:
        RuntimeError: If the process was forked from one that had used it.
    """
    if _used_by not in (None, os.getpid()):
        raise RuntimeError(
            "Expected a process that was not forked after Keras was used: TensorFlow and JAX wait "
            "for ever in one that was. Start processes by multiprocessing.get_context('spawn'), "
            "create the first Colorizer after the fork, or use Colorizer(runtime='onnx')."
        )
