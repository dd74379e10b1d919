"""`colorkit dataset fetch` downloads photographs."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from colorkit.commands.console import print_error, progress_bar
from colorkit.commands.options import add_command, positive


def add_parser(commands):
    """Adds `colorkit dataset fetch` to the steps of `colorkit dataset`."""
    command = add_command(
        commands,
        "fetch",
        run,
        "download photographs by search words, or from a list of addresses",
        "Downloads photographs by search words from Unsplash, through its API: each once, whole,\n"
        "and credited in DIR/attribution.csv. The API's key is read from the environment variable\n"
        "UNSPLASH_ACCESS_KEY. Its guidelines exclude training AI models without permission;\n"
        "docs/dataset.md tells more. The same command goes on where it was stopped.\n\n"
        "exit code: 0 all done, 1 a photograph could not be fetched for now, 2 wrong use,\n"
        "130 stopped by Ctrl-C",
        (
            "--out photos/",
            "--out photos/ --words words.txt --per-word 100 --no-wait",
        ),
        goes_on=True,
    )
    command.add_argument("--out", required=True, metavar="DIR", help="folder of the photographs")
    command.add_argument(
        "--words",
        metavar="FILE",
        help="search words, one a line; the classes of CIFAR-10 and CIFAR-100 and kinds of them "
        "if left out",
    )
    command.add_argument(
        "--per-word",
        type=positive,
        default=50,
        metavar="N",
        help="photographs for each word (default: 50)",
    )
    command.add_argument(
        "--size",
        type=positive,
        default=1024,
        metavar="N",
        help="pixels of the shorter side; smaller photographs stay as they are (default: 1024)",
    )
    command.add_argument(
        "--no-wait",
        action="store_true",
        help="stop where the API allows no more requests in this hour, rather than wait",
    )


def run(options):
    """Runs `colorkit dataset fetch`. Returns its exit code."""
    return fetch_by_words(options)


def fetch_by_words(options):
    """Fetches photographs from Unsplash. Returns the exit code."""
    from colorkit.dataset.fetching import fetch_photos
    from colorkit.dataset.unsplash import UnsplashClient, read_access_key
    from colorkit.dataset.words import read_words

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
