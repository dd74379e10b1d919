"""Streams of a command that may be closed, full or missing, and signals that end it."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, TextIO

EXIT_INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 and the number of SIGINT, as shells have it."""

_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # those that the system has
_DEFAULT_HANDLERS = (signal.SIG_DFL, signal.default_int_handler)
_STREAMS = {"stdin": (0, "r"), "stdout": (1, "w"), "stderr": (2, "w")}


@contextlib.contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """Lets SIGTERM, and the end of the terminal, raise `KeyboardInterrupt` in the main thread.

    A signal that is ignored, as under `nohup`, or handled already stays as it is. An error that
    comes after the signal comes of it: libraries that are being loaded turn the one into another.
    """
    before = {}
    is_ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        is_ending = True
        signal.default_int_handler(number, frame)

    with contextlib.suppress(ValueError):  # Handlers are set in the main thread only.
        for name in _ENDING_SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) in _DEFAULT_HANDLERS:
                before[number] = signal.signal(number, end)
    try:
        yield
    except Exception as error:
        if is_ending:
            raise KeyboardInterrupt from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def lasting_streams() -> Iterator[None]:
    """Lets a command do its work whatever becomes of what it prints.

    Standard streams that are closed become the null device, so that no file of the command takes
    their place. What cannot be printed, since a pipe was closed or a disk is full, is dropped.
    """
    before = {name: getattr(sys, name) for name in _STREAMS}
    for name, (descriptor, mode) in _STREAMS.items():
        _open_descriptor(descriptor)
        if before[name] is None:
            setattr(sys, name, os.fdopen(descriptor, mode, closefd=False))
    sys.stdout, sys.stderr = (_Lasting(stream) for stream in (sys.stdout, sys.stderr))
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for name, stream in before.items():
            setattr(sys, name, stream)


def _open_descriptor(descriptor: int) -> None:
    """Opens the null device in the place of a descriptor that is closed."""
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)


class _Lasting:
    """A text stream that drops everything from the first error on.

    Args:
        stream: The stream, whose other attributes this has too.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._dropping():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._dropping():
            self._stream.flush()

    @contextlib.contextmanager
    def _dropping(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            # Python flushes what is left once more when it ends.
            with contextlib.suppress(OSError, ValueError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, self._stream.fileno())
                os.close(null)
