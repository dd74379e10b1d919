"""Plans the output file of each photograph or video, and which results exist already."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from colorkit.batch.pages import kind_of_file, split_pages
from colorkit.io.find import FoundFiles, FoundPhoto, find_photos
from colorkit.io.photo import (
    FORMAT_OF_SUFFIX,
    SUFFIX_OF_FORMAT,
    find_format,
    find_result_format,
)
from colorkit.io.result_names import name_results
from colorkit.io.sample_photos import write_gray_samples
from colorkit.io.signatures import (
    RAW_SUFFIXES,
    SUFFIXES_READ,
    describe_other_kind,
)
from colorkit.typing import StrPath
from colorkit.video.formats import VIDEO_SUFFIXES, is_video
from colorkit.video.muxer import CONTAINER_OF_SUFFIX, find_container

if TYPE_CHECKING:
    from colorkit.inference.hints import Hint

_FILE_SUFFIXES = {*SUFFIXES_READ, *RAW_SUFFIXES, ".jxl", ".svg", ".pdf", ".bak", ".zip", ".tar"}
_FILE_SUFFIX = re.compile(r"\.[a-z][a-z0-9_]{0,5}")  # what other files' names end in


@dataclass(frozen=True)
class PlannedPhoto:
    """A photograph or video and its output file.

    Args:
        source: Path of the photograph or video.
        output: Path of the result.
        is_made: Whether the result exists already and is not overwritten.
        hints: Tuple of `colorkit.Hint`s for the photograph.
        page: Number of the page of a TIFF of several, from 0; `None` for others.
        variant: Number of the variant, from 0; `None` where there are no others.
    """

    source: Path
    output: Path
    is_made: bool = False
    hints: tuple[Hint, ...] = ()
    page: int | None = None
    variant: int | None = None


@dataclass(frozen=True)
class OutputPlan:
    """The plan of one call of `colorkit colorize`.

    Args:
        photos: List of `PlannedPhoto`, no two with the same output.
        failed: Dict from inputs that mean no photograph, and from entries of folders that cannot be
            looked at, to the reasons.
        videos: Tuple of `PlannedPhoto`, likewise.
        passed_over: Dict from entries of folders that are no photographs to what they are.
        folder: Folder of the results.
        names_file: Whether the output was given as a file rather than a folder.
    """

    photos: list[PlannedPhoto]
    failed: dict[str, str]
    videos: tuple[PlannedPhoto, ...] = ()
    passed_over: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()
    names_file: bool = False

    @property
    def is_made(self) -> bool:
        """Whether every result exists already."""
        return all(planned.is_made for planned in (*self.photos, *self.videos))


def plan_outputs(
    inputs: Sequence[StrPath],
    out: StrPath,
    *,
    file_format: str | None = None,
    overwrite: bool = False,
    exclude: Iterable[str] = (),
    page: int | None = None,
    ending: str = "",
) -> OutputPlan:
    """Finds photographs and videos and decides where each one's result goes.

    Results lie below the folder `out` as the photographs lie below their inputs. For a single
    photograph or video, `out` may also be the result's file, which its suffix tells. Photographs of
    formats that colorkit does not write become PNG, HEIC becomes JPEG. Videos of other containers
    than `CONTAINER_OF_SUFFIX` become `.mkv`, which holds any sound.

    Args:
        inputs: Files, folders or globs.
        out: Path of a folder, or of a file.
        file_format: Format of all photographs' results, such as `"png"`; `None` to keep each
            one's own.
        overwrite: Whether results that exist are made anew.
        exclude: Patterns of files and folders to pass over, as
            `colorkit.io.passed_over.find_exclusion` takes them.
        page: Number of the only page to colour, from 1, of each TIFF of several; `None` for all,
            whose results end in `_p1` and so on.
        ending: Text appended to the names of the results in a folder, such as "_color".

    Returns:
        An `OutputPlan`.

    Raises:
        PhotoError: If no input has photographs, or `file_format` is unknown.
        ValueError: If a result would replace one of the photographs, or `out` does not fit.

    Example:
        >>> plan_outputs(["album/cat.jpg"], "out", file_format="png").photos[0]
        PlannedPhoto(source=PosixPath('album/cat.jpg'), output=PosixPath('out/cat.png'), ...)
    """
    is_folder = str(out).endswith(("/", os.sep))
    out = Path(out)
    suffix = None if file_format is None else "." + file_format.lower().lstrip(".")
    if suffix is not None:
        find_format(out, suffix)
    if out.is_dir() and any(os.path.realpath(given) == os.path.realpath(out) for given in inputs):
        raise ValueError(
            f"Expected -o to name another folder than the photographs'. Received: {out} for both"
        )
    files = _find(inputs, out, exclude)
    found = files.photos
    photos = [each for each in found if not is_video(each.path)]
    videos = [each for each in found if is_video(each.path)]
    names_file = _is_file_name(out) and not is_folder
    if names_file:
        outputs = [_check_single_file(found, out, suffix)]
    else:
        if out.exists() and not out.is_dir():
            raise ValueError(
                f"Expected -o to name a folder, or a file that ends in "
                f"{', '.join((*FORMAT_OF_SUFFIX, *CONTAINER_OF_SUFFIX))}. Received: the file {out}"
            )
        if not is_folder:
            _check_folder_name(out, is_one_file=len(inputs) == 1 and os.path.isfile(inputs[0]))
        outputs = name_results(photos, out, lambda path: suffix or find_suffix(path))
        outputs += _name_videos(videos, out)
        outputs = [path.with_name(f"{path.stem}{ending}{path.suffix}") for path in outputs]
    _check_photographs_stay(found, outputs)
    planned = [
        PlannedPhoto(each.path, output)
        for each, output in zip(photos + videos, outputs, strict=True)
    ]
    pictures = split_pages(planned[: len(photos)], page)
    pictures, films = (
        [replace(each, is_made=not overwrite and os.path.isfile(each.output)) for each in several]
        for several in (pictures, planned[len(photos) :])
    )
    _check_photographs_stay(found, [each.output for each in pictures])
    folder = out.parent if names_file else out
    return OutputPlan(pictures, files.failed, tuple(films), files.passed_over, folder, names_file)


def check_report(path: StrPath, plan: OutputPlan) -> None:
    """Checks that the report takes the place of no photograph and no result.

    Args:
        path: Path of the report.
        plan: `OutputPlan`.

    Raises:
        ValueError: If it does.
    """
    taken = [
        each for photo in (*plan.photos, *plan.videos) for each in (photo.source, photo.output)
    ]
    if os.path.realpath(path) in map(os.path.realpath, taken):
        raise ValueError(
            f"Expected --report to name a file of its own. Received: {path}, a photograph or a "
            "result, which the report would replace. Give another name."
        )


def describe_plan(plan: OutputPlan) -> list[str]:
    """Says what would become of each file.

    Args:
        plan: `OutputPlan`.

    Returns:
        List of lines, one for each file.

    Example:
        >>> for line in describe_plan(plan_outputs(["album"], "out")):
        ...     print(line)
        album/1950/beach.jpg -> out/1950/beach.jpg
        album/cat.jpg -> out/cat.jpg
        album/@eaDir: passed over, a NAS' thumbnails
        album/list.pdf: passed over, a PDF document
    """
    lines = [
        f"{planned.source}: made already, {planned.output}"
        if planned.is_made
        else f"{planned.source} -> {planned.output}"
        for planned in (*plan.photos, *plan.videos)
    ]
    lines += [f"{path}: passed over, {reason}" for path, reason in plan.passed_over.items()]
    return lines + [f"{path}: failed, {reason}" for path, reason in plan.failed.items()]


def plan_samples(
    out: StrPath, *, file_format: str | None = None, overwrite: bool = False
) -> OutputPlan:
    """Writes the sample photographs in gray and chooses their output files, all in `out`.

    Args:
        out: Path of a folder.
        file_format: Format of the results; `None` for PNG.
        overwrite: Whether existing results are overwritten.

    Returns:
        An `OutputPlan`: `astronaut_gray.png` is coloured as `astronaut_color.png`, and so on.

    Raises:
        PhotoError: If a sample cannot be written, or `file_format` is unknown.
        ValueError: If `out` is a file.
    """
    out = Path(out)
    suffix = "." + (file_format or "png").lower().lstrip(".")
    find_format(out, suffix)
    if _is_file_name(out) or (out.exists() and not out.is_dir()):
        raise ValueError(f"Expected -o to name a folder for the samples. Received: the file {out}")
    photos = []
    for source in write_gray_samples(out):
        output = source.with_name(source.name.replace("_gray.png", f"_color{suffix}"))
        photos.append(PlannedPhoto(source, output, not overwrite and os.path.isfile(output)))
    return OutputPlan(photos, {}, folder=out)


def _find(inputs: Sequence[StrPath], out: Path, exclude: Iterable[str]) -> FoundFiles:
    skip = None if _lies_in(inputs, out) else out
    return find_photos(inputs, skip, describe=_describe, exclude=exclude)


def _describe(path: StrPath) -> str | None:
    """Says what a file is that is neither a photograph nor a video; `None` of those."""
    return None if Path(path).suffix.lower() in VIDEO_SUFFIXES else describe_other_kind(path)


def find_suffix(path: Path) -> str | None:
    """Finds the suffix of a result whose photograph has none that colorkit writes.

    Args:
        path: Path of the photograph, which is opened where its own suffix does not tell.

    Returns:
        Suffix such as `".png"`, or `None` to keep the photograph's own.
    """
    if path.suffix.lower() in FORMAT_OF_SUFFIX:
        return None
    kind = kind_of_file(path)
    return None if kind is None else SUFFIX_OF_FORMAT[find_result_format(kind)]


def _name_videos(videos: Sequence[FoundPhoto], folder: Path) -> list[Path]:
    """Names results after their videos, in a supported container."""
    results = name_results(videos, folder)
    kept = {str(path).lower() for path in results if path.suffix.lower() in CONTAINER_OF_SUFFIX}
    for n, path in enumerate(results):
        if path.suffix.lower() not in CONTAINER_OF_SUFFIX:
            short = path.with_suffix(".mkv")
            results[n] = path.with_name(path.name + ".mkv") if str(short).lower() in kept else short
            kept.add(str(results[n]).lower())
    return results


def _lies_in(inputs: Sequence[StrPath], folder: Path) -> bool:
    """Returns whether an input names files directly in a folder, which then must not be skipped."""
    return any(os.path.dirname(os.path.abspath(path)) == os.path.abspath(folder) for path in inputs)


def _is_file_name(out: Path) -> bool:
    return out.suffix.lower() in (*FORMAT_OF_SUFFIX, *VIDEO_SUFFIXES) and not out.is_dir()


def _check_folder_name(out: Path, is_one_file: bool) -> None:
    """Refuses what is meant as a file's name, of a format that colorkit does not write."""
    suffix = out.suffix.lower()
    looks_like_file = suffix in _FILE_SUFFIXES or is_one_file and _FILE_SUFFIX.fullmatch(suffix)
    if looks_like_file and not out.is_dir():
        raise ValueError(
            f"Expected -o to name a photograph that ends in {', '.join(FORMAT_OF_SUFFIX)}, or a "
            f"folder. Received: {out}. Choose one of these endings, or write {out}/ for a folder."
        )


def _check_single_file(found: list[FoundPhoto], out: Path, suffix: str | None) -> Path:
    if len(found) != 1:
        raise ValueError(
            f"Expected -o to name a folder, since there are {len(found)} photographs. "
            f"Received: the file {out}"
        )
    if is_video(found[0].path):
        find_container(out)
        return out
    if out.suffix.lower() not in FORMAT_OF_SUFFIX:
        raise ValueError(
            f"Expected -o to name a photograph, since {found[0].path} is one, with a name that "
            f"ends in {', '.join(FORMAT_OF_SUFFIX)}. Received: {out}"
        )
    if suffix is not None and find_format(out) != find_format(out, suffix):
        raise ValueError(
            f"Expected --format and the name after -o to agree; leave --format out. "
            f"Received: {suffix[1:]} and {out}"
        )
    return out


def _check_photographs_stay(found: Iterable[FoundPhoto], outputs: Iterable[Path]) -> None:
    sources = {_identity(photo.path) for photo in found} - {None}
    for output in outputs:
        if _identity(output) in sources:
            raise ValueError(
                f"{output} is one of the photographs, and its result would replace it. "
                "Give another folder after -o."
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:  # Reading or writing it will tell.
        return None
    return status.st_dev, status.st_ino
