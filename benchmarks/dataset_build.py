"""Times `colorkit dataset build` and its memory, for a few photographs and for ten times as many.

Copies photographs of a folder or tar into a tar of each number, builds a data set of each in a
process of its own, and prints photographs a second, processor time and the peak memory of the
process. Time grows with the number, memory does not.

    python benchmarks/dataset_build.py --photos photos/ --size 256
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from colorkit.data import build_dataset
from colorkit.data.archives import iterate_members

COUNTS = (500, 5000)


def copy_photos(source, path, number):
    """Writes the first photographs of a source to a tar; returns how many there were."""
    copied = 0
    with tarfile.open(path, "w") as archive:
        for member in iterate_members(source):
            if copied == number:
                break
            if member.refusal:
                continue
            data = member.read()
            info = tarfile.TarInfo(member.name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            copied += 1
    return copied


def measure(source, out, size, workers):
    """Builds in this process; prints measurements as JSON."""
    before = peak_megabytes()
    start = time.perf_counter()
    report = build_dataset(source, out, size=size, workers=workers)
    measurements = {
        "kept": sum(report.kept.values()),
        "seconds": time.perf_counter() - start,
        "processor": time.process_time(),
        "before": before,
        "peak": peak_megabytes(),
    }
    print(json.dumps(measurements))


def peak_megabytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def run(source, out, size, workers):
    """Calls `measure` in a process of its own; returns its measurements."""
    command = [sys.executable, __file__, "--photos", str(source), "--size", str(size)]
    command += ["--workers", str(workers), "--out", str(out)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder, tar or zip of photographs")
    parser.add_argument("--size", type=int, default=512, help="side of the pictures in pixels")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="threads")
    parser.add_argument("--out", help="build once into this folder, and print measurements as JSON")
    arguments = parser.parse_args()
    if arguments.out:
        measure(arguments.photos, arguments.out, arguments.size, arguments.workers)
        return
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for count in COUNTS:
            tar = Path(folder) / f"{count}.tar"
            photos = copy_photos(arguments.photos, tar, count)
            out = Path(folder) / f"set of {count}"
            measurements = results[photos] = run(tar, out, arguments.size, arguments.workers)
            print(
                f"{photos:6,} photographs, {arguments.workers} threads: "
                f"{photos / measurements['seconds']:.0f} a second, "
                f"{photos / measurements['processor']:.0f} a second of processor time, "
                f"peak memory {measurements['peak']:.0f} MB ({measurements['before']:.0f} before), "
                f"{measurements['kept']:,} kept"
            )
        few, many = results
        time_ratio = results[many]["processor"] / results[few]["processor"]
        memory_ratio = results[many]["peak"] / results[few]["peak"]
        print(
            f"{many / few:.1f} times the photographs: {time_ratio:.1f} times the processor time, "
            f"{memory_ratio:.2f} times the memory"
        )
        alone = run(tar, Path(folder) / "alone", arguments.size, 1)
        print(
            f"{arguments.workers} workers are {alone['seconds'] / results[many]['seconds']:.2f} "
            "times as fast as one"
        )


if __name__ == "__main__":
    main()
