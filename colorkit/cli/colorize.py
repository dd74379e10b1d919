"""`colorkit colorize` colours photographs and videos."""

import contextlib
import dataclasses
import itertools
import time

from rich.console import Console
from rich.markup import escape

from colorkit.choices import PHOTO_FORMATS, RUNTIMES
from colorkit.cli.console import VideoProgress, load_colorizer, print_error, printable, progress_bar
from colorkit.cli.options import add_command, add_picture_options, positive


def add_parser(commands):
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
        "exit code: 0 all done, 1 a photograph or video failed, 2 wrong use, 130 stopped by Ctrl-C",
        (
            "--sample -o out/",
            "album/ -o album-in-colour/",
            "old.tif -o new.png --saturation 1.2",
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
        help='"colorkit_base", which is shipped with colorkit, or the path of a .keras, .onnx or '
        ".tflite file",
    )
    command.add_argument(
        "--runtime",
        choices=RUNTIMES,
        help="runtime of the network; by the model's suffix if left out. With onnx or litert, "
        "the model's export beside it is run, without TensorFlow",
    )
    add_picture_options(command)
    hints = command.add_mutually_exclusive_group()
    hints.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="X,Y,#RRGGBB",
        help="colour at a point of the one photograph that is coloured, in pixels from its top "
        "left; may be given several times. Hue and chroma count, the lightness is the photograph's",
    )
    hints.add_argument(
        "--hints",
        metavar="FILE.json",
        help='hints of one photograph, [{"x": 120, "y": 80, "color": "#c02020"}], or an object '
        "from file names to such lists",
    )
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
    rare.add_argument("--strict", action="store_true", help="refuse photographs that are cut short")
    rare.add_argument(
        "--no-mark",
        action="store_false",
        dest="mark",
        help="leave out of the results' metadata that their colours are predicted",
    )
    command.add_argument(
        "--report", metavar="FILE.json", help="write what became of each photograph, as JSON"
    )


def run(options):
    """Runs `colorkit colorize`. Returns its exit code."""
    if bool(options.inputs) == options.sample:
        options.parser.error("expected either photographs (INPUT) or --sample")
    if "-" in (*options.inputs, options.out):
        from colorkit.cli.colorize_pipe import run_in_pipe

        return run_in_pipe(options)
    from colorkit.batch.file_pipeline import FAILED, MADE, colorize_files
    from colorkit.batch.journal import ResultJournal
    from colorkit.batch.plan import describe_plan, plan_outputs, plan_samples
    from colorkit.batch.report import ColorizingReport
    from colorkit.batch.videos import colorize_videos

    choices = {"file_format": options.format, "overwrite": options.overwrite}
    if options.sample:
        plan = plan_samples(options.out, **choices)
    else:
        plan = plan_outputs(
            options.inputs, options.out, exclude=options.exclude, page=options.page, **choices
        )
    if options.hint or options.hints:
        plan = _with_hints(plan, options)
    journal = ResultJournal(plan.folder)
    plan = _with_journal(plan, journal, options)
    console = Console()
    told = ("model", "runtime", "size", "style", "saturation", "format")
    settings = {key: getattr(options, key) for key in told}
    report = ColorizingReport(settings, plan.failed, plan.passed_over)
    if options.dry_run:
        for line in describe_plan(plan):
            print(printable(line))
        return 1 if plan.failed else 0
    if options.report:
        report.write(options.report, 0.0)  # Now, so that a wrong path is told before the work.
    for reason in plan.failed.values():
        print_error(reason)
    colorizer = None if plan.is_made else load_colorizer(options, console, runtime=options.runtime)

    start = time.perf_counter()
    try:
        with (
            progress_bar(console) as progress,
            contextlib.closing(
                colorize_files(colorizer, plan.photos, strict=options.strict, mark=options.mark)
            ) as photos,
        ):
            total = len(plan.photos) + len(plan.videos)
            task = progress.add_task("Colouring", total=total, rate="")
            videos = colorize_videos(colorizer, plan.videos, VideoProgress(progress))
            planned = (*plan.photos, *plan.videos)
            for each, result in zip(planned, itertools.chain(photos, videos), strict=True):
                report.add(result)
                if result.status == MADE:
                    journal.add(each, _describe_settings(each, options))
                if result.status == FAILED:
                    print_error(result.reason)
                rate = report.gone_through / (time.perf_counter() - start)
                progress.update(task, advance=1, rate=f"{rate:.1f}/s")
        report.is_complete = True
    finally:
        seconds = time.perf_counter() - start
        console.print(escape(report.summary(seconds)), highlight=False, soft_wrap=True)
        if options.report:
            report.write(options.report, seconds)
    return 1 if report.counts[FAILED] else 0


def _with_journal(plan, journal, options):
    """Finds out which results are made already, and names apart those of other photographs."""
    from colorkit.batch.journal import apply_journal

    photos, videos = (
        apply_journal(
            planned,
            journal,
            lambda each: _describe_settings(each, options),
            overwrite=options.overwrite,
            may_rename=not plan.names_file,
        )
        for planned in (plan.photos, plan.videos)
    )
    renamed = [
        (before.output, after.output)
        for before, after in zip((*plan.photos, *plan.videos), (*photos, *videos), strict=True)
        if before.output != after.output
    ]
    if renamed:
        before, after = renamed[0]
        print_error(
            f"{len(renamed)} of the results get other names, since {plan.folder} has results "
            f"of other photographs under theirs: {before.name} becomes {after.name}"
            f"{' and so on' if len(renamed) > 1 else ''}."
        )
    return dataclasses.replace(plan, photos=photos, videos=tuple(videos))


def _describe_settings(planned, options):
    from colorkit.batch.journal import describe_settings

    chosen = {key: getattr(options, key) for key in ("size", "style", "saturation")}
    return describe_settings(planned, options.model, **chosen)


def _with_hints(plan, options):
    """Gives the photographs their hints."""
    from colorkit.batch.hint_files import assign_hints, collect_hints

    if plan.videos:
        options.parser.error("--hint and --hints are for photographs, not for videos")
    hints = collect_hints(options.hint, options.hints)
    return dataclasses.replace(plan, photos=assign_hints(plan.photos, hints))
