"""Measures how well colour comes back from a small copy of a photograph, by method and scale.

True a and b are reduced by area mean, enlarged again under the full-size L, and compared with
what they were. Claim: colorkit's guided enlargement leaves less error than bilinear enlargement
(which decoders end with), bicubic enlargement, and the fast guided filter, at every scale from 4.

    python benchmarks/upsampling.py                      # scikit-image's photographs
    python benchmarks/upsampling.py --photos DIR         # those in a folder
    python benchmarks/upsampling.py --sweep              # the choice of window and damping
    python benchmarks/upsampling.py --picture docs/upsampling.png
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import skimage.color
import skimage.data

from colorkit.inference import chroma_upsampling
from colorkit.inference.chroma_upsampling import enlarge_chroma

SCALES = (2, 4, 8, 16)
SAMPLES = ("astronaut", "chelsea", "coffee", "rocket")


def bilinear(ab, lightness):
    return cv2.resize(ab, lightness.shape[::-1], interpolation=cv2.INTER_LINEAR)


def bicubic(ab, lightness):
    return cv2.resize(ab, lightness.shape[::-1], interpolation=cv2.INTER_CUBIC)


def fast_guided_filter(ab, lightness, damping=10.0):
    """He & Sun 2015, radius 1 (its best here): ab becomes a local line in L."""
    small = chroma_upsampling.resample(lightness, ab.shape[:2])[..., None]
    mean_l, mean_ab = blurred(small), blurred(ab)
    slope = (blurred(small * ab) - mean_l * mean_ab) / (blurred(small**2) - mean_l**2 + damping)
    line = bilinear(np.dstack([blurred(slope), blurred(mean_ab - slope * mean_l)]), lightness)
    return line[..., :2] * lightness[..., None] + line[..., 2:]


def blurred(planes):
    return cv2.blur(planes, (3, 3), borderType=cv2.BORDER_REFLECT).reshape(*planes.shape[:2], -1)


METHODS = {
    "bilinear": bilinear,
    "bicubic": bicubic,
    "fast guided filter": fast_guided_filter,
    "colorkit": enlarge_chroma,
}


def load_labs(folder, limit):
    """Photographs as float32 Lab, of a folder or of scikit-image."""
    if folder is None:
        pictures = [getattr(skimage.data, name)() for name in SAMPLES]
    else:
        paths = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in {".jpg", ".png"})
        read = (cv2.imread(str(path), cv2.IMREAD_COLOR) for path in paths[:limit])
        pictures = [picture[..., ::-1] for picture in read if picture is not None]
    return [cropped(skimage.color.rgb2lab(picture).astype("float32")) for picture in pictures]


def cropped(lab):
    """The top left part whose sides every scale divides."""
    height, width = (side // max(SCALES) * max(SCALES) for side in lab.shape[:2])
    return lab[:height, :width]


def reduced_ab(lab, scale):
    size = lab.shape[1] // scale, lab.shape[0] // scale
    return cv2.resize(np.ascontiguousarray(lab[..., 1:]), size, interpolation=cv2.INTER_AREA)


def measure(labs, scale, method):
    """Mean over photographs of the root mean square ab error, and of the RGB picture's PSNR."""
    errors, psnrs = [], []
    for lab in labs:
        lightness = np.ascontiguousarray(lab[..., 0])
        ab = method(reduced_ab(lab, scale), lightness)
        errors.append(np.sqrt(np.mean(np.sum((ab - lab[..., 1:]) ** 2, axis=-1))))
        wanted = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
        found = cv2.cvtColor(np.dstack([lightness, ab]), cv2.COLOR_Lab2RGB)
        psnrs.append(-10 * np.log10(np.mean((found - wanted) ** 2)))
    return np.mean(errors), np.mean(psnrs)


def print_methods(labs):
    print(f"{len(labs)} photographs; ab error (root mean square, Lab units) / PSNR (dB)")
    for scale in SCALES:
        results = {name: measure(labs, scale, method) for name, method in METHODS.items()}
        row = "; ".join(f"{name} {e:.2f} / {p:.2f}" for name, (e, p) in results.items())
        ratio = results["colorkit"][0] / results["bilinear"][0]
        print(f"1/{scale}: {row}; error of colorkit / bilinear {ratio:.2f}")


def print_sweep(labs):
    chosen = chroma_upsampling._WINDOW, chroma_upsampling.SLOPE_DAMPING
    for window in ((3, 3), (5, 5), (7, 7)):
        for damping in (30.0, 100.0, 200.0, 400.0, 1000.0):
            chroma_upsampling._WINDOW, chroma_upsampling.SLOPE_DAMPING = window, damping
            errors = [measure(labs, scale, enlarge_chroma)[0] for scale in SCALES]
            row = "  ".join(
                f"1/{scale} {error:.3f}" for scale, error in zip(SCALES, errors, strict=True)
            )
            print(f"window {window[0]}, damping {damping:g}: ab error {row}")
    chroma_upsampling._WINDOW, chroma_upsampling.SLOPE_DAMPING = chosen


def draw(path, scale=16):
    """Writes crops of photographs side by side: true colour, bilinear, colorkit."""
    rows = []
    for name, top, left in (("astronaut", 200, 20), ("coffee", 70, 310), ("rocket", 170, 260)):
        lab = cropped(skimage.color.rgb2lab(getattr(skimage.data, name)()).astype("float32"))
        lightness = np.ascontiguousarray(lab[..., 0])
        ab = reduced_ab(lab, scale)
        views = [lab[..., 1:], bilinear(ab, lightness), enlarge_chroma(ab, lightness)]
        crops = []
        for view in views:
            rgb = cv2.cvtColor(np.dstack([lightness, view]), cv2.COLOR_Lab2RGB)
            crop = rgb[top : top + 120, left : left + 160]
            crops.append(cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST))
        rows.append(np.hstack(crops))
    picture = np.rint(255 * np.clip(np.vstack(rows), 0, 1)).astype("uint8")
    titles = np.full((28, picture.shape[1], 3), 255, "uint8")
    for n, title in enumerate(
        ("true colour", f"bilinear from 1/{scale}", f"colorkit from 1/{scale}")
    ):
        cv2.putText(titles, title, (8 + 320 * n, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(
        str(path), np.vstack([titles, picture])[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9]
    )
    print(f"wrote {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", help="folder of colour photographs (default: scikit-image's)")
    parser.add_argument("--limit", type=int, default=200, help="photographs at most")
    parser.add_argument("--sweep", action="store_true", help="try windows and dampings")
    parser.add_argument("--picture", help="file to draw the comparison into")
    arguments = parser.parse_args()
    labs = load_labs(arguments.photos, arguments.limit)
    print_methods(labs)
    if arguments.sweep:
        print_sweep(labs)
    if arguments.picture:
        draw(arguments.picture)


if __name__ == "__main__":
    main()
