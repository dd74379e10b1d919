"""Times `colorkit colorize` on a folder of 1-megapixel photographs, end to end.

Draws a folder of gray JPEG files from scikit-image's photographs, colours it by the pipeline that
the command runs (decode, network, enlargement to full size, encode) and prints photographs a
second. Then runs the same stages one after another on the same files and prints each one's share
of the time, and how much the overlapping pipeline gains over that.

    python benchmarks/folder_speed.py --photos 48
"""

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import cv2

from colorkit.colorization.colorizing_files import colorize_files
from colorkit.colorization.lightness import lightness_of
from colorkit.colorization.output_plan import plan_outputs
from colorkit.colorizing import Colorizer
from colorkit.feeding.sample_photos import write_gray_samples
from colorkit.files.photo import Photo
from colorkit.files.reading import read_photo
from colorkit.files.writing import write_photo

SIZES = [(864, 1152), (1152, 864)]


def draw_folder(folder, number):
    """Writes `number` gray photographs of 1 megapixel, in two shapes."""
    samples = [read_photo(path).pixels for path in write_gray_samples(folder / "samples")]
    for index in range(number):
        height, width = SIZES[index % len(SIZES)]
        pixels = cv2.resize(samples[index % len(samples)], (width, height))
        write_photo(folder / "gray" / f"{index:04d}.jpg", Photo(pixels))
    return folder / "gray"


def time_stages(colorizer, plan):
    """Runs the stages in turn for each photograph; returns the seconds of each in total."""
    seconds = dict.fromkeys(("decode", "network", "full size", "encode"), 0.0)
    for planned in plan.photos:
        marks = [time.perf_counter()]
        photo = read_photo(planned.source)
        marks.append(time.perf_counter())
        colorizer.predict_only(photo.pixels)
        marks.append(time.perf_counter())
        pixels = colorizer.colorize(photo.pixels)
        marks.append(time.perf_counter())
        write_photo(planned.output, dataclasses.replace(photo, pixels=pixels))
        marks.append(time.perf_counter())
        decode, network, whole, encode = (b - a for a, b in zip(marks, marks[1:], strict=False))
        for stage, spent in zip(seconds, (decode, network, whole - network, encode), strict=True):
            seconds[stage] += spent
    return seconds


class TimedColorizer(Colorizer):
    """A `Colorizer` whose network can be run without the enlargement that follows."""

    def predict_only(self, pixels):
        return self._predict([lightness_of(pixels)], self._size)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=48, help="number of photographs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        gray = draw_folder(folder, arguments.photos)
        colorizer = TimedColorizer()
        for size in SIZES:  # compile for both shapes before the clock runs
            colorizer.colorize(read_photo(gray / f"{SIZES.index(size):04d}.jpg").pixels)

        start = time.perf_counter()
        results = list(colorize_files(colorizer, plan_outputs([gray], folder / "piped").photos))
        piped = time.perf_counter() - start
        assert all(result.status == "made" for result in results)
        stages = time_stages(colorizer, plan_outputs([gray], folder / "staged"))
    total = sum(stages.values())
    print(f"pipeline: {arguments.photos / piped:.1f} photographs of 1 megapixel a second")
    for stage, seconds in stages.items():
        print(
            f"  {stage:9} {100 * seconds / total:3.0f} %"
            f" {1000 * seconds / arguments.photos:5.0f} ms a photograph"
        )
    print(f"overlapped against one after another: {total / piped:.2f} times as fast")


if __name__ == "__main__":
    main()
