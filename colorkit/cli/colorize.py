"""`colorkit colorize` colours photographs and videos."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from colorkit.choices import (
    JPEG_QUALITY,
    PHOTO_FORMATS,
    RUNTIMES,
    SOUND_MODES,
    VIDEO_QUALITY,
)
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
from colorkit.cli.control_options import add_control_options, describe_controls, guide
from colorkit.cli.engine_options import add_engine, check_engine
from colorkit.cli.options import Commands, add_command, add_picture_options, positive, whole_number

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
    command.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        help="photograph, video, folder (to any depth) or glob; - for standard input",
    )
    command.add_argument(
        "-o",
        "--out",
        required=True,
        metavar="OUT",
        help="folder of the results; or, for one photograph or video, the result's file; - for "
        "standard output",
    )
    command.add_argument(
        "--sample",
        action="store_true",
        help="colour photographs that scikit-image ships, turned gray, in place of INPUT",
    )
    command.add_argument(
        "--model",
        default="colorkit_base",
        metavar="NAME_OR_PATH",
        help='"colorkit_base", which is shipped with colorkit; the path of a .keras, .onnx or '
        ".tflite file or of a run's folder; or hf://OWNER/NAME on the Hugging Face Hub",
    )
    command.add_argument(
        "--runtime",
        choices=RUNTIMES,
        help="runtime of the model; by the model's suffix if left out; the shipped one's is onnx "
        "where Keras is not installed. With onnx or litert, the model's export beside it is run, "
        "without TensorFlow",
    )
    add_picture_options(command)
    hints = command.add_mutually_exclusive_group()
    hints.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="X,Y,#RRGGBB[,S]",
        help="colour at a point of the one photograph that is coloured, in pixels from its top "
        "left, and its strength S, 1 if left out; may be given several times. Hue and chroma "
        "count, the lightness is the photograph's",
    )
    hints.add_argument(
        "--hints",
        metavar="FILE.json",
        help='hints of one photograph, [{"x": 120, "y": 80, "color": "#c02020"}], or an object '
        "from file names to such lists",
    )
    add_control_options(command)
    command.add_argument(
        "--format",
        type=str.lower,
        choices=PHOTO_FORMATS,
        metavar="FORMAT",
        help=f"format of the results: {', '.join(PHOTO_FORMATS)}; "
        "each photograph's own if left out",
    )
    command.add_argument("--overwrite", action="store_true", help="overwrite existing results")
    command.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help='pass over files and folders of such names, as "*_small.*" or "proofs/" (repeatable)',
    )
    command.add_argument(
        "--sequence",
        action="store_true",
        help="take numbered pictures (a folder, or a pattern such as film_%%05d.tif) for the "
        "frames of a film, and steady their colours as those of a video",
    )
    command.add_argument(
        "--report",
        metavar="FILE",
        help="write what became of each photograph, as JSON; as Parquet with --engine ray",
    )
    add_engine(
        command,
        "one INPUT, a folder or file of photographs, tar files and Parquet, on a disk that all "
        "machines see or at an address such as s3://, and OUT likewise; the report is one Parquet "
        "file",
        "processes that colour; as many as cores, or GPUs where there are some, if left out",
    )
    _add_rare_options(command)


def _add_rare_options(command: argparse.ArgumentParser) -> None:
    rare = command.add_argument_group("rarely used options")
    rare.add_argument(
        "--dry-run", action="store_true", help="show what would become of each file, and stop"
    )
    rare.add_argument(
        "--page",
        type=positive,
        metavar="N",
        help="colour only this page of TIFF files of several; all of them if left out",
    )
    rare.add_argument(
        "--jpeg-quality",
        type=whole_number(1, 100),
        default=JPEG_QUALITY,
        metavar="N",
        help=f"quality of JPEG results, 1 to 100 (default: {JPEG_QUALITY})",
    )
    rare.add_argument(
        "--video-quality",
        type=whole_number(0, 51),
        default=VIDEO_QUALITY,
        metavar="N",
        help="x264's constant quality (CRF) of videos: 0 is lossless, 51 the worst "
        f"(default: {VIDEO_QUALITY})",
    )
    rare.add_argument(
        "--sound",
        choices=SOUND_MODES,
        default="copy",
        help="sound of videos: copied, re-encoded only where the result's format does not hold "
        "it (default); always re-encoded (AAC, or FLAC or PCM where it is lossless); or left out",
    )
    rare.add_argument("--strict", action="store_true", help="refuse photographs that are cut short")
    rare.add_argument(
        "--no-mark",
        action="store_false",
        dest="mark",
        help="leave out of the results' metadata that their colours are predicted",
    )


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
    from colorkit.batch.file_pipeline import FAILED
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
