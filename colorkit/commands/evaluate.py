"""`colorkit evaluate` measures a network on photographs."""

from rich.console import Console

from colorkit.commands.console import load_colorizer, progress_bar, table_of
from colorkit.commands.options import add_command, add_photos, add_picture_options, positive
from colorkit.replacing import replace_when_whole

# Named here since importing NumPy and Keras would slow `--help` down; a test compares.
SPLIT_NAMES = ("train", "validation", "test", "all")


def add_parser(commands):
    """Adds `colorkit evaluate` to the parser's commands."""
    command = add_command(
        commands,
        "evaluate",
        run,
        "measure a network on colour photographs",
        "Colours photographs from their lightness and compares the results with the photographs:\n"
        "PSNR, the area under the cumulative ab error (AuC), plain and with rare colours counting\n"
        "as much as common ones, and colourfulness. The gray picture's figures stand beside.",
        ("default --photos photos/", "runs/first/model.keras --photos photos/ --split test"),
    )
    command.add_argument("model", metavar="MODEL", help='"default" or the path of a .keras file')
    add_photos(command)
    command.add_argument(
        "--json", metavar="FILE", help="also write all figures, one entry a photograph, as JSON"
    )
    command.add_argument(
        "--split",
        choices=SPLIT_NAMES,
        default="all",
        help="part of the photographs, as training splits them 80 / 10 / 10 (default: all)",
    )
    command.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="the seed that the network was trained with, which fixes the split (default: 0)",
    )
    command.add_argument("--limit", type=positive, metavar="N", help="the first N photographs only")
    add_picture_options(command)


def run(options):
    """Runs `colorkit evaluate`. Returns its exit code."""
    console = Console()
    colorizer = load_colorizer(options, console)
    from colorkit.evaluating import TABLE_COLUMNS, evaluate_model

    with progress_bar(console) as progress:
        task = progress.add_task("Evaluating", total=None, rate="")
        evaluation = evaluate_model(
            colorizer,
            options.photos,
            split=None if options.split == "all" else options.split,
            split_seed=options.seed,
            limit=options.limit,
            model_name=options.model,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if options.json:
        with replace_when_whole(options.json) as temporary:
            temporary.write_text(evaluation.to_json() + "\n", encoding="utf-8")
    unreadable = len(evaluation.unreadable)
    title = f"{options.model} on {len(evaluation.photos)} photographs"
    table = table_of(title + (f" ({unreadable} unreadable left out)" if unreadable else ""))
    for number, column in enumerate(TABLE_COLUMNS):
        table.add_column(column, justify="right" if number else "left")
    for row in evaluation.rows():
        table.add_row(*row)
    console.print(table)
    return 0
