"""Decodes uploads in another process, which is ended when it takes too long."""

import atexit
import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import colorkit
from colorkit.demo.decode_worker import receive_photo
from colorkit.io.photo import PhotoError

_SECONDS_LEFT = 5  # after which a process that nobody ended ends itself
_ERRORS = (OSError, EOFError, ValueError)  # of a process that ended, or of half an answer


class UploadDecoder:
    """Decodes one upload after the other in a process that may be killed.

    Args:
        limits: `Limits`.
    """

    def __init__(self, limits):
        self._limits = limits
        self._lock = threading.Lock()
        self._process = None
        atexit.register(self.close)

    def decode(self, path):
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

    def close(self):
        """Ends the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.stdout.close()

    def _ask(self, request):
        process = self._start()
        start = time.monotonic()
        timer = threading.Timer(self._limits.seconds, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            return receive_photo(process.stdout)
        except PhotoError:
            raise
        except _ERRORS as error:
            self.close()
            raise PhotoError(self._explain(request["name"], time.monotonic() - start)) from error
        finally:
            timer.cancel()

    def _start(self):
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
            self._process.stdout.readline()  # It is ready.
        return self._process

    def _explain(self, name, seconds):
        if seconds < self._limits.seconds:
            return f"Cannot read {name}: decoding it failed. Save it anew in a photo editor."
        return (
            f"Cannot read {name}: decoding took longer than {self._limits.seconds:g} seconds. "
            "Save it anew in a photo editor, or shrink it first."
        )
