"""Times `colorkit colorize` on a folder of photographs of 1 to 12 megapixels, end to end.

Draws gray JPEG files from scikit-image's photographs, enlarged and with grain, of sizes and aspects
that follow from their number alone, and colours them by the pipeline that the command runs. Then
runs each stage alone on the same files.

Where all stages run on the same cores, none can have them all. The ceiling is what the cores could
do if they never waited and stages did not disturb each other: the processor time that the stages
take alone for one photograph, spread over all cores. Claim: the pipeline reaches at least 80 % of
it, in memory that does not grow with the number of photographs.

    python benchmarks/folder_speed.py --photos 1000
    python benchmarks/folder_speed.py --photos 200 --megapixels 1 1
    python benchmarks/folder_speed.py --photos 200 --model colorkit_base.onnx
"""

import argparse
import dataclasses
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from colorkit.batch import colorize_files, plan_outputs
from colorkit.batch.file_pipeline import LARGEST_BATCH
from colorkit.inference import Colorizer
from colorkit.io import Photo, read_photo, write_gray_samples, write_photo

ASPECTS = (3 / 2, 2 / 3, 4 / 3, 3 / 4, 1.0, 16 / 9)
DRAWN = 48  # photographs that are drawn; further ones are the same under other names
GRAIN = 2.0  # levels of 255, standard deviation: what keeps JPEG files from being too small


def draw_folder(folder, number, megapixels):
    """Writes `number` gray JPEG files, of sizes spread evenly on a logarithmic scale."""
    samples = [read_photo(path).pixels for path in write_gray_samples(folder / "samples")]
    random = np.random.default_rng(0)
    smallest, largest = megapixels
    for index in range(number):
        path = folder / "gray" / f"{index:05d}.jpg"
        if index >= DRAWN:
            path.hardlink_to(folder / "gray" / f"{index % DRAWN:05d}.jpg")
            continue
        pixels = 1e6 * smallest * (largest / smallest) ** random.random()
        aspect = ASPECTS[index % len(ASPECTS)]
        width, height = round((pixels * aspect) ** 0.5), round((pixels / aspect) ** 0.5)
        gray = cv2.resize(samples[index % len(samples)], (width, height))
        grain = random.normal(0, GRAIN, (height, width)).astype("float32")
        write_photo(path, Photo(np.uint8(np.clip(gray + grain, 0, 255))))
    return folder / "gray"


def peak_megabytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def time_pipeline(colorizer, photos):
    """Colours all photographs, removes each result.

    Returns:
        Tuple of the seconds, the processor seconds and the peak megabytes after 100 and all.
    """
    start, processor = time.perf_counter(), time.process_time()
    for number, result in enumerate(colorize_files(colorizer, photos), start=1):
        assert result.status == "made", result.reason
        result.output.unlink()
        if number == min(100, len(photos)):
            early = peak_megabytes()
    return time.perf_counter() - start, time.process_time() - processor, early, peak_megabytes()


class Stages:
    """Runs the stages one after another and adds up the time of each."""

    def __init__(self):
        self.seconds = {}
        self.processor = {}

    def time(self, stage, function, *arguments):
        start, processor = time.perf_counter(), time.process_time()
        answer = function(*arguments)
        taken = time.process_time() - processor
        self.seconds[stage] = self.seconds.get(stage, 0) + time.perf_counter() - start
        self.processor[stage] = self.processor.get(stage, 0) + taken
        return answer

    def run(self, colorizer, photos):
        """Runs all stages on photographs of one input shape, as one batch."""
        read = [self.time("decode", read_photo, photo.source) for photo in photos]
        prepared = [self.time("prepare", colorizer.prepare, photo.pixels) for photo in read]
        colors = self.time("model", colorizer.predict, prepared)
        for planned, photo, *both in zip(photos, read, prepared, colors, strict=True):
            picture = self.time("full size", colorizer.finish, *both)
            colored = dataclasses.replace(photo, pixels=picture.pixels)
            self.time("encode", write_photo, planned.output, colored)
            planned.output.unlink()


def in_batches(colorizer, photos):
    """Yields the drawn photographs, in batches of one input shape."""
    alike = {}
    for photo in photos[:DRAWN]:
        shape = colorizer.prepare(read_photo(photo.source).pixels).input_shape
        alike.setdefault(shape, []).append(photo)
    for group in alike.values():
        for first in range(0, len(group), LARGEST_BATCH):
            yield group[first : first + LARGEST_BATCH]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=200, help="number of photographs")
    parser.add_argument(
        "--megapixels", type=float, nargs=2, default=(1, 12), help="smallest and largest"
    )
    parser.add_argument("--model", default="colorkit_base", help="as of `colorkit colorize`")
    parser.add_argument("--precision", default="auto", help="as of `Colorizer`")
    arguments = parser.parse_args()
    cores = os.cpu_count()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        gray = draw_folder(folder, arguments.photos, arguments.megapixels)
        photos = plan_outputs([gray], folder / "colored").photos
        colorizer = Colorizer(arguments.model, precision=arguments.precision)
        batches = list(in_batches(colorizer, photos))
        Stages().run(colorizer, batches[0])  # what is made once is made before the clock runs
        seconds, processor, early, late = time_pipeline(colorizer, photos)
        stages = Stages()
        for batch in batches:
            stages.run(colorizer, batch)

    alone = min(len(photos), DRAWN)
    total = sum(stages.processor.values()) / alone
    print(f"{len(photos)} photographs, {cores} cores; processor time of each stage alone:")
    for stage, taken in stages.processor.items():
        print(
            f"  {stage:9} {1000 * taken / alone:6.1f} ms a photograph, "
            f"{100 * taken / alone / total:3.0f} %; on all cores "
            f"{cores * alone / taken:6.1f} a second"
        )
    rate, ceiling = len(photos) / seconds, cores / total
    print(f"ceiling, if all stages together kept all cores busy: {ceiling:.2f} a second")
    print(
        f"pipeline: {rate:.2f} a second, {100 * rate / ceiling:.0f} % of the ceiling; "
        f"{1000 * processor / len(photos):.1f} ms of processor time a photograph against "
        f"{1000 * total:.1f}, cores busy with it {100 * processor / seconds / cores:.0f} %"
    )
    in_turn = sum(stages.seconds.values()) / alone
    print(f"overlapped against one after another: {rate * in_turn:.2f} times as fast")
    print(f"peak memory: {early:.0f} MB after 100 photographs, {late:.0f} MB after {len(photos)}")


if __name__ == "__main__":
    main()
