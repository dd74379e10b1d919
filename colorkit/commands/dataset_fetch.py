"""`colorkit dataset fetch` downloads photographs."""

from colorkit.commands.options import add_command, positive


def add_parser(commands):
    """Adds `colorkit dataset fetch` to the steps of `colorkit dataset`."""
    command = add_command(
        commands,
        "fetch",
        run,
        "download photographs by search words, or from a list of addresses",
        "Downloads photographs from Unsplash by search words, through its API. The key is read\n"
        "from the environment variable UNSPLASH_ACCESS_KEY. attribution.csv in DIR says who took\n"
        "each photograph. The same command goes on where it was stopped.",
        ("--out photos/", "--out photos/ --words words.txt --per-word 100"),
        goes_on=True,
    )
    command.add_argument("--out", required=True, metavar="DIR", help="folder of the photographs")
    command.add_argument(
        "--words",
        metavar="FILE",
        help="search words, one a line; the classes of CIFAR-10 and CIFAR-100 and their kinds "
        "if left out",
    )
    command.add_argument(
        "--per-word",
        type=positive,
        default=50,
        metavar="N",
        help="photographs for each word (default: 50)",
    )


def run(options):
    """Runs `colorkit dataset fetch`. Returns its exit code."""
    raise NotImplementedError(options)
