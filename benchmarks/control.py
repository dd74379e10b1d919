"""Measures what references and variants bring to photographs held out from training.

    python benchmarks/control.py --photos PHOTOS --limit 60
    python benchmarks/control.py --photos PHOTOS --limit 100 --shares
    python benchmarks/control.py --picture control.jpg

The first prints a table. For a reference, two overlapping squares are cut out of each photograph,
which have at least half of their width in common; one is coloured with the other as its
reference, and with another photograph's. Beside that stand the classics, which are given the same
reference. The best of four variants is found by PSNR, the first being the automatic picture. The
last column is the share of photographs that lose more than 0.5 dB. The palette of the true picture
is that of `make_palette`; the distance of a result's histogram to it is half the sum of their
differences, 0 to 1. The second prints which share of the cells is matched, without a threshold, in
two squares of one photograph and in unrelated ones: the source of `matching.LEAST_SHARE`. The third
draws what each control makes of a photograph that scikit-image ships.
"""

import argparse

import numpy as np
import skimage.data

from colorkit.classics import transfer_by_luminance, transfer_statistics
from colorkit.data.source import open_photos
from colorkit.data.split import split_source
from colorkit.evaluation.baselines import gray_picture
from colorkit.inference import Colorizer, make_palette
from colorkit.inference.control import matching
from colorkit.inference.control.small_color import small_ab
from colorkit.io import Photo, write_photo

SIDE = 256  # of the squares at most, in pixels
LEAST_SIDE = 192  # of a square, as the model sees it: 4 : 3 photographs of 256 pixels have room
OTHERS = 12  # unrelated references of each photograph
LEAST_CHROMA = 4.0  # mean of a photograph in colour


def is_colored(photo):
    return np.linalg.norm(small_ab(photo, (64, 64)), axis=-1).mean() > LEAST_CHROMA


def side_of_pair(photo):
    """Returns the side of the largest two squares side by side that share at least half."""
    short, long = sorted(photo.shape[:2])
    return min(SIDE, short, long * 2 // 3)


def read_photos(options):
    """Yields photographs of which two squares can be cut. Says how many others were passed over."""
    source = open_photos(options.photos)
    order = np.random.default_rng(options.seed).permutation(len(source))
    if options.split:
        order = split_source(source)[options.split]
    found = narrow = gray = 0
    for index in order:
        photo = source.read(int(index))
        if side_of_pair(photo) < LEAST_SIDE:
            narrow += 1
        elif not is_colored(photo):
            gray += 1
        else:
            found += 1
            yield photo
        if found == options.limit:
            break
    print(
        f"{found} photographs; passed over: {narrow} with no room for two squares of {LEAST_SIDE} "
        f"pixels that share half, {gray} with hardly any colour"
    )


def cut_pair(photo, random):
    """Cuts two squares that are shifted by 7/16 to 1/2 of their side, in either order."""
    if photo.shape[0] > photo.shape[1]:
        return [each.swapaxes(0, 1).copy() for each in cut_pair(photo.swapaxes(0, 1), random)]
    side = side_of_pair(photo)
    shift = int(random.integers(side * 7 // 16, side // 2 + 1))
    left = int(random.integers(photo.shape[1] - side - shift + 1))
    top = int(random.integers(photo.shape[0] - side + 1))
    pair = [
        np.ascontiguousarray(photo[top : top + side, start : start + side])
        for start in (left, left + shift)
    ]
    return pair if random.integers(2) else pair[::-1]


def psnr(photo, made):
    return -10 * np.log10(np.mean((photo / 255 - made / 255) ** 2))


def distance(palette, made):
    """Returns half the sum of the differences between two histograms of colour: 0 to 1."""
    return np.abs(palette.histogram - make_palette(made).histogram).sum() / 2


def measure(options):
    """Measures photographs.

    Returns:
        Tuple of a dict from ways to arrays of PSNR, of the automatic picture and of that way; and
        the mean distances of those two to the palette of the true picture.
    """
    colorizer = Colorizer(options.model, style=options.style)
    random = np.random.default_rng(options.seed)
    found, unrelated, distances = {}, None, []
    for photo in read_photos(options):
        square, other = cut_pair(photo, random)
        gray = gray_picture(square)
        several = colorizer.colorize_variants(gray, 4)
        variants = [psnr(square, each) for each in several]
        made = {
            "a reference of the same scene": colorizer.colorize(gray, reference=other),
            "`transfer_by_luminance`, the same": transfer_by_luminance(gray, other),
            "`transfer_statistics`, the same": transfer_statistics(gray, other),
        }
        palette = make_palette(square)
        tended = made["the palette of the true picture"] = colorizer.colorize(gray, palette=palette)
        distances.append([distance(palette, each) for each in (several[0], tended)])
        if unrelated is not None:
            made["an unrelated reference"] = colorizer.colorize(gray, reference=unrelated)
        guided = {way: psnr(square, pixels) for way, pixels in made.items()}
        guided["the best of four variants"] = max(variants)
        guided["the other three, on average"] = np.mean(variants[1:])
        for way, reached in guided.items():
            found.setdefault(way, []).append((variants[0], reached))
        unrelated = photo
    return {way: np.array(pairs) for way, pairs in found.items()}, np.mean(distances, 0)


def measure_shares(options):
    """Returns the shares of cells matched: arrays, of the same scene and of unrelated ones."""
    matching.LEAST_SHARE, matching.SURE_SHARE = -1.0, 0.0
    colorizer = Colorizer(options.model, style=options.style)
    random = np.random.default_rng(options.seed)

    def describe(pixels):
        view = colorizer.prepare(pixels).view
        return matching.describe_cells(colorizer.insight.look(view).features)

    def share(picture, reference):
        return np.mean(matching.match_cells(picture, reference).confidence > 0)

    pairs = [list(map(describe, cut_pair(photo, random))) for photo in read_photos(options)]
    same = [share(*pair) for pair in pairs]
    others = range(1, min(OTHERS + 1, len(pairs)))
    unrelated = [share(pairs[n][0], pairs[n - k][1]) for n in range(len(pairs)) for k in others]
    return np.array(same), np.array(unrelated)


def draw_picture(path):
    """Draws references, palettes, what stays and variants, row by row."""
    photo = skimage.data.coffee()[80:336]
    truth, reference = (np.ascontiguousarray(photo[:, x : x + SIDE]) for x in (140, 268))
    gray = gray_picture(truth)
    cat = np.ascontiguousarray(skimage.data.chelsea()[:SIDE, 60 : 60 + SIDE])
    colorizer = Colorizer()
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:, : SIDE // 2] = True
    tinted = gray.copy()
    tinted[SIDE // 2 :] = truth[SIDE // 2 :]
    rows = [
        [
            gray,
            colorizer.colorize(gray),
            colorizer.colorize(gray, reference=reference),
            reference,
        ],
        [
            colorizer.colorize(gray, palette=make_palette("#30507a,#7a8a99", 0.3)),
            colorizer.colorize(gray, palette=cat),
            colorizer.colorize(gray, reference=reference, mask=mask),
            colorizer.colorize(tinted, keep_color=True),
        ],
        colorizer.colorize_variants(gray, 4),
    ]
    margin = ((2, 2), (2, 2), (0, 0))
    framed = [[np.pad(each, margin, constant_values=255) for each in row] for row in rows]
    write_photo(path, Photo(np.vstack([np.hstack(row) for row in framed])))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", help="folder or tar of photographs")
    parser.add_argument("--split", help="part of the photographs; all of them if left out")
    parser.add_argument("--model", default="colorkit_base", help="'colorkit_base' or a .keras file")
    parser.add_argument("--style", help="faithful, balanced or vivid")
    parser.add_argument("--limit", type=int, default=60, help="number of photographs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shares", action="store_true", help="print shares of matched cells")
    parser.add_argument("--picture", metavar="FILE.jpg", help="draw this instead")
    options = parser.parse_args()
    if options.picture:
        draw_picture(options.picture)
        return
    if not options.photos:
        parser.error("expected --photos or --picture")
    if options.shares:
        for name, shares in zip(("same", "unrelated"), measure_shares(options), strict=True):
            low, median, high, most = np.quantile(shares, [0, 0.5, 0.99, 1])
            print(
                f"{name}: {len(shares)} pairs, share of cells matched {low:.2f} at least, "
                f"{median:.2f} median, {high:.2f} in 99 %, {most:.2f} at most"
            )
        return
    measured, (automatic, guided) = measure(options)
    print("| guided by | photographs | automatic (dB) | guided (dB) | gain (dB) | lose 0.5 dB |")
    print("|---|---|---|---|---|---|")
    for way, pairs in measured.items():
        gains = pairs[:, 1] - pairs[:, 0]
        print(
            f"| {way} | {len(pairs)} | {pairs[:, 0].mean():.2f} | {pairs[:, 1].mean():.2f} "
            f"| {gains.mean():+.2f} | {np.mean(gains < -0.5):.0%} |"
        )
    print(f"distance to the palette of the true picture: {automatic:.2f}; by it: {guided:.2f}")


if __name__ == "__main__":
    main()
