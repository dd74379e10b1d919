"""Compares the processor time of `colorkit colorize` on a folder with that of `--engine ray`.

Both commands colour the same drawn gray photographs on the same cores, by the exported model. The
processor time of a command is that of all its processes. What starts and ends a command is told
apart from what a photograph takes by two folders of different length: a line through two points.
Claim: a photograph takes at most 15 % more by Ray. Wall time is printed too; it means something on
an idle machine only.

    python benchmarks/archive_overhead.py --photos 16 48 --megapixels 2
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from folder_speed import draw_folder

EVERY = 0.2  # seconds between looks at the processes


class ProcessorTime:
    """Adds up the processor time of a process and of all that it starts, until it ends."""

    def __init__(self, process):
        self._root = psutil.Process(process.pid)
        self._seconds = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._ended.wait(EVERY):
            try:
                family = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                continue
            for each in family:
                try:
                    times = each.cpu_times()
                    self._seconds[each.pid] = times.user + times.system
                except psutil.Error:
                    continue

    def total(self):
        self._ended.set()
        self._thread.join()
        return sum(self._seconds.values())


def time_command(source, target, options):
    """Runs `colorkit colorize`. Returns its seconds, and those of processors."""
    command = [sys.executable, "-m", "colorkit", "colorize", str(source), "-o", str(target)]
    start = time.perf_counter()
    process = subprocess.Popen([*command, "--runtime", "onnx", *options], stdout=subprocess.DEVNULL)
    watched = ProcessorTime(process)
    if process.wait():
        sys.exit("the command failed")
    return time.perf_counter() - start, watched.total()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, nargs=2, default=(16, 48), help="of two folders")
    parser.add_argument("--megapixels", type=float, default=2)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    few, many = arguments.photos
    ways = {"folder": [], "ray": ["--engine", "ray", "--workers", str(arguments.workers)]}
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in arguments.photos:
            place = Path(folder) / str(number)
            source = draw_folder(place, number, [arguments.megapixels] * 2)
            for way, options in ways.items():
                measured[way, number] = time_command(source, place / way, options)
                print(way, number, measured[way, number], flush=True)
            names = sorted(path.name for path in (place / "folder").glob("*.jpg"))
            same = sum(
                (place / "folder" / name).read_bytes() == (place / "ray" / name).read_bytes()
                for name in names
            )
            print(f"{same} of {len(names)} results are the same bytes")
    for way in ways:
        (wall_few, cpu_few), (wall_many, cpu_many) = (measured[way, n] for n in (few, many))
        each = [(b - a) / (many - few) for a, b in ((cpu_few, cpu_many), (wall_few, wall_many))]
        print(
            f"{way:7} {1000 * each[0]:6.0f} ms of processor time a photograph, and "
            f"{cpu_few - few * each[0]:5.1f} s to start and end; "
            f"{1000 * each[1]:6.0f} ms of wall time"
        )


if __name__ == "__main__":
    main()
