"""Times `colorkit colorize` by Keras and by ONNX Runtime on 1, 10, 100 photographs, start included.

Each number of gray photographs of 1 megapixel is coloured by a process of its own for each runtime,
from file to file. Printed are seconds by the clock and, which other work on the machine changes
less, of processors; and what the line through the last two numbers gives for 1,000.

    python benchmarks/runtime_choice.py --numbers 1 10 100 --projected 1000
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from runtimes import draw_folder

RUNTIMES = ("keras", "onnx")


def seconds_of(runtime, photos, out):
    """Colours a folder by the command line; returns the seconds by the clock and of processors."""
    words = [sys.executable, "-m", "colorkit", "colorize", photos, "-o", out, "--runtime", runtime]
    start, used = time.perf_counter(), processor_seconds()
    subprocess.run(list(map(str, words)), check=True, capture_output=True)
    return time.perf_counter() - start, processor_seconds() - used


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def print_row(label, seconds):
    print(f"{label:11d} " + "".join(f"{each:18.1f}" for each in seconds), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--projected", type=int, help="a number to project to")
    arguments = parser.parse_args()
    columns = [f"{runtime} {kind}" for runtime in RUNTIMES for kind in ("clock", "processor")]
    print("photographs " + "".join(f"{column:>18}" for column in columns))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number in arguments.numbers:
            place = Path(folder) / str(number)
            photos = draw_folder(place, number)
            rows.append(
                np.ravel([seconds_of(runtime, photos, place / runtime) for runtime in RUNTIMES])
            )
            print_row(number, rows[-1])
    if arguments.projected is not None:
        before, last = arguments.numbers[-2:]
        share = (arguments.projected - before) / (last - before)
        print_row(arguments.projected, rows[-2] + share * (rows[-1] - rows[-2]))


if __name__ == "__main__":
    main()
