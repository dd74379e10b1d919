"""Projects what an archive takes from what one photograph takes, with the arithmetic shown.

    python benchmarks/archive_projection.py --seconds 1.0 --megabytes 4 6

`--seconds` is the processor time of one photograph of that size, as `folder_speed.py` prints it for
`--megapixels 12 12`; `--overhead` what Ray adds, as `archive_overhead.py` prints it; `--megabytes`
how large a file and its result are. Prints a table in Markdown.
"""

import argparse

CORES = (2, 64, 1024)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, required=True, help="core seconds a photograph")
    parser.add_argument("--overhead", type=float, default=0.15, help="share that Ray adds")
    parser.add_argument("--busy", type=float, default=0.8, help="share of the time cores are busy")
    parser.add_argument("--megabytes", type=float, nargs=2, required=True, help="in and out")
    arguments = parser.parse_args()
    seconds = arguments.seconds * (1 + arguments.overhead)
    core_hours = arguments.photos * seconds / 3600
    print(
        f"{arguments.photos:,} photographs x {arguments.seconds:g} s x "
        f"{1 + arguments.overhead:g} / 3600 = {core_hours:,.0f} core hours of work; cores are "
        f"busy {arguments.busy:.0%} of the time, so {core_hours / arguments.busy:,.0f} are "
        "rented.\n"
    )
    print("| cores | hours | core hours | photographs a second | MB/s read | MB/s written |")
    print("|---|---|---|---|---|---|")
    for cores in CORES:
        rate = cores * arguments.busy / seconds
        read, written = (rate * size for size in arguments.megabytes)
        print(
            f"| {cores:,} | {arguments.photos / rate / 3600:,.0f} | "
            f"{core_hours / arguments.busy:,.0f} | {rate:,.1f} | {read:,.0f} | {written:,.0f} |"
        )


if __name__ == "__main__":
    main()
