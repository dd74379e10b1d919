"""Colours a 100-megapixel picture and prints the peak memory of the whole process.

Claim: 10000 x 10000 pixels, gray or RGB, uint8, stay under 4 GB. The model's weights do not
matter for that, so they are random unless a model is given.

    python benchmarks/large_picture.py
    python benchmarks/large_picture.py --rgb --model colorkit_base
"""

import argparse
import resource
import sys
import time

import numpy as np

from colorkit.inference import Colorizer
from colorkit.models import build_colorkit_base_model


def large_picture(side, channels):
    """Fine and coarse detail in every place, so that no part is cheap."""
    ramp = np.arange(side, dtype="uint16")
    gray = ((ramp[:, None] ^ ramp[None, :]) % 256).astype("uint8")
    return gray if channels == 1 else np.repeat(gray[..., None], channels, axis=2)


def peak_gigabytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=10000, help="pixels of each side")
    parser.add_argument("--rgb", action="store_true", help="three channels in place of one")
    parser.add_argument(
        "--model", help="'colorkit_base' or a .keras file (default: random weights)"
    )
    arguments = parser.parse_args()
    picture = large_picture(arguments.side, 3 if arguments.rgb else 1)
    colorizer = Colorizer(arguments.model or build_colorkit_base_model())
    before, start = peak_gigabytes(), time.perf_counter()
    (result,) = colorizer.colorize_in_detail([picture])
    seconds = time.perf_counter() - start
    print(
        f"{picture.shape} uint8: peak {peak_gigabytes():.2f} GB, of which {before:.2f} GB before "
        f"colouring; {seconds:.1f} s; model saw {result.input_size}; "
        f"{100 * result.out_of_gamut / arguments.side**2:.1f} % of pixels out of gamut"
    )


if __name__ == "__main__":
    main()
