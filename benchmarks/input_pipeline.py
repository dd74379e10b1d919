"""Times the input pipeline against a notebook's, and how long training steps wait for it.

Claim 1: `load_photo_dataset` delivers at least 8 times as many photographs a second as the way of
the report's notebooks (Pillow, then scikit-image's rgb2lab, in a Python loop), on the same files in
the same run, on two cores. Beside it: with the conversion to Lab that a training step does, from
the memory cache, CPU time, which depends less on what else runs, and the share of decode, resize
and augment (which training steps do on the accelerator). A pass of each alternates.

Claim 2: a training step of either fusion model in mixed bfloat16 on this CPU waits for its batch
for less than 5 % of its time. Waiting is what `next` takes. The pipeline also takes CPU time from
the model where they share cores: the time of a step on a batch in memory is printed beside.

    python benchmarks/input_pipeline.py --photos photos/
"""

import argparse
import io
import itertools
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import skimage.color
import skimage.data
import tensorflow as tf
from PIL import Image

from colorkit.backend.jit import compile_elementwise
from colorkit.backend.precision import use_precision
from colorkit.color import rgb_to_lab
from colorkit.data import REPORT_AUGMENTATION, load_photo_dataset, open_photos
from colorkit.data.augmentation.ops import augment_photos, count_uniforms, degrade_lightness
from colorkit.data.crops import random_crop, side_needed
from colorkit.data.fast_decoding import decode_rgb
from colorkit.losses import ChromaMSE
from colorkit.models import MODELS
from colorkit.training import Trainer

BATCH = 10
WARM_STEPS = 2


def copy_files(photos, number, folder):
    """Writes the first photographs of a source, or ones drawn from scikit-image's, as files."""
    if photos is None:
        samples = [skimage.data.astronaut(), skimage.data.coffee(), skimage.data.chelsea()]
        for index in range(number):
            Image.fromarray(samples[index % 3]).save(folder / f"{index:05d}.jpg", quality=90)
        return
    source = open_photos(photos)
    for index in range(min(number, len(source))):
        file, offset, size = source._locations[index]
        with open(file, "rb") as stream:
            stream.seek(offset)
            (folder / f"{index:05d}{Path(source.names[index]).suffix}").write_bytes(
                stream.read(size)
            )


def notebook_batches(paths, size):
    """Lightness and ab / 128 as the notebooks make them."""
    for first in range(0, len(paths) - BATCH + 1, BATCH):
        lightness, ab = [], []
        for path in paths[first : first + BATCH]:
            rgb = np.array(Image.open(path).convert("RGB").resize((size, size)))
            lab = skimage.color.rgb2lab(rgb / 255.0)
            lightness.append(lab[:, :, :1])
            ab.append(lab[:, :, 1:] / 128.0)
        yield np.array(lightness), np.array(ab)


@tf.function(jit_compile=True)
def split(rgb):
    """Lightness and ab / 128, compiled as in a training step."""
    lab = rgb_to_lab(rgb)
    return lab[..., :1], lab[..., 1:] / 128.0


def measure(batches, steps):
    """Photographs a second, and CPU milliseconds of all threads a photograph, once started up."""
    batches = iter(batches)
    for _ in range(WARM_STEPS):
        next(batches)
    start, cpu_start = time.perf_counter(), time.process_time()
    for _ in itertools.islice(batches, steps):
        pass
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    return BATCH * steps / seconds, 1000 * cpu / (BATCH * steps)


def time_ways(folder, size, rounds):
    paths = sorted(folder.iterdir())
    steps = len(paths) // BATCH - WARM_STEPS
    cached = load_photo_dataset(folder, size, BATCH, cache="memory")
    cached_batches = iter(cached)
    for _ in range(2 * steps):
        next(cached_batches)
    ways = {
        "notebook": lambda: measure(notebook_batches(paths, size), steps),
        "colorkit": lambda: measure(load_photo_dataset(folder, size, BATCH), steps),
        "colorkit and Lab": lambda: measure(
            (split(rgb) for rgb, _ in load_photo_dataset(folder, size, BATCH)), steps
        ),
        "colorkit, memory cache": lambda: measure(cached_batches, steps),
    }
    found = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return {name: np.median(rounds, axis=0) for name, rounds in found.items()}


def time_stages(folder, size):
    """Milliseconds a photograph of each stage, one after the other on one thread."""
    source = open_photos(folder)
    random = np.random.default_rng(0)
    seconds = dict.fromkeys(("decode", "resize", "augment"), 0.0)
    augment = compile_elementwise(
        lambda rgb, uniforms: degrade_lightness(
            augment_photos(rgb, REPORT_AUGMENTATION, uniforms)[..., :1],
            REPORT_AUGMENTATION,
            uniforms,
        )
    )
    shape = (BATCH, count_uniforms(REPORT_AUGMENTATION))
    batches = len(source) // BATCH
    for batch in range(-1, batches):
        crops, marks = [], [0.0, 0.0]
        for number in range(max(batch, 0) * BATCH, max(batch, 0) * BATCH + BATCH):
            start = time.perf_counter()
            photo = source.read(number, side_needed(size))
            middle = time.perf_counter()
            crops.append(random_crop(photo, size, random))
            marks[0] += middle - start
            marks[1] += time.perf_counter() - middle
        crops, uniforms = tf.constant(np.stack(crops)), tf.random.uniform(shape)
        start = time.perf_counter()
        augment(crops, uniforms).numpy()
        if batch >= 0:  # the first compiles
            for stage, spent in zip(seconds, (*marks, time.perf_counter() - start), strict=True):
                seconds[stage] += spent
    return {stage: 1000 * spent / (batches * BATCH) for stage, spent in seconds.items()}


def time_large(size):
    """CPU milliseconds to decode a 12-megapixel JPEG whole, and for crops of a size."""
    photo = Image.fromarray(skimage.data.astronaut()).resize((4000, 3000), Image.Resampling.BICUBIC)
    stream = io.BytesIO()
    photo.save(stream, "JPEG", quality=90)
    found = []
    for shorter_side in (None, side_needed(size)):
        seconds = []
        for _ in range(5):
            start = time.process_time()
            decode_rgb(stream.getvalue(), "large.jpg", shorter_side)
            seconds.append(time.process_time() - start)
        found.append(1000 * statistics.median(seconds))
    return found


def time_steps(folder, name, steps):
    """Seconds of a training step on a batch in memory, with the pipeline, and waiting for it."""
    with use_precision("mixed_bfloat16"):
        trainer = Trainer(MODELS[name].builder(weights=None), REPORT_AUGMENTATION)
    trainer.compile("rmsprop", ChromaMSE())
    batches = iter(load_photo_dataset(folder, 256, BATCH))
    kept = next(batches)
    for _ in range(WARM_STEPS):
        trainer.train_on_batch(*kept)
    alone, fed, waited = [], [], []
    for step in range(2 * steps):
        start = time.perf_counter()
        batch = kept if step < steps // 2 or step >= 3 * steps // 2 else next(batches)
        middle = time.perf_counter()
        trainer.train_on_batch(*batch)
        spent = time.perf_counter() - start
        if batch is kept:
            alone.append(spent)
        else:
            fed.append(spent)
            waited.append(middle - start)
    return [statistics.mean(seconds) for seconds in (alone, fed, waited)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", help="folder or tar; drawn from scikit-image's if not given")
    parser.add_argument("--number", type=int, default=400, help="photographs used")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10, help="training steps of each kind")
    parser.add_argument("--only", choices=("rates", "steps"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        copy_files(arguments.photos, arguments.number, folder)
        for size in (256, 512) if arguments.only != "steps" else ():
            rates = time_ways(folder, size, arguments.rounds)
            print(f"{size} x {size}, batches of {BATCH}:")
            for name, (rate, cpu) in rates.items():
                gain = rate / rates["notebook"][0]
                print(f"  {name:24}{rate:7.0f} a second {gain:6.1f} x {cpu:8.2f} CPU ms each")
            stages = time_stages(folder, size)
            for stage, spent in stages.items():
                share = 100 * spent / sum(stages.values())
                print(f"  {stage:24}{spent:7.2f} ms {share:10.0f} %")
            whole, reduced = time_large(size)
            print(f"  a 12-megapixel JPEG: {whole:.0f} CPU ms whole, {reduced:.0f} for these crops")
        for name in ("inception_v3", "efficientnet_b0") if arguments.only != "rates" else ():
            alone, fed, waited = time_steps(folder, name, arguments.steps)
            print(
                f"{name}: a step takes {alone:.3f} s on a batch in memory and {fed:.3f} s with the "
                f"pipeline, of which it waits {1000 * waited:.1f} ms: {100 * waited / fed:.2f} %"
            )


if __name__ == "__main__":
    main()
