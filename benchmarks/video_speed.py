"""Measures how fast videos are coloured and how much memory that takes, by the length of the clip.

Clips pan over a photograph at 25 frames a second. Each is coloured by `colorkit.colorize_video`,
from file to file, in a process of its own. Claim: memory stays the same however long the clip.

    python benchmarks/video_speed.py
    python benchmarks/video_speed.py --size 1280x720 --frames 100 300
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data


def write_clip(path, width, height, count):
    """A gray clip of `count` frames."""
    photo = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2GRAY)
    photo = cv2.resize(photo, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for n in range(count):
            left, top = (round(side * (n % 250) / 250) for side in (width, height))
            pixels = np.ascontiguousarray(photo[top : top + height, left : left + width])
            frame = av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def color(folder, model, results):
    """Colours the clip and tells seconds and peak memory (megabytes)."""
    from colorkit import Colorizer, colorize_video

    colorizer = Colorizer(model)
    start = time.perf_counter()
    _, frames = colorize_video(colorizer, folder / "gray.mp4", folder / "colour.mp4")
    seconds = time.perf_counter() - start
    results.put((frames, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="640x360", help="WIDTHxHEIGHT (default: 640x360)")
    parser.add_argument(
        "--frames", type=int, nargs="+", default=[100, 400], help="lengths of clips"
    )
    parser.add_argument("--model", default="colorkit_base", help="model to colour by")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    context = multiprocessing.get_context("spawn")
    for count in arguments.frames:
        with tempfile.TemporaryDirectory() as folder:
            write_clip(Path(folder) / "gray.mp4", width, height, count)
            results = context.Queue()
            given = Path(folder), arguments.model, results
            process = context.Process(target=color, args=given)
            process.start()
            frames, seconds, memory = results.get()
            process.join()
        print(
            f"{width} x {height}, {frames} frames: {frames / seconds:.1f} frames a second, "
            f"peak memory {memory:.0f} MB"
        )


if __name__ == "__main__":
    main()
