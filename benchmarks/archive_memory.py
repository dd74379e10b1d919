"""Measures the memory of the driver of `colorkit colorize --engine ray` as archives grow.

Draws one gray JPEG, links it under many names in folders of 1,000, and goes through them on a
local Ray cluster. By default their results are there already, so that names are listed, cut into
chunks, looked at, recorded and reported, and no pixel is coloured; `--color` colours them by a stub
without a model. Claim: the driver's peak grows by less than 10 % from 1,000 names to 100,000.

    python benchmarks/archive_memory.py --names 1000 10000 100000
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

import numpy as np

from colorkit.cluster import ArchiveJob, colorize_archive
from colorkit.io import Photo, write_photo

FOLDER = 1000  # names in a folder


class Stub:
    """Colours gray pictures by what they are."""

    def prepare(self, image, hints=None):
        return types.SimpleNamespace(image=image, input_shape=(8, 8))

    def predict(self, prepared):
        return [None] * len(prepared)

    def finish(self, prepared, color):
        pixels = np.repeat(prepared.image[..., None], 3, axis=-1)
        return types.SimpleNamespace(pixels=pixels, input_size=(8, 8), out_of_gamut=0)


def link_names(folder, number):
    """Links one photograph under many names."""
    write_photo(folder / "drawn.jpg", Photo(np.full((8, 8), 99, "uint8")))
    for index in range(number):
        path = folder / f"{index // FOLDER:04d}" / f"{index % FOLDER:04d}.jpg"
        if index % FOLDER == 0:
            path.parent.mkdir()
        try:
            path.hardlink_to(folder / "drawn.jpg")
        except OSError:  # A file has no more links.
            path.write_bytes((folder / "drawn.jpg").read_bytes())
    (folder / "drawn.jpg").unlink()


def drive(folder):
    """Goes through the archive. Prints what it took as JSON."""
    start = time.perf_counter()
    middle = {}

    def tell(totals, reasons):
        if not middle:
            middle["early"] = peak_megabytes()

    job = ArchiveJob(str(folder / "in"), str(folder / "out"), make_colorizer=Stub)
    totals = colorize_archive(job, on_progress=tell)
    seconds = time.perf_counter() - start
    told = {"counts": totals.counts, "seconds": seconds, "late": peak_megabytes(), **middle}
    print(json.dumps(told))


def peak_megabytes():
    """Peak of this process alone, which `resource` counts from the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--color", action="store_true", help="colour them by a stub")
    parser.add_argument("--drive", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.drive is not None:
        drive(arguments.drive)
        return
    for number in arguments.names:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            for name in ("in",) if arguments.color else ("in", "out"):
                (folder / name).mkdir()
                link_names(folder / name, number)
            places = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
            told = subprocess.run(
                [sys.executable, "-m", Path(__file__).stem, "--drive", str(folder)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        told = json.loads(told.splitlines()[-1])
        print(
            f"{number:7d} names: {told['counts']}, {told['seconds']:.0f} s; driver's peak "
            f"{told['early']:.0f} MB after the first chunk, {told['late']:.0f} MB at the end",
            flush=True,
        )


if __name__ == "__main__":
    main()
