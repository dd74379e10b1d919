"""`colorkit colorize --engine ray` colours archives on the machines of a Ray cluster."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from colorkit.cli.console import ProgressLog, print_error, printable, progress_bar
from colorkit.cli.control_options import CONTROLS

if TYPE_CHECKING:
    import argparse

    from colorkit.batch.report import RunTotals

_NOT_HERE = ("sample", "hint", "hints", "sequence", "dry_run", *CONTROLS)


def run_on_cluster(options: argparse.Namespace) -> int:
    """Runs `colorkit colorize --engine ray`. Returns its exit code."""
    for name in _NOT_HERE:
        if getattr(options, name):
            options.parser.error(f"--{name.replace('_', '-')} is not for --engine ray")
    if len(options.inputs) != 1 or "-" in (*options.inputs, options.out):
        options.parser.error(
            "--engine ray takes one INPUT, a folder or file, and a folder after -o. Received: "
            f"{len(options.inputs)} inputs and -o {options.out}"
        )
    if options.report is not None and not options.report.lower().endswith(".parquet"):
        options.parser.error(
            f"with --engine ray, expected --report to end in .parquet. Received: {options.report}"
        )
    from colorkit.batch.album import AlbumSettings
    from colorkit.batch.file_result import FAILED, SKIPPED
    from colorkit.cluster.archive import colorize_archive
    from colorkit.cluster.job import ArchiveJob

    fields = [field.name for field in dataclasses.fields(AlbumSettings)]
    job = ArchiveJob(
        options.inputs[0],
        options.out,
        AlbumSettings(**{field: getattr(options, field) for field in fields}),
        runtime=options.runtime,
        file_format=options.format,
        page=options.page,
        exclude=tuple(options.exclude),
        overwrite=options.overwrite,
    )
    console = Console()
    start = time.perf_counter()
    last: list[RunTotals] = []
    try:
        with progress_bar(console) as progress:
            log = ProgressLog(console)
            task = progress.add_task("Colouring", total=None, rate="")

            def tell(totals: RunTotals, reasons: list[str]) -> None:
                last[:] = [totals]
                for reason in reasons:
                    print_error(printable(reason))
                fresh = totals.gone_through - totals.counts[SKIPPED]
                rate = f"{fresh / (time.perf_counter() - start):.1f}/s"
                progress.update(task, completed=totals.gone_through, rate=rate)
                log.tell(f"{totals.gone_through} photographs gone through, {rate}")

            colorize_archive(
                job,
                address=options.address,
                workers=options.workers,
                report=options.report,
                on_progress=tell,
            )
    finally:
        for totals in last:
            line = totals.summary(time.perf_counter() - start)
            console.print(escape(line), highlight=False, soft_wrap=True)
    return 1 if last and last[0].counts[FAILED] else 0
