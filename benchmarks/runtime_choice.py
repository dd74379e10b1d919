"""Times `colorkit colorize` by Keras and by ONNX Runtime on 1, 10, 100 photographs, start included.

Each number of gray photographs of 1 megapixel is coloured by a process of its own for each
runtime, from file to file; printed are seconds by the clock.

    python benchmarks/runtime_choice.py --numbers 1 10 100
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runtimes import draw_folder

RUNTIMES = ("keras", "onnx")


def seconds_of(runtime, photos, out):
    """Colours a folder by the command line; returns the seconds."""
    words = [sys.executable, "-m", "colorkit", "colorize", photos, "-o", out, "--runtime", runtime]
    start = time.perf_counter()
    subprocess.run(list(map(str, words)), check=True, capture_output=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=int, nargs="+", default=[1, 10, 100])
    arguments = parser.parse_args()
    print("photographs " + "".join(f"{runtime:>9} s" for runtime in RUNTIMES))
    with tempfile.TemporaryDirectory() as folder:
        for number in arguments.numbers:
            place = Path(folder) / str(number)
            photos = draw_folder(place, number)
            found = [seconds_of(runtime, photos, place / runtime) for runtime in RUNTIMES]
            print(f"{number:11d} " + "".join(f"{seconds:11.1f}" for seconds in found), flush=True)


if __name__ == "__main__":
    main()
