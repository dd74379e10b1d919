"""`colorkit evaluate` measures models on photographs."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from colorkit.choices import PROTOCOL_NAMES, SPLITS
from colorkit.cli.console import load_colorizer, progress_bar, table_of
from colorkit.cli.engine_options import add_engine, check_engine
from colorkit.cli.options import (
    MODEL_HELP,
    Commands,
    add_command,
    add_photos,
    add_picture_options,
    positive,
)
from colorkit.evaluation.metric_info import RANKING_METRICS
from colorkit.io.atomic_write import replace_when_whole

if TYPE_CHECKING:
    import argparse

    from colorkit.evaluation.result import Evaluation

EXAMPLES = 20  # best and worst photographs that a report shows of each model


def add_parser(commands: Commands) -> None:
    """Adds `colorkit evaluate` to the parser's commands."""
    command = add_command(
        commands,
        "evaluate",
        run,
        "measure models on colour photographs",
        "Colours photographs from their lightness and compares the results with the photographs:\n"
        "PSNR, SSIM, CIEDE2000, the area under the cumulative ab error (AuC), plain and with rare\n"
        "colours counting as much as common ones, colourfulness, and LPIPS and FID where their\n"
        "weights are available, beside a gray and a mean-colour baseline.",
        (
            "colorkit_base --photos photos/",
            "colorkit_base runs/first/model.keras --photos photos/ --split test --html report.html",
            "colorkit_base --photos photos/ --protocol resize256 --csv a.csv --json a.json",
        ),
    )
    command.add_argument("models", metavar="MODEL", nargs="+", help=MODEL_HELP)
    add_photos(command)
    command.add_argument(
        "--protocol",
        choices=PROTOCOL_NAMES,
        default="native",
        help="photographs at their own size, squashed to 256 x 256, or their central square shrunk "
        "to that (default: native)",
    )
    command.add_argument(
        "--html", metavar="PATH", help="also write a report with pictures: a .html file or a folder"
    )
    command.add_argument(
        "--csv", metavar="FILE", help="also write the metrics of every photograph as CSV"
    )
    command.add_argument(
        "--json", metavar="FILE", help="also write all metrics, means and photographs, as JSON"
    )
    command.add_argument(
        "--rank-by",
        choices=RANKING_METRICS,
        default="psnr",
        help="the metric whose gain over the gray picture chooses the report's best and worst "
        "photographs (default: psnr)",
    )
    command.add_argument(
        "--no-perceptual",
        action="store_true",
        help="skip LPIPS and FID even where their weights are available",
    )
    command.add_argument(
        "--split",
        choices=(*SPLITS, "all"),
        default="all",
        help="part of the photographs, as training splits them 80 / 10 / 10 (default: all)",
    )
    command.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="the seed that the model was trained with, which fixes the split (default: 0)",
    )
    command.add_argument("--limit", type=positive, metavar="N", help="the first N photographs only")
    add_picture_options(command)
    add_engine(
        command,
        "--photos and models of your own on a disk that all machines see",
        "processes that colour and measure; as many as cores, or GPUs where there are some, if "
        "left out",
    )


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit evaluate`. Returns its exit code."""
    check_engine(options)
    console = Console()
    models = {
        # Processes of a cluster have other current folders.
        name: load_colorizer(
            options, console, os.path.abspath(name) if os.path.exists(name) else name
        )
        for name in options.models
    }
    evaluate_models = _find_evaluator(options)
    with progress_bar(console) as progress:
        survey = progress.add_task("Looking for gray photographs", total=None, rate="")
        task = progress.add_task("Evaluating", total=None, rate="")
        evaluation = evaluate_models(
            models,
            options.photos,
            protocol=options.protocol,
            split=None if options.split == "all" else options.split,
            split_seed=options.seed,
            limit=options.limit,
            perceptual=not options.no_perceptual,
            examples=EXAMPLES if options.html else 0,
            rank_by=options.rank_by,
            settings={
                "size": options.size or "default",
                "style": options.style or "default",
                "saturation": options.saturation,
            },
            on_survey=lambda done, total: progress.update(survey, completed=done, total=total),
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if options.json:
        _write(options.json, evaluation.to_json() + "\n")
    if options.csv:
        _write(options.csv, evaluation.to_csv())
    if options.html:
        from colorkit.evaluation.html_report import render_report

        _write(_page(options.html), render_report(evaluation))
    _print(evaluation, options, console)
    return 0


def _find_evaluator(options: argparse.Namespace) -> Callable[..., Evaluation]:
    if options.engine == "ray":
        from colorkit.cluster.evaluating import evaluate_on_cluster

        return functools.partial(
            evaluate_on_cluster, address=options.address, workers=options.workers
        )
    from colorkit.evaluation.evaluator import evaluate_models

    return evaluate_models


def _write(path: Path, text: str) -> None:
    with replace_when_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _page(path: Path) -> Path:
    path = Path(path)
    return path if path.suffix.lower() in (".html", ".htm") else path / "index.html"


def _print(evaluation: Evaluation, options: argparse.Namespace, console: Console) -> None:
    names = ", ".join(evaluation.model_names)
    table = table_of(f"{names} on {len(evaluation.photos)} photographs, {options.protocol}")
    for number, column in enumerate(evaluation.columns()):
        table.add_column(column, justify="right" if number else "left")
    for row in evaluation.rows():
        table.add_row(*row)
    console.print(table)
    for note in evaluation.notes():
        console.print(note, style="dim", markup=False, highlight=False)
    if options.html:
        console.print(f"Report: {_page(options.html)}", markup=False, highlight=False)
