"""`colorkit demo` as a process, and what the command line makes of the same photographs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import skimage.data

import colorkit
from colorkit.cli.main import main
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo

LIMITS = ("--max-megabytes", "1", "--max-megapixels", "1", "--max-files", "60")


class DemoServer:
    """Runs the command until the `with` block ends, and checks that it leaves nothing behind.

    Args:
        folder: Folder for its temporary files.

    Attributes:
        url: Address of the page.
        pid: Number of the process.
    """

    def __init__(self, folder):
        self._folder = folder
        environment = {
            **os.environ,
            "TMPDIR": str(folder),
            "PYTHONPATH": str(Path(colorkit.__file__).parents[1]),
            "PYTHONUNBUFFERED": "1",
        }
        environment.pop("GRADIO_TEMP_DIR", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "colorkit", "demo", *LIMITS],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def __enter__(self):
        line = self._process.stdout.readline()
        assert line.startswith("http://127.0.0.1:"), line + self._process.stdout.read()
        self.url = line.split()[0]
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(timeout=120) == 0
        assert list(self._folder.iterdir()) == []

    def files(self):
        """Returns the paths of its temporary files."""
        return [path for path in self._folder.rglob("*") if path.is_file()]

    def memory(self):
        """Returns the megabytes of memory that it holds, on Linux."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def color_album(folder):
    """Writes photographs and colours them by the command line.

    Args:
        folder: Folder that receives `album/` and `out/`.

    Returns:
        The folder.
    """
    names = ("cat.png", "astronaut.jpg")
    for name, rgb in zip(names, (skimage.data.chelsea(), skimage.data.astronaut()), strict=True):
        write_photo(folder / "album" / name, Photo(np.ascontiguousarray(rgb[:200, :300, 1])))
    broken = (folder / "album" / "cat.png").read_bytes()[:45]
    (folder / "album" / "broken.png").write_bytes(broken)
    (folder / "note.txt").write_text("hello")
    (folder / "heavy.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1_200_000))
    write_photo(folder / "wide.png", Photo(np.zeros((1001, 1000), "uint8")))
    assert main(["colorize", str(folder / "album"), "-o", str(folder / "out")]) == 1
    return folder
