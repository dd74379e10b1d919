"""What each command does: one call of the library, shown on the terminal."""

import contextlib
import logging
import sys
import time
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from colorkit.quiet_start import start_keras
from colorkit.replacing import replace_when_whole


def colorize(options):
    """Runs `colorkit colorize`. Returns its exit code."""
    from colorkit.colorizing_files import FAILED, colorize_files
    from colorkit.colorizing_report import ColorizingReport
    from colorkit.output_plan import plan_outputs, plan_samples

    choices = {"file_format": options.format, "overwrite": options.overwrite}
    if options.sample:
        plan = plan_samples(options.out, **choices)
    else:
        plan = plan_outputs(options.inputs, options.out, **choices)
    console = Console()
    settings = {key: getattr(options, key) for key in ("model", "size", "saturation", "format")}
    report = ColorizingReport(settings, plan.not_found)
    if options.report:
        report.write(options.report, 0.0)  # Now, so that a wrong path is told before the work.
    for reason in plan.not_found.values():
        _print_error(reason)
    colorizer = None if plan.is_made else _load_colorizer(options, console)

    start = time.perf_counter()
    try:
        with (
            _progress(console) as progress,
            contextlib.closing(colorize_files(colorizer, plan.photos)) as results,
        ):
            task = progress.add_task("Colouring", total=len(plan.photos), rate="")
            for result in results:
                report.add(result)
                if result.status == FAILED:
                    _print_error(result.reason)
                rate = sum(report.counts.values()) / (time.perf_counter() - start)
                progress.update(task, advance=1, rate=f"{rate:.1f}/s")
        report.is_complete = True
    finally:
        seconds = time.perf_counter() - start
        console.print(escape(report.summary(seconds)), highlight=False, soft_wrap=True)
        if options.report:
            report.write(options.report, seconds)
    return 1 if report.counts[FAILED] else 0


def train(options):
    """Runs `colorkit train`. Returns its exit code."""
    start_keras(options.verbose)
    from colorkit.training import train_model

    changes = {
        key: getattr(options, key)
        for key in ("epochs", "batch_size", "image_size", "weights")
        if getattr(options, key) is not None
    }
    if changes.get("weights") == "none":
        changes["weights"] = None
    logging.getLogger("colorkit").setLevel(logging.DEBUG if options.verbose else logging.INFO)
    train_model(options.recipe, options.photos, options.out, seed=options.seed, **changes)
    Console().print(f"The network is in {escape(str(Path(options.out) / 'model.keras'))}")
    return 0


def evaluate(options):
    """Runs `colorkit evaluate`. Returns its exit code."""
    console = Console()
    colorizer = _load_colorizer(options, console)
    from colorkit.evaluating import TABLE_COLUMNS, evaluate_model

    with _progress(console) as progress:
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
    table = _table(title + (f" ({unreadable} unreadable left out)" if unreadable else ""))
    for number, column in enumerate(TABLE_COLUMNS):
        table.add_column(column, justify="right" if number else "left")
    for row in evaluation.rows():
        table.add_row(*row)
    console.print(table)
    return 0


def models(options):
    """Runs `colorkit models`. Returns its exit code."""
    console = Console()
    with console.status("Building the networks to count their parameters"):
        start_keras(options.verbose)
        from colorkit.architectures.catalog import MODELS, describe

        descriptions = [describe(name) for name in MODELS]
    table = _table("Networks")
    for column in ("Name", "What it is", "Input", "Output", "Trainable", "Frozen", "Parameters"):
        number = column in ("Trainable", "Frozen", "Parameters")
        table.add_column(column, justify="right" if number else "left", no_wrap=number)
    for model in descriptions:
        trainable, frozen = model.trainable_parameters, model.frozen_parameters
        counts = (f"{count:,}" for count in (trainable, frozen, trainable + frozen))
        table.add_row(
            model.name, model.description, escape(model.input), escape(model.output), *counts
        )
    console.print(table)
    return 0


def _load_colorizer(options, console):
    with console.status("Loading the network"):
        start_keras(options.verbose)
        from colorkit.colorizing import Colorizer

        return Colorizer(options.model, size=options.size, saturation=options.saturation)


@contextlib.contextmanager
def _progress(console):
    """Shows a bar with count, rate and time left; nothing where the output is not a terminal."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        redirect_stderr=sys.stderr.isatty(),
        transient=True,
    )
    # Rich before 14 prints an empty line where a bar that is disabled ends.
    with progress if console.is_terminal else contextlib.nullcontext():
        yield progress


def _table(title):
    return Table(title=escape(title), box=box.SIMPLE_HEAD, title_justify="left")


def _print_error(reason):
    print(f"colorkit: {reason}", file=sys.stderr)
