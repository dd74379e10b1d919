"""`colorkit dataset build` makes training pairs of photographs."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from colorkit.choices import DATASET_FORMATS, FITS, FOLDERS
from colorkit.cli.console import progress_bar, table_of
from colorkit.cli.engine_options import add_engine, check_engine
from colorkit.cli.options import Commands, add_command, positive

if TYPE_CHECKING:
    from rich.table import Table

    from colorkit.data.build import BuildReport


def add_parser(commands: Commands) -> None:
    """Adds `colorkit dataset build` to the steps of `colorkit dataset`."""
    command = add_command(
        commands,
        "build",
        run,
        "make pairs of gray and colour, in three splits, of photographs",
        "Makes square pairs of gray and colour of the photographs in SOURCE, and puts them into\n"
        "train, validation and test. Photographs that are unreadable, gray or nearly so, too\n"
        "small, or near-duplicates of another are dropped. manifest.csv in DIR lists every\n"
        "photograph with its split, or why it was dropped; contact_sheet.png and\n"
        "ab_histogram.png show what came of it. The same photographs and options give the same\n"
        "bytes. The same command resumes where it was stopped.\n\n"
        "exit code: 0 built, 1 no photograph was kept or a file could not be written,\n"
        "2 wrong use, 130 stopped by Ctrl-C or SIGTERM",
        (
            "photos/ --out dataset/",
            "photos.zip --out dataset/ --size 256 --fit pad --split 90/5/5",
            "photos/ --out gs://bucket/dataset --format tfrecord",
            "/archive/photos --out /archive/dataset --engine ray --address auto",
        ),
        resumable=True,
    )
    command.add_argument(
        "source",
        metavar="SOURCE",
        help="folder (to any depth, archives in it too), tar (plain or compressed) or zip",
    )
    command.add_argument(
        "--out",
        required=True,
        metavar="DIR",
        help="folder of the data set; with --format tfrecord also a URL such as gs://bucket/name",
    )
    command.add_argument(
        "--size",
        type=positive,
        default=512,
        metavar="N",
        help="side of the pictures in pixels (default: 512)",
    )
    command.add_argument(
        "--min-side",
        type=positive,
        metavar="N",
        help="take photographs whose shorter side has N pixels or more; --size if left out, so "
        "that none is enlarged",
    )
    command.add_argument(
        "--fit",
        choices=FITS,
        default="crop",
        help="how a photograph becomes a square: crop its middle, squash it, or pad it with black "
        "(default: crop)",
    )
    command.add_argument(
        "--split",
        type=_split,
        default=(80, 10, 10),
        metavar="T/V/T",
        help="percentages of train, validation and test (default: 80/10/10); or folders: as the "
        "source's folders train, validation and test have it",
    )
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="fixes the split (default: 0)"
    )
    command.add_argument(
        "--format",
        choices=DATASET_FORMATS,
        default="folder",
        help="folders of PNG files, or sharded TFRecord files (default: folder)",
    )
    command.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="photographs worked on at a time; one a core if left out",
    )
    add_engine(command, "SOURCE and DIR on a disk that all machines see", workers=None)


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit dataset build`. Returns its exit code."""
    build_dataset = _find_builder(options)
    console = Console()
    with progress_bar(console) as progress:
        task = progress.add_task("Opening", total=None, rate="")
        report = build_dataset(
            options.source,
            options.out,
            size=options.size,
            fit=options.fit,
            split=options.split,
            seed=options.seed,
            output_format=options.format,
            min_side=options.min_side,
            workers=options.workers,
            on_progress=lambda stage, done, total: progress.update(
                task, description=stage, completed=done, total=total
            ),
        )
    console.print(_table(report))
    console.print(escape(report.summary()), highlight=False, soft_wrap=True)
    return 0 if sum(report.kept.values()) else 1


def _find_builder(options: argparse.Namespace) -> Callable[..., BuildReport]:
    check_engine(options)
    if options.engine == "ray":
        from colorkit.cluster.building import build_on_cluster

        return functools.partial(build_on_cluster, address=options.address)
    from colorkit.data.build import build_dataset

    return build_dataset


def _table(report: BuildReport) -> Table:
    table = table_of(f"{report.photos:,} photographs")
    table.add_column("")
    table.add_column("Photographs", justify="right")
    for split, number in report.kept.items():
        table.add_row(split, f"{number:,}")
    for reason, number in report.dropped.items():
        table.add_row(f"dropped: {reason}", f"{number:,}")
    return table


def _split(text: str) -> str | tuple[float, ...]:
    if text == FOLDERS:
        return text
    try:
        shares = tuple(float(share) if "." in share else int(share) for share in text.split("/"))
    except ValueError:
        shares = ()
    if len(shares) != 3:
        raise argparse.ArgumentTypeError(
            f"expected three percentages, such as 80/10/10, or {FOLDERS}. Received: {text}"
        )
    return shares
