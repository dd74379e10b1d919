"""Downloads lists of URLs, up to millions, with img2dataset."""

import collections
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colorkit.choices import DISTRIBUTORS
from colorkit.data.fetch.http import FetchError
from colorkit.data.fetch.url_list import (
    TEXT_FORMATS,
    find_list_format,
    write_url_list,
)
from colorkit.io.atomic_write import replace_when_whole
from colorkit.io.checksum import digest_file
from colorkit.io.folder_lock import hold_folder
from colorkit.io.state_files import parse_object
from colorkit.typing import StrPath

PER_SHARD = 1000
"""URLs per shard, the unit by which a killed run resumes."""

_LIST_FOLDER = "list"  # apart, since img2dataset reads each .json beside its shards
_THREADS = 32  # for each process
_TIMEOUT = 30  # seconds
_RETRIES = 3
_JPEG_QUALITY = 95
_SECONDS_TO_END = 10
_HAS_GROUPS = os.name == "posix"


@dataclass
class UrlReport:
    """Results by URL, over all runs into the folder.

    Attributes:
        stored: Number of photographs that the folder holds.
        failed: `collections.Counter` of the failed URLs, by error.
    """

    stored: int = 0
    failed: collections.Counter[str] = field(default_factory=collections.Counter)


def fetch_urls(
    urls: StrPath,
    out: StrPath,
    size: int | None = 1024,
    url_column: str = "url",
    keep: Sequence[str] = (),
    tars: bool = False,
    distributor: str = "multiprocessing",
    allow_private: bool = False,
) -> UrlReport:
    """Fetches the photographs of a list of addresses with img2dataset.

    img2dataset checks that each is a complete picture, shrinks it, and writes shards of `PER_SHARD`
    with a Parquet file of the result for each URL. Pictures that their server gives
    with `X-Robots-Tag: noai` or `noindex` are skipped. A stopped run is resumed by the
    same call, which fetches the unfinished shards.

    Args:
        urls: Path of the list: `.txt` with one address a line, `.csv`, `.tsv`, `.parquet`,
            `.json` or `.jsonl` with a column of them.
        out: Path of the folder; Input of `train`, `evaluate` and `dataset build`. With several
            machines, all of them must reach it by this path.
        size: Pixels of the shorter side. Smaller photographs are not resized. `None` stores the
            original files, neither checked nor shrunk, with their orientation and colour profile,
            which img2dataset drops where it shrinks.
        url_column: Name of the column of the addresses.
        keep: Names of further columns, such as the photographer, to copy to the Parquet files.
        tars: Bool, whether to write a `.tar` for each shard in place of a folder; better for
            millions of photographs.
        distributor: "multiprocessing" for all cores of this machine; "pyspark" or "ray" for the
            cluster that Spark's or Ray's own settings name.
        allow_private: Bool, whether addresses of this machine and of private networks are fetched,
            and those of files. Refusing them needs colorkit on all machines of a cluster.

    Returns:
        `UrlReport`.

    Raises:
        ImportError: If img2dataset or what the distributor needs is not installed.
        ValueError: If the list cannot be used, `out` belongs to another list or other options, or
            another process fetches into it.
        FetchError: If img2dataset stops early.

    Example:
        >>> fetch_urls("photos.tsv000", "photos", url_column="photo_image_url", tars=True).stored
        24871
    """
    check_packages(distributor)
    out = Path(out).absolute()
    urls = Path(urls).absolute()
    options = _describe(urls, out, size, url_column, keep, tars)
    with hold_folder(out):
        _check_same_options(out, {"list_sha256": digest_file(urls), **options})
        options["url_list"] = str(urls)
        if options["input_format"] == "csv":
            options["url_list"] = str(out / _LIST_FOLDER / "urls.csv")
            write_url_list(urls, options["url_list"], url_column, keep)
            options["url_col"] = "url"
        options |= {
            "distributor": distributor,
            "processes_count": os.cpu_count(),
            "thread_count": _THREADS,
            "timeout": _TIMEOUT,
            "retries": _RETRIES,
            "allow_private": allow_private,
        }
        command = [sys.executable, "-m", "colorkit.data.fetch.url_worker", json.dumps(options)]
        environment = {
            # Otherwise Spark's workers use the first python3 of PATH.
            "PYSPARK_PYTHON": sys.executable,
            **os.environ,
            # Albumentations, which img2dataset uses, would check for updates in each process.
            "NO_ALBUMENTATIONS_UPDATE": "1",
        }
        code = run_to_its_end(command, environment)
        if code:
            raise FetchError(
                f"img2dataset stopped with exit code {code}; what it says stands above. "
                "The same command resumes from here."
            )
        return _read_report(out)


def run_to_its_end(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a process and returns its exit code; all that it started ends where this is stopped.

    Its standard input ends with this process, so that it learns of a kill.
    """
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, start_new_session=_HAS_GROUPS
    ) as process:
        try:
            return process.wait()
        except BaseException:
            _signal_group(process, "SIGTERM")
            try:
                process.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                _signal_group(process, "SIGKILL")
                process.wait()
            raise


def _signal_group(process: subprocess.Popen[bytes], name: str) -> None:
    if not _HAS_GROUPS:
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, getattr(signal, name))


def check_packages(distributor: str) -> None:
    """Checks that img2dataset and the package of a distributor are installed."""
    if distributor not in DISTRIBUTORS:
        raise ValueError(
            f"`distributor` must be one of {', '.join(DISTRIBUTORS)}. Received: {distributor!r}"
        )
    for package in ("img2dataset", distributor):
        if importlib.util.find_spec(package) is None:
            raise ImportError(
                f"A list of addresses is fetched by {package}, which is not installed. "
                f"Install it with: pip install {package}"
            )


def _describe(
    urls: Path, out: Path, size: int | None, url_column: str, keep: Iterable[str], tars: bool
) -> dict[str, Any]:
    """Returns the arguments of img2dataset that must stay as they are from run to run."""
    if not urls.is_file():
        raise ValueError(f"Expected a list of addresses. Received: {urls}, which is no file.")
    kind = find_list_format(urls)
    options = {
        "input_format": "csv" if kind in TEXT_FORMATS else kind,
        "url_col": url_column,
        "save_additional_columns": list(keep) or None,
        "output_folder": str(out),
        "output_format": "webdataset" if tars else "files",
        "number_sample_per_shard": PER_SHARD,
        "extract_exif": False,
    }
    if size is None:
        return {**options, "disable_all_reencoding": True}
    return {
        **options,
        "image_size": size,
        "resize_mode": "keep_ratio",
        "resize_only_if_bigger": True,
        "skip_reencode": True,
        "encode_quality": _JPEG_QUALITY,
    }


def _check_same_options(out: Path, settings: Mapping[str, Any]) -> None:
    """Saves the options of a new folder, or checks that they are those of an existing one."""
    file = out / _LIST_FOLDER / "settings.json"
    if file.exists():
        before = parse_object(file.read_bytes(), file)
        changed = [key for key in settings if before.get(key) != settings[key]]
        if changed:
            raise ValueError(
                f"{out} holds photographs of another list or fetched with other options, and "
                "shards are counted through the list. Expected the same; received other values "
                f"of: {', '.join(changed)}. Choose another --out."
            )
        return
    with replace_when_whole(file) as temporary:
        temporary.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def _read_report(out: Path) -> UrlReport:
    report = UrlReport()
    for file in out.glob("*_stats.json"):
        shard = parse_object(file.read_bytes(), file, ("successes", "status_dict"))
        report.stored += shard["successes"]
        report.failed.update(shard["status_dict"])
    del report.failed["success"]
    return report
