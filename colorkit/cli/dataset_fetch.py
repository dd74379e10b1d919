"""`colorkit dataset fetch` downloads photographs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from colorkit.choices import DISTRIBUTORS
from colorkit.cli.console import print_error, progress_bar, table_of
from colorkit.cli.options import Commands, add_command, positive

if TYPE_CHECKING:
    import argparse

SIZE = 1024
MAX_REASONS = 20
"""Reasons of failures that are shown, the most frequent ones."""


def add_parser(commands: Commands) -> None:
    """Adds `colorkit dataset fetch` to the steps of `colorkit dataset`."""
    command = add_command(
        commands,
        "fetch",
        run,
        "download photographs by search words, or from a list of addresses",
        "Downloads photographs by search words from Unsplash, through its API: each once, whole,\n"
        "and credited in DIR/attribution.csv. The API's key is read from the environment variable\n"
        "UNSPLASH_ACCESS_KEY. Its guidelines exclude training AI models without permission;\n"
        "docs/dataset.md tells more.\n\n"
        "With --urls, img2dataset downloads a list of addresses, millions of them if need be:\n"
        "pip install img2dataset.\n\n"
        "The same command resumes where it was stopped.\n\n"
        "exit code: 0 all done, 1 a photograph could not be fetched for now, 2 wrong use,\n"
        "130 stopped by Ctrl-C or SIGTERM",
        (
            "--out photos/",
            "--out photos/ --words words.txt --per-word 100 --no-wait",
            "--out photos/ --urls photos.tsv000 --url-column photo_image_url --tars",
        ),
        resumable=True,
    )
    command.add_argument("--out", required=True, metavar="DIR", help="folder of the photographs")
    command.add_argument(
        "--size",
        type=positive,
        default=SIZE,
        metavar="N",
        help=f"pixels of the shorter side; smaller photographs stay as they are (default: {SIZE})",
    )
    _add_word_options(command.add_argument_group("from Unsplash"))
    _add_url_options(command.add_argument_group("from a list of addresses"))


def _add_word_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--words",
        metavar="FILE",
        help="search words, one a line; the classes of CIFAR-10 and CIFAR-100 and kinds of them "
        "if left out",
    )
    group.add_argument(
        "--per-word",
        type=positive,
        default=50,
        metavar="N",
        help="photographs for each word (default: 50)",
    )
    group.add_argument(
        "--no-wait",
        action="store_true",
        help="stop where the API allows no more requests in this hour, rather than wait",
    )


def _add_url_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--urls",
        metavar="FILE",
        help="the list: .txt with one address a line, or .csv, .tsv, .parquet, .json or .jsonl",
    )
    group.add_argument(
        "--url-column",
        default="url",
        metavar="NAME",
        help="column of the addresses, where the list has columns (default: url)",
    )
    group.add_argument(
        "--keep",
        nargs="+",
        default=[],
        metavar="NAME",
        help="more columns, such as the photographer, to keep beside the photographs",
    )
    group.add_argument(
        "--tars",
        action="store_true",
        help="write a .tar for each 1,000 photographs in place of a folder",
    )
    group.add_argument(
        "--as-served",
        action="store_true",
        help="store the original files, neither checked nor shrunk (--size is ignored)",
    )
    group.add_argument(
        "--distributor",
        choices=DISTRIBUTORS,
        default=DISTRIBUTORS[0],
        metavar="NAME",
        help="the distributor of the work: multiprocessing on this machine, or pyspark or ray on "
        "their cluster (default: multiprocessing)",
    )
    group.add_argument(
        "--allow-private",
        action="store_true",
        help="also fetch file:// and addresses of this machine and of private networks",
    )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit dataset fetch`. Returns its exit code."""
    if options.urls and options.words:
        options.parser.error("expected either --words or --urls")
    return _fetch_urls(options) if options.urls else _fetch_by_words(options)


def _fetch_by_words(options: argparse.Namespace) -> int:
    from colorkit.data.fetch.unsplash_client import UnsplashClient, read_access_key
    from colorkit.data.fetch.unsplash_fetch import fetch_photos
    from colorkit.data.fetch.words import read_words

    console = Console()
    client = UnsplashClient(read_access_key(), wait=not options.no_wait)
    with progress_bar(console) as progress:
        task = progress.add_task("Fetching", total=None, rate="")
        report = fetch_photos(
            options.out,
            read_words(options.words),
            options.per_word,
            options.size,
            client,
            on_progress=lambda word, done, total: progress.update(
                task, completed=done, total=total, description=f"Fetching {escape(word)}"
            ),
        )
    for photo_id, reason in report.failed.items():
        print_error(f"{photo_id} not fetched for now: {reason}")
    drops = "".join(f", {count} dropped ({why})" for why, count in report.dropped.items())
    console.print(
        f"{report.stored} photographs fetched{drops}. {options.out} holds {report.held}; "
        f"{Path(options.out) / 'attribution.csv'} says who took them.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    return 1 if report.failed else 0


def _fetch_urls(options: argparse.Namespace) -> int:
    from colorkit.data.fetch.url_fetch import fetch_urls

    report = fetch_urls(
        options.urls,
        options.out,
        None if options.as_served else options.size,
        options.url_column,
        options.keep,
        options.tars,
        options.distributor,
        options.allow_private,
    )
    console = Console()
    line = f"{options.out} holds {report.stored} photographs."
    console.print(line, markup=False, highlight=False, soft_wrap=True)
    if report.failed:
        table = table_of(f"{report.failed.total()} addresses without a photograph")
        table.add_column("reason")
        table.add_column("number", justify="right")
        for reason, count in report.failed.most_common(MAX_REASONS):
            table.add_row(escape(reason), str(count))
        console.print(table)
    return 0 if report.stored else 1
