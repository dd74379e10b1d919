"""Builds a data set: photographs in, pairs of gray and colour in three splits out.

Results are stored in a database, from which a stopped build resumes and gives the
same bytes.
"""

import dataclasses
import functools
import hashlib
import itertools
import posixpath
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import imagehash
import numpy as np
import PIL

import colorkit
from colorkit.choices import DATASET_FORMATS, FITS, FOLDERS, SPLITS
from colorkit.data.build_checks import (
    check_apart,
    check_choice,
    check_empty,
    check_photos,
    check_positive,
    check_same,
    check_split,
)
from colorkit.data.build_database import BuildDatabase
from colorkit.data.build_pair import prepare_photo
from colorkit.data.build_workers import BuildEngine, Members, Threads
from colorkit.data.filters import DROP_REASONS, GRAY_SPREAD, NEAR_DUPLICATE, TONED_CHROMA
from colorkit.data.folder_writer import FolderOutput
from colorkit.data.manifest import DESCRIPTION, MANIFEST, describe_dataset, write_manifest
from colorkit.data.near_duplicates import LARGEST_DISTANCE
from colorkit.data.paired_folders import find_paired_folders, is_gray_half
from colorkit.data.split import SPLIT_SHARES, split_photos
from colorkit.data.summary import draw_ab_histogram, draw_contact_sheet
from colorkit.data.tfrecord_writer import TfRecordOutput
from colorkit.typing import StrPath

OUTPUTS: dict[str, type[FolderOutput | TfRecordOutput]] = dict(
    zip(DATASET_FORMATS, (FolderOutput, TfRecordOutput), strict=True)
)
"""Output formats of a data set."""


CONTACT_SHEET, HISTOGRAM = "contact_sheet.png", "ab_histogram.png"

_WORK_FOLDER = ".building"
_SAMPLED = 500  # pairs of each split, for contact sheet and histogram


@dataclasses.dataclass(frozen=True)
class BuildReport:
    """Counts of kept and dropped photographs.

    Attributes:
        out: Folder of the data set.
        kept: Dict from "train", "validation" and "test" to numbers of pairs.
        dropped: Dict from `colorkit.data.filters.DROP_REASONS` to numbers of photographs.
        seconds: How long this call took.
        was_built: Whether the complete data set existed already.
    """

    out: str
    kept: dict[str, int]
    dropped: dict[str, int]
    seconds: float
    was_built: bool = False

    @property
    def photos(self) -> int:
        """Number of photographs in the source."""
        return sum(self.kept.values()) + sum(self.dropped.values())

    def summary(self) -> str:
        """Returns one or two sentences about the build.

        Example:
            >>> build_dataset("photos", "dataset", size=64).summary()
            'Kept 10 of 10 photographs in ... s (... a second). dataset/manifest.csv lists ...'
        """
        if self.was_built:
            return f"{self.out} holds this data set already."
        kept = sum(self.kept.values())
        rate = self.photos / max(self.seconds, 1e-9)
        manifest = posixpath.join(self.out, MANIFEST)
        return (
            f"Kept {kept:,} of {self.photos:,} photographs in {self.seconds:.1f} s "
            f"({rate:.1f} a second). {manifest} lists every one."
        )


def build_dataset(
    source: StrPath,
    out: StrPath,
    *,
    size: int = 512,
    fit: str = "crop",
    split: Sequence[float] | str = (80, 10, 10),
    seed: int = 0,
    output_format: str = "folder",
    min_side: int | None = None,
    workers: int | None = None,
    engine: BuildEngine | None = None,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> BuildReport:
    """Builds a data set of square pairs, gray and colour, from photographs.

    Photographs that are unreadable, gray or nearly so, too small, or near-duplicates of a larger
    one, in whichever split it is, are dropped; manifest.csv lists every photograph with its split
    or the drop reason. The same photographs and settings give the same bytes,
    whatever the number of workers, also if the call was stopped and repeated. OUT also
    receives a contact sheet and a histogram of colours.

    Args:
        source: Path of a folder (to any depth, archives in it too), a tar (plain or compressed)
            or a zip.
        out: Folder of the data set, new or empty; for "tfrecord" also a URL such as `gs://…`.
        size: Side of the pictures, in pixels.
        fit: How a photograph becomes a square: "crop", "squash" or "pad"; see
            `colorkit.data.resize_square`.
        split: Three percentages: train, validation, test; or "folders", to leave each photograph in
            the split after which a folder above it is named, in the source.
        seed: Integer that fixes the split.
        output_format: "folder" (`OUT/train/gray/`, `OUT/train/color/`, …, as PNG) or "tfrecord".
        min_side: Minimum shorter side of a photograph in pixels; `size` if `None`, so that none is
            enlarged.
        workers: Number of threads; `None` for one per core.
        engine: `colorkit.data.build_workers.BuildEngine` in place of threads of this machine, as
            `colorkit.cluster.build_on_cluster` gives.
        on_progress: Function called as `on_progress(stage, done, total)`.

    Returns:
        A `BuildReport`.

    Raises:
        ValueError: If a setting is wrong, or `out` holds something else.
        PhotoError: If the source is missing or has no photographs.
        OSError: If something cannot be written.

    Example:
        >>> build_dataset("photos", "dataset", size=64).kept
        {'train': 8, 'validation': 1, 'test': 1}
    """
    start = time.perf_counter()
    settings: dict[str, Any] = {
        "size": check_positive("size", size),
        "fit": check_choice("fit", fit, FITS),
        "split": check_split(split),
        "seed": int(seed),
        "format": check_choice("output_format", output_format, OUTPUTS),
        "min_side": size if min_side is None else check_positive("min_side", min_side),
        "gray_spread": GRAY_SPREAD,
        "toned_chroma": TONED_CHROMA,
        "near_duplicate_bits": LARGEST_DISTANCE,
    }
    on_progress = on_progress or (lambda stage, done, total: None)
    check_apart(source, out)
    engine = engine or Threads(workers)
    work = _find_work_folder(out)
    output = OUTPUTS[output_format](out, work / "pairs")
    members = _without_gray_halves(engine.list_members(source, out))
    check_photos(members, source)
    if isinstance(split, str):
        for member in members():
            if not member.refusal:
                _find_split(member.name)
    description = output.read_description()
    if description is not None:
        check_same(description, settings, members, out)
        shutil.rmtree(work, ignore_errors=True)
        return _report(out, description["counts"], start, was_built=True)
    check_empty(output, work, out)

    (work / "pairs").mkdir(parents=True, exist_ok=True)
    with BuildDatabase(work / "findings.sqlite", settings) as database:
        if not database.has_splits:
            prepare = functools.partial(
                prepare_photo,
                folder=work / "pairs",
                **{key: settings[key] for key in ("size", "fit", "min_side")},
            )
            engine.prepare_all(members, database, prepare, work / "pairs", on_progress)
            database.drop(engine.find_duplicates(database), NEAR_DUPLICATE, "of ")
            _assign_splits(database, split, seed)
        counts = _finish(database, output, work, settings, on_progress)
    shutil.rmtree(work)
    return _report(out, counts, start)


def _assign_splits(database: BuildDatabase, split: Sequence[float] | str, seed: int) -> None:
    if isinstance(split, str):
        by_folder: dict[str, list[int]] = {part: [] for part in SPLITS}
        for number, source in database.kept_sources():
            by_folder[_find_split(source)].append(number)
        database.assign_splits(by_folder)
        return
    ids, files = database.kept_files()
    shares = split_photos(files, seed, split)
    database.assign_splits({part: ids[positions] for part, positions in shares.items()})


def _find_split(name: str) -> str:
    """Returns the split after which the first such folder above a photograph is named."""
    for folder in name.split("/")[:-1]:
        if folder in SPLITS:
            return folder
    raise ValueError(
        f"Expected each photograph in a folder {', '.join(SPLITS[:-1])} or {SPLITS[-1]}, since "
        f"`split` is {FOLDERS!r}. Received: {name}. Move it into one, or give percentages."
    )


def _finish(
    database: BuildDatabase,
    output: FolderOutput | TfRecordOutput,
    work: Path,
    settings: Mapping[str, Any],
    on_progress: Callable[[str, int, int], None],
) -> dict[str, dict[str, int]]:
    """Places the pairs, writes manifest, description and plots, and returns the counts."""
    kept, dropped = database.counts()
    counts = {
        "kept": {part: kept.get(part, 0) for part in SPLIT_SHARES},
        "dropped": {reason: dropped.get(reason, 0) for reason in DROP_REASONS},
    }
    total = sum(kept.values())
    placed = itertools.count(1)
    for part in SPLIT_SHARES:
        output.place(part, database, lambda: on_progress("Placing pairs", next(placed), total))

    manifest_sha256 = write_manifest(work / MANIFEST, database)
    versions = {
        "colorkit": colorkit.__version__,
        "ImageHash": imagehash.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "pillow": PIL.__version__,
    }
    description = describe_dataset(settings, counts, manifest_sha256, versions)
    (work / DESCRIPTION).write_text(description, encoding="utf-8")
    files = [MANIFEST, DESCRIPTION]
    if total:
        samples = {
            part: list(itertools.islice(database.kept(part), _SAMPLED)) for part in SPLIT_SHARES
        }
        draw_contact_sheet(work / CONTACT_SHEET, samples, counts["kept"], output.find_picture)
        draw_ab_histogram(work / HISTOGRAM, samples, counts["kept"], output.find_picture)
        files = [CONTACT_SHEET, HISTOGRAM, *files]
    for name in files:  # The description last: it marks the data set as complete.
        output.add_file(work / name)
    return counts


def _report(
    out: StrPath, counts: Mapping[str, dict[str, int]], start: float, was_built: bool = False
) -> BuildReport:
    seconds = time.perf_counter() - start
    return BuildReport(str(out), counts["kept"], counts["dropped"], seconds, was_built)


def _without_gray_halves(members: Members) -> Members:
    """Returns `members` without the gray pictures of the report's pairs."""
    paired_folders = find_paired_folders(member.name for member in members())
    if not paired_folders:
        return members
    return lambda: (member for member in members() if not is_gray_half(member.name, paired_folders))


def _find_work_folder(out: StrPath) -> Path:
    """Returns the folder of a build's temporary files: in OUT, or for a URL in the temp folder."""
    if "://" not in str(out):
        return Path(out) / _WORK_FOLDER
    key = hashlib.sha256(str(out).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"colorkit-dataset-{key}"
