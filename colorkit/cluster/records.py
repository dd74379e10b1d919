"""What became of the files of each chunk, and all of it in one Parquet file."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorkit.batch.report import RunTotals
from colorkit.io.open_binary import is_local
from colorkit.io.places import is_there, read_bytes, write_bytes, write_file

if TYPE_CHECKING:
    import pyarrow as pa

STATE_FOLDER = ".colorkit"
"""Folder in that of the results, with a record for each chunk."""

_RUN_FILE = "run"
_ROWS = 4096  # of the report that are in memory at a time


@dataclasses.dataclass
class ChunkRecord:
    """What became of the files of a chunk.

    Attributes:
        run: Name of the run that wrote it.
        is_whole: Whether the chunk was gone through; otherwise a process ended on the way.
        results: List of dicts as `describe_result` returns them, with `input` and `status`.
        made_of: List of what `ResultRecords.describe` returned for each result that exists.
        attempts: How often a process of the run has begun with the chunk.
        suspect: Address of the photograph that is being coloured alone, or `None`.
        fatal: List of addresses of photographs with which processes ended.
    """

    run: str
    is_whole: bool = False
    results: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    made_of: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    attempts: int = 0
    suspect: str | None = None
    fatal: list[str] = dataclasses.field(default_factory=list)


class RecordFolder:
    """The records of the chunks of an archive.

    Args:
        target: Folder of the results.
    """

    def __init__(self, target: Path) -> None:
        self._folder = target / STATE_FOLDER / "chunks"

    def announce(self, run: str) -> None:
        """Notes that a run has begun."""
        write_bytes(self._folder.parent / _RUN_FILE, run.encode("ascii"))

    def check(self, run: str) -> None:
        """Checks that this machine sees what `announce` noted.

        Raises:
            ValueError: If it does not.
        """
        path = self._folder.parent / _RUN_FILE
        if not is_there(path) or read_bytes(path).decode("ascii", "replace") != run:
            raise ValueError(
                f"Expected -o to name a folder that all machines of the cluster see, and one run "
                f"at a time to write to it. On {platform.node()}, {path} is not this run's. Name a "
                "folder on a shared disk, or an address such as s3://."
            )

    def read(self, key: str) -> ChunkRecord | None:
        """Returns the record of a chunk; `None` where there is none, or it cannot be read."""
        return _parse(self._folder / f"{key}.json")

    def write(self, key: str, record: ChunkRecord) -> None:
        """Writes the record of a chunk."""
        data = json.dumps(dataclasses.asdict(record)).encode("ascii")
        write_bytes(self._folder / f"{key}.json", data)

    def iterate(self, run: str) -> Iterator[ChunkRecord]:
        """Yields the records that a run wrote, in the order of their names."""
        if is_local(self._folder) and not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir(), key=lambda path: path.name):
            record = _parse(path) if path.name.endswith(".json") else None
            if record is not None and record.run == run:
                yield record


def _parse(path: Path) -> ChunkRecord | None:
    with contextlib.suppress(ValueError, TypeError, FileNotFoundError):
        if is_there(path):
            return ChunkRecord(**json.loads(read_bytes(path)))
    return None


def totals_to_json(totals: RunTotals) -> str:
    """Returns `RunTotals` as JSON."""
    return json.dumps(vars(totals))


def totals_from_json(text: str) -> RunTotals:
    """Makes `RunTotals` of what `totals_to_json` returned."""
    fields = json.loads(text)
    totals = RunTotals(**{**fields, "counts": None, "kinds": None})
    counters = type(RunTotals().counts)
    totals.counts, totals.kinds = counters(fields["counts"]), counters(fields["kinds"])
    return totals


def write_report(target: Path, run: str, path: Path) -> int:
    """Gathers what became of the files of a run in one Parquet file, in memory for a part of it.

    Args:
        target: Folder of the results.
        run: Name of the run.
        path: Path of the file.

    Returns:
        Number of its rows: one for each file or page.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = []
    written = 0
    with write_file(path) as temporary, pq.ParquetWriter(temporary, _schema()) as writer:

        def flush() -> None:
            nonlocal written
            writer.write_table(pa.Table.from_pylist(rows, _schema()))
            written += len(rows)
            rows.clear()

        for record in RecordFolder(target).iterate(run):
            rows += map(_row, record.results)
            if len(rows) >= _ROWS:
                flush()
        flush()
    return written


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = pa.list_(pa.string())
    return pa.schema(
        {
            "input": pa.string(),
            "output": pa.string(),
            "status": pa.string(),
            "reason": pa.string(),
            "width": pa.int32(),
            "height": pa.int32(),
            "page": pa.int32(),
            "damage": pa.string(),
            "lost_metadata": texts,
            "notes": texts,
            "out_of_gamut_pixels": pa.int64(),
            "read_seconds": pa.float64(),
            "color_seconds": pa.float64(),
            "write_seconds": pa.float64(),
        }
    )


def _row(result: Mapping[str, Any]) -> dict[str, Any]:
    seconds = result.get("seconds", {})
    row = {**result, **{f"{stage}_seconds": time for stage, time in seconds.items()}}
    return {key: _as_text(value) for key, value in row.items()}


def _as_text(value: Any) -> Any:
    """Writes bytes of a name that are no UTF-8 as escapes, which Parquet holds."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
