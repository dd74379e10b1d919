"""Times each runtime and precision of the default model: start-up, throughput, peak memory.

Exports the default model (`colorkit.export_model`), one file of ONNX with int8 arithmetic ("int8*")
by the ranges of the photographs of the folder below, then, in a process of its own for each
runtime and precision, imports colorkit, opens the model and colours one photograph (the time from
the start of the process to the coloured picture is printed, median of a few), and colours a folder
of 1-megapixel photographs from file to file. Peak memory is that process' largest resident set. The
difference is the largest in a or b from Keras, on scikit-image's photographs and in every style.

    python benchmarks/runtimes.py --photos 24 --starts 3
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from colorkit.color.lab import AB_SCALE

EXPORTS = [
    ("onnx", "float32"),
    ("onnx", "float16"),
    ("onnx", "int8"),
    ("onnx", "int8*"),
    ("litert", "float32"),
    ("litert", "float16"),
    ("litert", "int8"),
]
KERAS_PRECISIONS = ["float32", "auto"]

FIRST_PICTURE = """
import os, sys
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from colorkit import Colorizer, read_photo, write_photo
import dataclasses
photo = read_photo(sys.argv[3])
rgb = Colorizer(sys.argv[1], precision=sys.argv[2]).colorize(photo.pixels)
write_photo(sys.argv[4], dataclasses.replace(photo, pixels=rgb))
"""

FOLDER = """
import json, os, sys, time
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from colorkit import Colorizer, read_photo
from colorkit.batch import colorize_files
from colorkit.batch import plan_outputs
colorizer = Colorizer(sys.argv[1], precision=sys.argv[2])
plan = plan_outputs([sys.argv[3]], sys.argv[4], overwrite=True)
for batch in (1, 8):  # compile for both shapes, alone and in a batch, before the clock runs
    for photo in plan.photos[:2]:
        colorizer.colorize_batch([read_photo(photo.source).pixels] * batch)
start = time.perf_counter()
assert all(result.status == "made" for result in colorize_files(colorizer, plan.photos))
seconds = time.perf_counter() - start
status = open("/proc/self/status").read()  # `getrusage` would count the parent before `exec`
peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps([len(plan.photos) / seconds, peak]))
"""


def run_alone(script, *arguments):
    """Runs a script in a process of its own; returns its seconds and what it printed."""
    start = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return time.perf_counter() - start, process.stdout


EXPORT = """
import json, sys
from colorkit import export_model
exports = []
for file_format, weights in json.loads(sys.argv[3]):
    path = sys.argv[1] + "/" + weights + {"onnx": ".onnx", "litert": ".tflite"}[file_format]
    calibration = sys.argv[2] if weights.endswith("*") else None
    dtype = weights.rstrip("*")
    exports.append(
        export_model("colorkit_base", path, file_format, dtype=dtype, calibration=calibration)
    )
print(json.dumps([[str(e.path), e.megabytes, e.max_difference] for e in exports]))
"""


def export_all(folder, photos):
    """Writes every export; returns tuples of runtime, precision, model and megabytes."""
    _, printed = run_alone(EXPORT, folder, photos, json.dumps(EXPORTS))
    written = json.loads(printed.splitlines()[-1])
    return [(*names, *found) for names, found in zip(EXPORTS, written, strict=True)]


def draw_folder(folder, number):
    """Writes `number` gray photographs of 1 megapixel, in two shapes."""
    import cv2

    from colorkit.io import Photo, read_photo, write_gray_samples, write_photo

    samples = [read_photo(path).pixels for path in write_gray_samples(folder / "samples")]
    for index in range(number):
        height, width = ((864, 1152), (1152, 864))[index % 2]
        pixels = cv2.resize(samples[index % len(samples)], (width, height))
        write_photo(folder / "gray" / f"{index:04d}.jpg", Photo(pixels))
    return folder / "gray"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=24, help="photographs in the folder")
    parser.add_argument("--starts", type=int, default=3, help="processes whose start is timed")
    parser.add_argument("--exports", help="folder to keep the exports in, and to find them in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        kept = Path(arguments.exports or folder)
        kept.mkdir(parents=True, exist_ok=True)
        listed = kept / "exports.json"
        gray = draw_folder(folder, arguments.photos)
        if not listed.exists():
            listed.write_text(json.dumps(export_all(kept, gray)))
        exports = json.loads(listed.read_text())
        first = sorted(gray.iterdir())[0]
        print("runtime  weights  file   difference  first picture  folder    memory")
        print("                    MB      a, b              s       photos/s    MB")
        cases = [("keras", precision, "colorkit_base", 28.7, 0.0) for precision in KERAS_PRECISIONS]
        for runtime, weights, model, megabytes, difference in cases + exports:
            precision = weights if runtime == "keras" else "auto"
            starts = [
                run_alone(FIRST_PICTURE, model, precision, first, folder / "first.png")[0]
                for _ in range(arguments.starts)
            ]
            _, printed = run_alone(FOLDER, model, precision, gray, folder / "out")
            rate, memory = json.loads(printed.splitlines()[-1])
            print(
                f"{runtime:8} {weights:8} {megabytes:4.1f} {AB_SCALE * difference:9.3f}"
                f" {statistics.median(starts):13.2f} {rate:12.1f} {memory:9.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
