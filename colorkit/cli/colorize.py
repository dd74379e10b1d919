"""`colorkit colorize` colours photographs and videos."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from colorkit.cli.colorize_options import add_colorize_options
from colorkit.cli.console import (
    FailureLog,
    ProgressLog,
    VideoProgress,
    describe_time_left,
    load_colorizer,
    print_error,
    printable,
    progress_bar,
)
from colorkit.cli.control_options import describe_controls, guide
from colorkit.cli.engine_options import check_engine
from colorkit.cli.options import Commands, add_command

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from colorkit.batch.plan import OutputPlan

_REPORTED = (
    *("model", "runtime", "size", "style", "saturation", "format", "sequence"),
    *("jpeg_quality", "video_quality", "sound", "controls"),
)


def add_parser(commands: Commands) -> None:
    """Adds `colorkit colorize` to the parser's commands."""
    command = add_command(
        commands,
        "colorize",
        run,
        "colour photographs and videos: files, folders, globs",
        "Colours photographs and keeps their size, lightness, bit depth, transparency and EXIF.\n"
        "Photographs that have colour already are coloured from their lightness alone.\n"
        "Videos are coloured steadily from frame to frame and keep their sound and timing.\n"
        "Results of the same photograph and settings are skipped, so that the same command\n"
        "resumes where it was stopped.\n"
        "A photograph or video that cannot be read is reported, and the rest continues.\n\n"
        "exit code: 0 all done, 1 a photograph or video failed, 2 wrong use,\n"
        "130 stopped by Ctrl-C or SIGTERM",
        (
            "--sample -o out/",
            "album/ -o album-in-colour/",
            "old.tif -o new.png --saturation 1.2",
            "old.jpg -o new.jpg --reference album/colour.jpg",
            "clip.mp4 -o colour.mp4",
        ),
        resumable=True,
    )
    add_colorize_options(command)


def run(options: argparse.Namespace) -> int:
    """Runs `colorkit colorize`. Returns its exit code."""
    if bool(options.inputs) == options.sample:
        options.parser.error("expected either photographs (INPUT) or --sample")
    options.controls = describe_controls(options)
    if options.engine == "ray":
        from colorkit.cli.colorize_archive import run_on_cluster

        return run_on_cluster(options)
    check_engine(options)
    if "-" in (*options.inputs, options.out):
        from colorkit.cli.colorize_pipe import run_in_pipe

        return run_in_pipe(options)
    from colorkit.batch.album import Album, AlbumSettings
    from colorkit.batch.file_result import FAILED
    from colorkit.batch.plan import check_report, describe_plan
    from colorkit.batch.report import ColorizingReport

    fields = [field.name for field in dataclasses.fields(AlbumSettings)]
    settings = AlbumSettings(**{field: getattr(options, field) for field in fields})
    album = Album(_plan(options), settings, overwrite=options.overwrite)
    plan = album.plan
    if album.renamed:
        _tell_renamed(album.renamed)
    console = Console()
    report = ColorizingReport(
        {key: getattr(options, key) for key in _REPORTED}, plan.failed, plan.passed_over
    )
    if options.dry_run:
        for line in describe_plan(plan):
            print(printable(line))
        return 1 if plan.failed else 0
    if options.report:
        check_report(options.report, plan)
        report.write(options.report, 0.0)  # Now, so that a wrong path fails before the work.
    for reason in plan.failed.values():
        print_error(printable(reason))
    colorizer: Any = None  # where there is nothing to colour
    if not plan.is_made:
        colorizer = guide(load_colorizer(options, console, runtime=options.runtime), options)

    start = time.perf_counter()
    try:
        with contextlib.closing(FailureLog()) as failures, progress_bar(console) as progress:
            log = ProgressLog(console)
            total = len(plan.photos) + len(plan.videos)
            task = progress.add_task("Colouring", total=total, rate="")
            with contextlib.closing(
                album.colorize(colorizer, VideoProgress(progress, log))
            ) as results:
                for result in results:
                    report.add(result)
                    if result.status == FAILED:
                        failures.tell(result)
                    rate = report.gone_through / (time.perf_counter() - start)
                    progress.update(task, advance=1, rate=f"{rate:.1f}/s")
                    left = describe_time_left(len(plan.photos) - report.gone_through, rate)
                    log.tell(f"{report.gone_through} of {total} files done{left}")
        report.is_complete = True
    finally:
        seconds = time.perf_counter() - start
        if options.report:
            report.write(options.report, seconds)
        console.print(escape(report.summary(seconds)), highlight=False, soft_wrap=True)
    return 1 if report.counts[FAILED] else 0


def _plan(options: argparse.Namespace) -> OutputPlan:
    """Plans what is coloured into which file, with hints."""
    from colorkit.batch.frame_numbers import expand_patterns, order_frames
    from colorkit.batch.hint_files import assign_hints, collect_hints
    from colorkit.batch.plan import plan_outputs, plan_samples

    choices = {"file_format": options.format, "overwrite": options.overwrite}
    if options.sample:
        plan = plan_samples(options.out, **choices)
    else:
        inputs = expand_patterns(options.inputs) if options.sequence else options.inputs
        plan = plan_outputs(
            inputs, options.out, exclude=options.exclude, page=options.page, **choices
        )
    if options.sequence:
        plan = dataclasses.replace(plan, photos=order_frames(plan.photos))
    if options.hint or options.hints:
        if options.sequence or plan.videos:
            what = "--sequence" if options.sequence else "videos"
            options.parser.error(f"--hint and --hints are for photographs, not for {what}")
        hints = collect_hints(options.hint, options.hints)
        plan = dataclasses.replace(plan, photos=assign_hints(plan.photos, hints))
    if options.variants is not None:
        from colorkit.batch.variants import split_variants

        if options.sequence or plan.videos:
            what = "--sequence" if options.sequence else "videos"
            options.parser.error(f"--variants is for photographs, not for {what}")
        variants = split_variants(plan.photos, options.variants, overwrite=options.overwrite)
        plan = dataclasses.replace(plan, photos=variants)
    return plan


def _tell_renamed(renamed: Sequence[tuple[Path, Path]]) -> None:
    before, after = renamed[0]
    print_error(
        f"{len(renamed)} of the results get other names, since {before.parent} has results "
        f"of other photographs under theirs: {before.name} becomes {after.name}"
        f"{' and so on' if len(renamed) > 1 else ''}."
    )
