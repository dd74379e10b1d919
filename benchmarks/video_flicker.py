"""Measures how much a coloured video flickers, frame by frame and steadied, and what that costs.

Clips are made from pictures whose colours are known, with motion that is known: a camera that pans
and zooms over a photograph, and discs cut from photographs that pass one another, both with noise
and a drifting exposure. Each is turned gray, coloured frame by frame and coloured steadily.
Claims: flicker (the mean change of a and b between frames aligned by the true motion, in Lab units)
is at least halved; PSNR and AuC against the true colours do not fall, and colourfulness stays.

    python benchmarks/video_flicker.py                     # scikit-image's photographs
    python benchmarks/video_flicker.py --photos DIR        # those in a folder
    python benchmarks/video_flicker.py --sweep             # the choice of MEMORY
"""

import argparse
import dataclasses
import time
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from colorkit import Colorizer
from colorkit.metrics import ab_error_auc, colorfulness, psnr
from colorkit.video import chroma_flicker
from colorkit.video.stabilizer import MEMORY, ChromaStabilizer

SAMPLES = ("astronaut", "chelsea", "coffee", "rocket")
SIZE = 240, 320  # of the frames
DISC = 96  # pixels across
NOISE = 2.0  # of 255, standard deviation
DRIFT = 0.05  # of the light, there and back in 40 frames
BATCH = 16


def pan(photo, count):
    """A camera over a photograph: yields RGB frames and the flow back to the frame before."""
    height, width = photo.shape[:2]
    widest = min(height / SIZE[0], width / SIZE[1])
    before = None
    for place in np.linspace(0, 1, count):
        scale = widest * (0.8 - 0.2 * place)
        left = (width - scale * SIZE[1]) * (0.15 + 0.7 * place)
        top = (height - scale * SIZE[0]) * (0.75 - 0.5 * place)
        # Pixel centres: a step of `scale` in the photograph for each pixel of the frame.
        corner = np.float64([left, top]) + (scale - 1) / 2
        matrix = np.float64([[scale, 0, corner[0]], [0, scale, corner[1]]])
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        soft = cv2.GaussianBlur(photo, (0, 0), 0.4 * scale) if scale > 1.2 else photo
        frame = cv2.warpAffine(soft, matrix, SIZE[::-1], flags=how, borderMode=cv2.BORDER_REFLECT)
        yield frame, None if before is None else zoom_flow((scale, corner), before)
        before = scale, corner


def zoom_flow(now, before):
    """The flow of a camera from its place and scale back to those before."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype("float64")
    (scale, corner), (scale_before, corner_before) = now, before
    back_x = (scale * x + corner[0] - corner_before[0]) / scale_before
    back_y = (scale * y + corner[1] - corner_before[1]) / scale_before
    return np.dstack([back_x - x, back_y - y]).astype("float32")


def cut_outs(count):
    """Discs cut from photographs pass one another over another one, as `pan` yields them."""
    ground = cv2.copyMakeBorder(skimage.data.chelsea(), 0, count, 0, count, cv2.BORDER_REFLECT)
    discs = [
        (cv2.resize(photo, (DISC, DISC), interpolation=cv2.INTER_AREA), start, step)
        for photo, start, step in (
            (skimage.data.astronaut()[10:210, 130:330], (40.0, 30.0), (1.0, 2.5)),
            (skimage.data.coffee()[60:340, 140:420], (120.0, 220.0), (0.5, -2.0)),
            (skimage.data.rocket()[100:400, 170:470], (150.0, 100.0), (-1.5, 0.75)),
        )
    ]
    visible_before = None
    y, x = np.mgrid[:DISC, :DISC] - (DISC - 1) / 2
    inside = x**2 + y**2 < (DISC / 2) ** 2
    for n in range(count):
        frame = ground[n // 2 : n // 2 + SIZE[0], n : n + SIZE[1]].copy()
        flow = np.zeros((*SIZE, 2), "float32")
        flow[...] = 1, n // 2 - (n - 1) // 2
        visible = np.zeros(SIZE, int)
        for number, (pixels, start, step) in enumerate(discs, 1):
            top, left = place_of(start, step, n)
            before = place_of(start, step, n - 1)
            rows, columns = np.nonzero(inside)
            here = (rows + top >= 0) & (rows + top < SIZE[0])
            here &= (columns + left >= 0) & (columns + left < SIZE[1])
            rows, columns = rows[here], columns[here]
            frame[rows + top, columns + left] = pixels[rows, columns]
            flow[rows + top, columns + left] = before[1] - left, before[0] - top
            visible[rows + top, columns + left] = number
        if n:
            flow[uncovered(visible, visible_before, flow)] = 1e6  # nowhere in the frame before
        visible_before = visible
        yield frame, flow if n else None


def place_of(start, step, n):
    return tuple(round(start[k] + n * step[k]) for k in (0, 1))


def uncovered(now, before, flow):
    """Places whose thing was hidden, or outside the picture, in the frame before."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    back_y, back_x = y + flow[..., 1].astype(int), x + flow[..., 0].astype(int)
    outside = (back_y < 0) | (back_y >= SIZE[0]) | (back_x < 0) | (back_x >= SIZE[1])
    back_y, back_x = back_y.clip(0, SIZE[0] - 1), back_x.clip(0, SIZE[1] - 1)
    return outside | (before[back_y, back_x] != now)


def spoilt(clip, seed=0):
    """The clip with the noise and the drifting exposure of a camera."""
    generator = np.random.default_rng(seed)
    for n, (frame, flow) in enumerate(clip):
        light = 1 + DRIFT * np.sin(2 * np.pi * n / 40)
        noise = generator.normal(0, NOISE, frame.shape[:2])[..., None]
        yield np.clip(np.rint(frame * light + noise), 0, 255).astype("uint8"), flow


def predict(colorizer, prepared):
    """The model's small maps of colour, frame by frame."""
    return [
        color
        for start in range(0, len(prepared), BATCH)
        for color in colorizer.predict(prepared[start : start + BATCH])
    ]


def color(colorizer, prepared, colors, memory):
    """Coloured frames, and the seconds that steadying took."""
    stabilizer = ChromaStabilizer(memory)
    start = time.perf_counter()
    steady = [
        dataclasses.replace(color, ab=stabilizer.stabilize(picture.lightness, color.ab))
        for picture, color in zip(prepared, colors, strict=True)
    ]
    seconds = time.perf_counter() - start
    finished = map(colorizer.finish, prepared, steady)
    return [picture.pixels for picture in finished], seconds


def measure(frames, truth, flows):
    """Metrics of a coloured clip."""
    truth_ab, ab = (np.stack(list(map(ab_of, each))) for each in (truth, frames))
    return {
        "flicker": chroma_flicker(frames, flows),
        "flicker, found flow": chroma_flicker(frames),
        "PSNR": float(np.mean(psnr(np.stack(truth), np.stack(frames)))),
        "AuC": float(np.mean(ab_error_auc(truth_ab, ab))),
        "colourfulness": float(np.mean(colorfulness(np.stack(frames)))),
    }


def ab_of(frame):
    return cv2.cvtColor(frame.astype("float32") / 255, cv2.COLOR_RGB2Lab)[..., 1:]


def clips(folder, limit, count):
    if folder is None:
        photos = {name: getattr(skimage.data, name)() for name in SAMPLES}
    else:
        paths = [p for p in sorted(Path(folder).rglob("*")) if p.suffix.lower() in {".jpg", ".png"}]
        photos = {p.name: cv2.imread(str(p), cv2.IMREAD_COLOR)[..., ::-1] for p in paths[:limit]}
    for name, photo in photos.items():
        yield f"pan over {name}", spoilt(pan(np.ascontiguousarray(photo), count))
    yield "cut-outs that pass one another", spoilt(cut_outs(count))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", help="folder of colour photographs (default: scikit-image's)")
    parser.add_argument("--limit", type=int, default=20, help="photographs at most")
    parser.add_argument("--frames", type=int, default=60, help="frames of each clip")
    parser.add_argument("--model", default="colorkit_base", help="model to colour by")
    parser.add_argument("--sweep", action="store_true", help="try several memories")
    arguments = parser.parse_args()
    memories = (0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95) if arguments.sweep else (0, MEMORY)
    colorizer = Colorizer(arguments.model)
    for name, clip in clips(arguments.photos, arguments.limit, arguments.frames):
        truth, flows = zip(*clip, strict=True)
        prepared = list(map(colorizer.prepare, truth))
        print(
            f"{name}, {len(truth)} frames of {SIZE[1]} x {SIZE[0]}; the truth's own flicker "
            f"{chroma_flicker(truth, flows[1:]):.2f}"
        )
        colors, alone = predict(colorizer, prepared), None
        for memory in memories:
            frames, seconds = color(colorizer, prepared, colors, memory)
            metrics = measure(frames, truth, flows[1:])
            alone = alone or metrics
            row = ", ".join(f"{key} {value:.2f}" for key, value in metrics.items())
            ratio = metrics["flicker"] / alone["flicker"]
            print(
                f"  memory {memory:g}: {row}; flicker / frame by frame {ratio:.2f}; "
                f"{1000 * seconds / len(truth):.1f} ms a frame"
            )


if __name__ == "__main__":
    main()
