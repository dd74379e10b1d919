"""Decodes uploads in another process, which is ended when it takes too long."""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import colorkit
from colorkit.demo.decode_worker import receive_photo
from colorkit.io.photo import Photo, PhotoError

if TYPE_CHECKING:
    import io

    from colorkit.demo.limits import Limits

_SECONDS_LEFT = 5  # after which a process that nobody ended ends itself
_ERRORS = (OSError, EOFError, ValueError)  # of a process that ended, or of half an answer


class UploadDecoder:
    """Decodes one upload after the other in a process that may be killed.

    Args:
        limits: `Limits`.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def decode(self, path: Path) -> Photo:
        """Decodes an upload.

        Args:
            path: `Path` of the file.

        Returns:
            `Photo`.

        Raises:
            PhotoError: If it is no photograph, exceeds the limits or is no longer there; the
                message hides the folder.
        """
        try:
            size = path.stat().st_size
        except OSError:
            raise PhotoError(
                f"Cannot read {path.name}: it is no longer here. Uploads are kept for an hour, "
                "and the oldest are deleted where they are many. Upload it again."
            ) from None
        if size > self._limits.bytes:
            raise PhotoError(
                f"Cannot read {path.name}: expected at most {self._limits.megabytes} MB. "
                f"Received: {size / (1 << 20):.1f} MB. Shrink the picture first."
            )
        request = {
            "path": str(path),
            "name": path.name,
            "max_pixels": self._limits.pixels,
            "seconds": self._limits.seconds + _SECONDS_LEFT,
        }
        with self._lock:
            return self._ask(request)

    def close(self) -> None:
        """Ends the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            requests, answers = _pipes(process)
            with contextlib.suppress(OSError):
                requests.close()
            answers.close()

    def _ask(self, request: Mapping[str, Any]) -> Photo:
        process = self._start()
        requests, answers = _pipes(process)
        start = time.monotonic()
        timer = threading.Timer(self._limits.seconds, process.kill)
        timer.start()
        try:
            requests.write(json.dumps(request).encode() + b"\n")
            requests.flush()
            return receive_photo(answers)
        except PhotoError:
            raise
        except _ERRORS as error:
            self.close()
            raise PhotoError(self._explain(request["name"], time.monotonic() - start)) from error
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        """Returns the process, started if there is none that lives."""
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "colorkit.demo.decode_worker"],
                cwd=Path(colorkit.__file__).parents[1],  # where Python finds colorkit
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the page, which ends it.
            )
            _pipes(self._process)[1].readline()  # It is ready.
        return self._process

    def _explain(self, name: str, seconds: float) -> str:
        if seconds < self._limits.seconds:
            return f"Cannot read {name}: decoding it failed. Save it anew in a photo editor."
        return (
            f"Cannot read {name}: decoding took longer than {self._limits.seconds:g} seconds. "
            "Save it anew in a photo editor, or shrink it first."
        )


def _pipes(process: subprocess.Popen[bytes]) -> tuple[io.BufferedWriter, io.BufferedReader]:
    """Returns the pipes to a process and from it, which `Popen` was asked for."""
    return cast("io.BufferedWriter", process.stdin), cast("io.BufferedReader", process.stdout)
