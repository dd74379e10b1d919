"""Times the first look at photographs before training: which are gray, and which are alike.

python benchmarks/survey.py --photos photos/
"""

import argparse
import os
import tempfile
import time

from colorkit.data import open_photos
from colorkit.data.survey import survey_photos

CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}


def time_survey(source):
    """Milliseconds a photograph by each clock."""
    start = [clock() for clock in CLOCKS.values()]
    survey_photos(source)
    taken = [clock() - begun for clock, begun in zip(CLOCKS.values(), start, strict=True)]
    return [1000 * seconds / len(source) for seconds in taken]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    parser.add_argument("--number", type=int, default=1000, help="photographs looked at")
    options = parser.parse_args()
    source = open_photos(options.photos)
    source.names = source.names[: options.number]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COLORKIT_CACHE"] = folder
        for name in ("looked at", "known already"):
            taken = zip(CLOCKS, time_survey(source), strict=True)
            clocks = ", ".join(f"{ms:.2f} ms {clock}" for clock, ms in taken)
            print(f"{len(source)} photographs {name}: {clocks} a photograph")


if __name__ == "__main__":
    main()
