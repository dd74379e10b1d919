"""Times the networks of ONNX files, in turns and on one thread.

Printed are the least milliseconds of processor time of each for one picture, and how many times as
fast as the first it is.

    python benchmarks/runtimes.py --exports exports
    python benchmarks/onnx_speed.py exports/float32.onnx exports/int8.onnx 'exports/int8*.onnx'
"""

import argparse
import os
import time

import numpy as np

from colorkit.inference.exported_runtime import ExportedRuntime

SIZE = 192, 256  # of a photograph of 4 : 3 as the default model sees it


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", help="what `colorkit export --format onnx` wrote")
    parser.add_argument("--rounds", type=int, default=60, help="runs of each")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    runtimes = [ExportedRuntime(path) for path in arguments.files]
    lightness = np.random.default_rng(0).uniform(0, 100, (1, *SIZE)).astype("float32")
    seconds = np.zeros((arguments.rounds, len(runtimes)))
    for times in seconds:
        for place, runtime in enumerate(runtimes):
            start = time.process_time()
            runtime.predict(lightness)
            times[place] = time.process_time() - start
    least = seconds.min(axis=0)
    for path, each in zip(arguments.files, least, strict=True):
        print(f"{1000 * each:8.1f} ms {least[0] / each:6.2f} x  {path}")


if __name__ == "__main__":
    main()
