"""Builds a data set: photographs in, pairs of gray and colour in three splits out.

One thread reads; one per core decodes, checks, shrinks and encodes; a short queue between them
bounds memory. Results are stored in a database, from which a stopped build resumes and gives the
same bytes.
"""

import collections
import dataclasses
import functools
import hashlib
import itertools
import os
import posixpath
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import imagehash
import numpy as np
import PIL

import colorkit
from colorkit.choices import DATASET_FORMATS, FITS, FOLDERS, SPLITS
from colorkit.data.archives import iterate_members
from colorkit.data.build_database import BuildDatabase
from colorkit.data.build_pair import KINDS, prepare_photo, record_refused, record_unreadable
from colorkit.data.filters import DROP_REASONS, GRAY_SPREAD, NEAR_DUPLICATE, TONED_CHROMA
from colorkit.data.folder_writer import FolderOutput
from colorkit.data.manifest import DESCRIPTION, MANIFEST, describe_dataset, write_manifest
from colorkit.data.near_duplicates import LARGEST_DISTANCE, find_originals
from colorkit.data.paired_folders import find_paired_folders, is_gray_half
from colorkit.data.source import SPLIT_SHARES, check_shares, split_photos
from colorkit.data.summary import draw_ab_histogram, draw_contact_sheet
from colorkit.data.tfrecord_writer import TfRecordOutput
from colorkit.io.photo import FORMAT_OF_SUFFIX, PhotoError

OUTPUTS = dict(zip(DATASET_FORMATS, (FolderOutput, TfRecordOutput), strict=True))
"""Output formats of a data set."""

CONTACT_SHEET, HISTOGRAM = "contact_sheet.png", "ab_histogram.png"

_WORK_FOLDER = ".building"
_QUEUED_PER_WORKER = 2
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
    kept: dict
    dropped: dict
    seconds: float
    was_built: bool = False

    @property
    def photos(self):
        """Number of photographs in the source."""
        return sum(self.kept.values()) + sum(self.dropped.values())

    def summary(self):
        """Returns one or two sentences about the build.

        Example:
            >>> report.summary()
            'Kept 3,164 of 3,177 photographs in 20.1 s (158.1 a second). dataset/manifest.csv ...'
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
    source,
    out,
    *,
    size=512,
    fit="crop",
    split=(80, 10, 10),
    seed=0,
    output_format="folder",
    min_side=None,
    workers=None,
    on_progress=None,
):
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
        on_progress: Function called as `on_progress(stage, done, total)`.

    Returns:
        A `BuildReport`.

    Raises:
        ValueError: If a setting is wrong, or `out` holds something else.
        PhotoError: If the source is missing or has no photographs.
        OSError: If something cannot be written.

    Example:
        >>> build_dataset("photos", "dataset", size=256).kept
        {'train': 2880, 'validation': 360, 'test': 360}
    """
    start = time.perf_counter()
    settings = {
        "size": _check_positive("size", size),
        "fit": _check_choice("fit", fit, FITS),
        "split": split if split == FOLDERS else list(check_shares(split)),
        "seed": int(seed),
        "format": _check_choice("output_format", output_format, OUTPUTS),
        "min_side": size if min_side is None else _check_positive("min_side", min_side),
        "gray_spread": GRAY_SPREAD,
        "toned_chroma": TONED_CHROMA,
        "near_duplicate_bits": LARGEST_DISTANCE,
    }
    on_progress = on_progress or (lambda stage, done, total: None)
    _check_apart(source, out)
    work = _find_work_folder(out)
    output = OUTPUTS[output_format](out, work / "pairs")
    members = _without_gray_halves(functools.partial(iterate_members, source, skip=out))
    _check_photos(members, source)
    if split == FOLDERS:
        for member in members():
            if not member.refusal:
                _find_split(member.name)
    description = output.read_description()
    if description is not None:
        _check_same(description, settings, members, out)
        shutil.rmtree(work, ignore_errors=True)
        return _report(out, description["counts"], start, was_built=True)
    _check_empty(output, work, out)

    (work / "pairs").mkdir(parents=True, exist_ok=True)
    with BuildDatabase(work / "findings.sqlite", settings) as database:
        if not database.has_splits:
            prepare = functools.partial(
                prepare_photo,
                folder=work / "pairs",
                **{key: settings[key] for key in ("size", "fit", "min_side")},
            )
            workers = workers or os.cpu_count() or 1
            _prepare_all(members, database, prepare, work / "pairs", workers, on_progress)
            _drop_near_duplicates(database)
            _assign_splits(database, split, seed)
        counts = _finish(database, output, work, settings, on_progress)
    shutil.rmtree(work)
    return _report(out, counts, start)


def _prepare_all(members, database, prepare, pairs, workers, on_progress):
    """Prepares every photograph of the source that is not in the database yet."""
    total = sum(1 for _ in members())
    waiting = collections.deque()

    def add_first():
        future, *key = waiting.popleft()
        database.add(future.result(), *key)

    pool = ThreadPoolExecutor(workers, "prepare")
    try:
        for number, member in enumerate(members(), start=1):
            copy, known = database.look_up(member)
            if known is None or not _is_there(known, pairs):
                waiting.append((_start(member, prepare, pool), copy, member.stamp))
            if len(waiting) > _QUEUED_PER_WORKER * workers:
                add_first()
            on_progress("Preparing photographs", number - len(waiting), total)
        while waiting:
            add_first()
            on_progress("Preparing photographs", total - len(waiting), total)
    finally:
        pool.shutdown(cancel_futures=True)
    database.forget_missing()


def _start(member, prepare, pool):
    """Reads a member, in this thread, and returns the future of its `PhotoRecord`."""
    if member.refusal:
        return pool.submit(record_refused, member)
    try:
        data = member.read()
    except Exception as error:  # Archives fail in many ways: checksums, passwords, truncation.
        return pool.submit(record_unreadable, member, error)
    return pool.submit(prepare, member, data)


def _is_there(record, pairs):
    return record.drop_reason or all((pairs / kind / record.file).exists() for kind in KINDS)


def _drop_near_duplicates(database):
    ids, hashes, mirrored = database.hashes()
    originals = find_originals(hashes, mirrored)
    (dropped,) = np.nonzero(originals >= 0)
    database.drop(ids[dropped], ids[originals[dropped]], NEAR_DUPLICATE, "of ")


def _assign_splits(database, split, seed):
    if split == FOLDERS:
        parts = {part: [] for part in SPLITS}
        for number, source in database.kept_sources():
            parts[_find_split(source)].append(number)
    else:
        ids, files = database.kept_files()
        shares = split_photos(files, seed, split)
        parts = {part: ids[positions] for part, positions in shares.items()}
    database.assign_splits(parts)


def _find_split(name):
    """Returns the split after which the first such folder above a photograph is named."""
    for folder in name.split("/")[:-1]:
        if folder in SPLITS:
            return folder
    raise ValueError(
        f"Expected each photograph in a folder {', '.join(SPLITS[:-1])} or {SPLITS[-1]}, since "
        f"`split` is {FOLDERS!r}. Received: {name}. Move it into one, or give percentages."
    )


def _finish(database, output, work, settings, on_progress):
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


def _report(out, counts, start, was_built=False):
    seconds = time.perf_counter() - start
    return BuildReport(str(out), counts["kept"], counts["dropped"], seconds, was_built)


def _check_positive(name, value):
    if int(value) != value or value < 1:
        raise ValueError(f"`{name}` must be a whole number above 0. Received: {value!r}")
    return int(value)


def _check_choice(name, value, choices):
    if value not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(choices)}. Received: {value!r}")
    return value


def _check_apart(source, out):
    if os.path.exists(out) and os.path.realpath(source) == os.path.realpath(out):
        raise ValueError(f"Expected another folder for the data set. Received: {out} for both")


def _without_gray_halves(members):
    """Returns `members` without the gray pictures of the report's pairs."""
    paired_folders = find_paired_folders(member.name for member in members())
    if not paired_folders:
        return members
    return lambda: (member for member in members() if not is_gray_half(member.name, paired_folders))


def _check_photos(members, source):
    if next(members(), None) is None:
        raise PhotoError(
            f"Expected photographs: files that end in {', '.join(FORMAT_OF_SUFFIX)}. "
            f"Received: {source}, which has none. Check the path."
        )


def _check_empty(output, work, out):
    names = [name for name in output.list_files() if not name.startswith(".")]
    if names and not work.exists():
        raise ValueError(
            f"Expected a new or empty folder for the data set. Received: {out}, which holds "
            f"{', '.join(sorted(names)[:3])}"
        )


def _check_same(description, settings, members, out):
    """Checks that an existing data set has these settings."""
    earlier = description["settings"]
    changed = [key for key in settings if earlier.get(key) != settings[key]]
    known = sum(sum(counts.values()) for counts in description["counts"].values())
    if sum(1 for _ in members()) != known:
        changed.append("number of photographs")
    if changed:
        raise ValueError(
            f"{out} holds a data set with another {' and '.join(changed)}. "
            "Give another folder, or remove that one."
        )


def _find_work_folder(out):
    """Returns the folder of a build's temporary files: in OUT, or for a URL in the temp folder."""
    if "://" not in str(out):
        return Path(out) / _WORK_FOLDER
    key = hashlib.sha256(str(out).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"colorkit-dataset-{key}"
