"""Shows what age does to colourings: photographs held out from training, aged, against themselves.

    python benchmarks/old_photographs.py --photos PHOTOS --model colorkit_base mine.keras
    python benchmarks/old_photographs.py --picture docs/old-photographs.jpg

The first prints a table, a row for each sign of age and model. The model is given the aged
photograph; its a and b, under the lightness that the photograph had, are compared with the
photograph, so that metrics tell of colour alone. Gains are over the gray picture. Chroma noise is
the standard deviation of a and b about their Gaussian mean (2 pixels), in flat regions; beside it
stands that of the photograph's own a and b under the aged lightness: where grain nears black or
white, sRGB has room for less chroma, whoever colours. Border chroma is that of a border of paper
and of the black around it, which have none.

The second draws scikit-image's photographs, aged in all ways, above what the model makes of them.
"""

import argparse
import zlib
from importlib import resources

import cv2
import keras
import numpy as np

from colorkit.color import rgb_to_lab
from colorkit.data.crops import resize
from colorkit.evaluation import evaluate_models
from colorkit.evaluation.baselines import gray_picture
from colorkit.inference import Colorizer
from colorkit.inference.lightness import lightness_of, with_lightness
from colorkit.io import Photo, read_photo, write_photo

SEPIA = (1.351, 1.203, 0.937)  # row sums of the matrix by which programs tone pictures
BORDER = 0.08  # of the shorter side: black outside, paper inside
GRAIN, GRAIN_SIZE = 0.04, 0.6  # standard deviations: of the range, and of its blur in pixels
BLACK, PAPER = 0.05, 0.93
NOISE_SIGMA, FLAT_SIGMA = 2.0, 3.0  # pixels
FLAT = 2.0  # L units: greatest standard deviation of a flat region
HEADS = (
    "aged by",
    "model",
    "PSNR",
    "AuC",
    "rebalanced",
    "colourfulness",
    "chroma noise (true colours)",
    "border chroma",
)
PICTURE_PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "camera.png")
PICTURE_HEIGHT = 180


def tone(gray, random):
    return np.minimum(gray * np.float32(SEPIA), 1.0)


def fade(gray, random):
    return 0.2 + 0.62 * gray


def add_grain(gray, random):
    grain = random.normal(size=gray.shape[:2]).astype("float32")
    grain = cv2.GaussianBlur(grain, (0, 0), GRAIN_SIZE)
    return np.clip(gray + GRAIN * (grain / grain.std())[..., None], 0.0, 1.0)


def blur(gray, random):
    return cv2.GaussianBlur(gray, (0, 0), 1.5)


def scratch(gray, random):
    height, width = gray.shape[:2]
    scratched = np.ascontiguousarray(gray)
    for _ in range(6):
        top, bottom = sorted(random.integers(0, height, 2).tolist())
        column, shift = random.integers(0, width), random.integers(-9, 10)
        ends = (int(column), top), (int(column + shift), bottom)
        cv2.line(scratched, *ends, (0.95,) * 3, 1, cv2.LINE_AA)
    for row, column in random.integers(0, (height, width), (40, 2)).tolist():
        cv2.circle(scratched, (column, row), 1, (float(random.choice([0.05, 0.95])),) * 3, -1)
    return scratched


def frame(gray, random):
    half = border_of(gray) // 2
    paper = cv2.copyMakeBorder(gray, *(half,) * 4, cv2.BORDER_CONSTANT, value=(PAPER,) * 3)
    return cv2.copyMakeBorder(paper, *(half,) * 4, cv2.BORDER_CONSTANT, value=(BLACK,) * 3)


SIGNS = {
    "nothing": (),
    "softness": (blur,),
    "fading": (fade,),
    "grain": (add_grain,),
    "scratches": (scratch,),
    "sepia": (tone,),
    "borders": (frame,),
    "all of these": (blur, fade, add_grain, scratch, frame, tone),
}
"""What is done to the gray picture, step by step, by what the table calls it."""


def border_of(photo):
    return 2 * max(1, round(BORDER / 2 * min(photo.shape[:2])))


def age(photo, steps):
    """Returns a uint8 photograph as an old one: float32 RGB in [0, 1], larger by borders."""
    random = np.random.default_rng(zlib.crc32(photo.tobytes()))
    aged = gray_picture(photo).astype("float32") / 255
    for step in steps:
        aged = step(aged, random)
    return aged


class AgedColorizer:
    """Colours photographs as they would be if they were old, and puts their own lightness back.

    Args:
        colorizer: A `Colorizer`.
        steps: One of `SIGNS`.
        find_border: Whether borders are kept from the model.

    Attributes:
        noise: Dict of lists of the chroma noise of each photograph, "found" and "true".
        border_chroma: List of the mean chroma of each photograph's border.
    """

    def __init__(self, colorizer, steps, find_border):
        self._colorizer = colorizer
        self._steps = steps
        self._find_border = find_border
        self.noise = {"found": [], "true": []}
        self.border_chroma = []

    def colorize_batch(self, photos):
        aged = [age(photo, self._steps) for photo in photos]
        prepared = [self._colorizer.prepare(each, find_border=self._find_border) for each in aged]
        colors = self._colorizer.predict(prepared)
        colored = [
            self._colorizer.finish(*both).pixels for both in zip(prepared, colors, strict=True)
        ]
        return [self._finish(*each) for each in zip(photos, aged, colored, strict=True)]

    def _finish(self, photo, aged, colored):
        ab = ab_of(colored)
        edge = (aged.shape[0] - photo.shape[0]) // 2
        inside = np.s_[edge : edge + photo.shape[0], edge : edge + photo.shape[1]]
        if edge:
            outside = np.ones(ab.shape[:2], bool)
            outside[inside] = False
            self.border_chroma.append(np.hypot(*ab[outside].T).mean())
        ab = ab[inside]
        lightness = lightness_of(photo)
        flat = is_flat(lightness)
        if flat.any():
            self.noise["found"].append(chroma_noise(ab, flat))
            true = true_colors(photo, lightness_of(aged[inside]))
            self.noise["true"].append(chroma_noise(true, flat))
        a, b = (np.ascontiguousarray(ab[..., channel]) for channel in (0, 1))
        return with_lightness(lightness, a, b, photo.dtype)[0]


def ab_of(rgb):
    return keras.ops.convert_to_numpy(rgb_to_lab(rgb))[..., 1:]


def true_colors(photo, lightness):
    """Returns the photograph's own a and b, as far as sRGB holds them at another lightness."""
    a, b = (np.ascontiguousarray(ab_of(photo)[..., channel]) for channel in (0, 1))
    return ab_of(with_lightness(lightness, a, b, np.dtype("float32"))[0])


def is_flat(lightness):
    mean, square = (
        cv2.GaussianBlur(plane, (0, 0), FLAT_SIGMA) for plane in (lightness, lightness**2)
    )
    return square - mean**2 < FLAT**2


def chroma_noise(ab, where):
    noise = ab - cv2.GaussianBlur(ab, (0, 0), NOISE_SIGMA)
    return np.sqrt(np.mean(noise[where] ** 2))


def print_table(options):
    colorizers = {model: Colorizer(model, style=options.style) for model in options.model}
    aged = {
        (sign, model): AgedColorizer(colorizer, steps, not options.show_borders)
        for model, colorizer in colorizers.items()
        for sign, steps in SIGNS.items()
    }
    found = evaluate_models(
        {f"{sign}, {model}": colorizer for (sign, model), colorizer in aged.items()},
        options.photos,
        split="test",
        limit=options.limit,
        perceptual=False,
    )
    means = found.means()
    truth = means["truth"]["colorfulness"]
    print(f"{len(found.photos)} photographs, colourfulness {truth:.1f}, style {options.style}\n")
    print("| " + " | ".join(HEADS) + " |\n" + "|---" * len(HEADS) + "|")
    for sign in SIGNS:
        for model in options.model:
            colorizer, own = aged[sign, model], means[f"{sign}, {model}"]
            psnr, auc, balanced = (
                own[key] - means["gray"][key] for key in ("psnr", "auc", "auc_rebalanced")
            )
            noise, true = (np.mean(colorizer.noise[key]) for key in ("found", "true"))
            border = colorizer.border_chroma
            print(
                f"| {sign} | {model} | {psnr:+.2f} dB | {auc:+.2f} | {balanced:+.2f} "
                f"| {own['colorfulness']:.1f} | {noise:.2f} ({true:.2f}) "
                f"| {f'{np.mean(border):.1f}' if border else ''} |"
            )


def draw_picture(options):
    shipped = resources.files("skimage") / "data"
    colorizer = Colorizer(options.model[0], style=options.style)
    columns = []
    for name in PICTURE_PHOTOS:
        photo = read_photo(shipped / name).pixels
        if photo.ndim == 2:  # gray as it is
            old = np.repeat(photo[..., None], 3, axis=-1)
        else:
            old = np.uint8(255 * age(photo, SIGNS["all of these"]) + 0.5)
        width = round(PICTURE_HEIGHT * old.shape[1] / old.shape[0])
        tiles = (resize(each, PICTURE_HEIGHT, width) for each in (old, colorizer.colorize(old)))
        columns.append(np.vstack(list(tiles)))
    write_photo(options.picture, Photo(np.hstack(columns)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", help="folder or tar of colour photographs; prints the table")
    parser.add_argument("--picture", help="path of the picture to draw")
    parser.add_argument(
        "--model", nargs="+", default=["colorkit_base"], help="'colorkit_base', .keras files"
    )
    parser.add_argument(
        "--show-borders", action="store_true", help="show the model the borders too"
    )
    parser.add_argument("--style", default="faithful", help="faithful, balanced or vivid")
    parser.add_argument("--limit", type=int, default=200, help="number of photographs")
    options = parser.parse_args()
    if not options.photos and not options.picture:
        parser.error("give --photos, --picture or both")
    if options.photos:
        print_table(options)
    if options.picture:
        draw_picture(options)


if __name__ == "__main__":
    main()
