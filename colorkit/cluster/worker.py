"""Colours chunks in a process of the cluster, which keeps its model loaded."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from colorkit.batch.failure import describe_failure, find_missing_module
from colorkit.batch.file_pipeline import colorize_files
from colorkit.batch.file_result import FAILED, MADE, PASSED_OVER, SKIPPED, FileResult
from colorkit.batch.journal import ResultRecords, apply_journal
from colorkit.batch.pages import split_pages
from colorkit.batch.photo_store import PhotoStore
from colorkit.batch.plan import PlannedPhoto
from colorkit.batch.report import RunTotals, describe_result
from colorkit.cluster.chunks import Chunk
from colorkit.cluster.connection import limit_threads
from colorkit.cluster.records import ChunkRecord, RecordFolder, totals_to_json
from colorkit.cluster.shards import colorize_parquet, colorize_tar
from colorkit.cluster.stores import AnyFiles
from colorkit.io.places import open_place

if TYPE_CHECKING:
    from colorkit.cluster.job import ArchiveJob

ATTEMPTS = 2
"""How many processes may end over a chunk until its photographs are coloured one by one, so that
the one to blame is found."""

_UNEXPLAINED = 4  # how many more may end with none to blame

PIXELS_PER_CORE = 12_000_000
"""Pixels in flight for each core of a worker, and twice besides, as in `colorkit.batch`."""


class ChunkColorizer:
    """Colours chunks; what a Ray actor holds.

    Args:
        job: `ArchiveJob`.
        cores: Number of cores of this worker.
    """

    def __init__(self, job: ArchiveJob, cores: int) -> None:
        self.job, self.cores = job, cores
        self.target = open_place(job.target)
        self.colorizer: Any = None  # where all that it has seen is made already
        limit_threads(cores)

    def __call__(self, batch: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Colours the chunks of a batch.

        Args:
            batch: Dict with the chunks as `Chunk.to_json` gives them, as "chunk".

        Returns:
            Dict with `RunTotals` as JSON for each, as "totals"; as "failures" the reasons of those
            that failed, one a line.
        """
        told = [_total(self._go_through(Chunk.from_json(str(text)))) for text in batch["chunk"]]
        return {
            "totals": np.array([totals_to_json(totals) for totals, _ in told], object),
            "failures": np.array(["\n".join(reasons) for _, reasons in told], object),
        }

    @functools.cached_property
    def records(self) -> RecordFolder:
        """The records, found where the driver has announced the run."""
        records = RecordFolder(self.target)
        records.check(self.job.run)
        return records

    def load(self) -> None:
        """Loads the model, once; a model that cannot be loaded ends the run."""
        if self.colorizer is None:
            self.colorizer = self.job.open_colorizer()

    def _go_through(self, chunk: Chunk) -> list[dict[str, Any]]:
        """Colours a chunk. Returns what became of its files, as the record has it."""
        before = self.records.read(chunk.key)
        if before is not None and before.run == self.job.run and before.is_whole:
            return before.results  # by a process whose answer was lost
        run = _ChunkRun(self, chunk, before)
        for status, reasons in ((PASSED_OVER, chunk.passed_over), (FAILED, chunk.failed)):
            for path, reason in reasons.items():
                run.record.results.append({"input": path, "status": status, "reason": reason})
        run.record.results += run.color() if chunk.sources else []
        run.record.is_whole, run.record.suspect = True, None
        self.records.write(chunk.key, run.record)
        return run.record.results


class _ChunkRun:
    """A chunk that is being coloured, and its record.

    Args:
        worker: The `ChunkColorizer`.
        chunk: `Chunk`.
        before: Its `ChunkRecord` of an earlier run, or of a process that ended; or `None`.
    """

    def __init__(self, worker: ChunkColorizer, chunk: Chunk, before: ChunkRecord | None) -> None:
        self._worker, self._chunk = worker, chunk
        self._job = worker.job
        self._known = before.results if before is not None else []
        self.record = ChunkRecord(self._job.run)
        if before is not None:
            self.record.made_of = before.made_of
            if before.run == self._job.run:
                self.record.attempts = before.attempts
                ended = [] if before.suspect is None else [before.suspect]
                self.record.fatal = before.fatal + ended
        self._made_of = {entry["result"]: entry for entry in self.record.made_of}
        self._results = ResultRecords(worker.target, self.record.made_of)
        self._lock = threading.Lock()

    def color(self) -> list[dict[str, Any]]:
        """Colours what is not made already. Returns what became of each photograph."""
        self.record.attempts += 1
        if self.record.attempts > ATTEMPTS + len(self.record.fatal) + _UNEXPLAINED:
            raise MemoryError(
                f"The processes that colour end before they begin, {self.record.attempts - 1} "
                "times over the same photographs: memory may not suffice for the model. Use fewer "
                "--workers, or machines with more memory."
            )
        self._save()  # so that the next process knows if this one ends
        planned = [
            PlannedPhoto(open_place(source), open_place(output))
            for source, output in zip(self._chunk.sources, self._chunk.outputs, strict=True)
        ]
        if self._chunk.shard is not None:
            return self._color_shard(planned[0], self._chunk.shard)
        store = AnyFiles()
        taken = [Path(address) for address in self._chunk.taken]
        pages = split_pages(planned, self._job.page, taken=taken, count=store.count_pages)
        results, todo = [], []
        for checked in map(self._check, pages):
            if isinstance(checked, FileResult):
                results.append(checked)
            else:
                todo.append(checked)
        if not all(photo.is_made for photo in todo):
            self._worker.load()
        results += self._run(todo, store, self._note)
        self.record.made_of = list(self._made_of.values())
        known = {_key_of(result): result for result in self._known}
        described = [describe_result(result) for result in results]
        return [
            # Of what was made before, what was found out then.
            {**known.get(_key_of(each), {}), **each} if each["status"] == SKIPPED else each
            for each in described
        ]

    def _color_shard(self, planned: PlannedPhoto, kind: str) -> list[dict[str, Any]]:
        checked = self._check(planned)
        if isinstance(checked, FileResult):
            return [describe_result(checked)]
        if checked.is_made:
            made = {**describe_result(FileResult(planned.source, planned.output, SKIPPED))}
            known = [result for result in self._known if result["status"] != PASSED_OVER]
            return [_as_skipped(result) for result in known] or [made]
        self._worker.load()
        suffix = None if self._job.file_format is None else f".{self._job.file_format}"
        both = planned.source, planned.output
        try:
            if kind == ".tar":
                results = list(colorize_tar(*both, self._run, suffix))
            else:
                results = list(colorize_parquet(*both, self._run))
            self._note(planned)
        except Exception as error:
            reason, lacks = describe_failure(error, *both), find_missing_module(error)
            results = [FileResult(*both, FAILED, reason, lacks=lacks)]
        self.record.made_of = list(self._made_of.values())
        return [describe_result(result) for result in results]

    def _check(self, planned: PlannedPhoto) -> PlannedPhoto | FileResult:
        """Finds out whether the result is made already; or why it cannot be."""
        try:
            (checked,) = apply_journal(
                [planned],
                self._results,
                self._job.describe,
                overwrite=self._job.overwrite,
                may_rename=False,
            )
        except (ValueError, OSError) as error:
            reason = describe_failure(error, planned.source, planned.output)
            return FileResult(planned.source, planned.output, FAILED, reason)
        return checked

    def _run(
        self,
        photos: Iterable[PlannedPhoto],
        store: PhotoStore,
        on_written: Any = None,
    ) -> Iterator[FileResult]:
        """Colours photographs; one by one where processes have ended over this chunk."""
        is_careful = self.record.attempts > ATTEMPTS
        settings, cores = self._job.settings, self._worker.cores
        for group in ([photo] for photo in photos) if is_careful else [photos]:
            if is_careful:
                (planned,) = group
                if str(planned.source) in self.record.fatal:
                    yield _blame(planned)
                    continue
                self.record.suspect = None if planned.is_made else str(planned.source)
                self._save()
            yield from colorize_files(
                self._worker.colorizer,
                group,
                strict=settings.strict,
                mark=settings.mark,
                jpeg_quality=settings.jpeg_quality,
                on_written=on_written,
                pixels_in_flight=PIXELS_PER_CORE * (cores + 2),
                store=store,
                cores=cores,
            )

    def _note(self, planned: PlannedPhoto) -> None:
        with contextlib.suppress(OSError):  # The result is there, of what is not known.
            entry = self._results.describe(planned, self._job.describe(planned))
            with self._lock:
                self._made_of[entry["result"]] = entry

    def _save(self) -> None:
        """Notes how far the chunk is; what an earlier run found out stays in it."""
        self._worker.records.write(
            self._chunk.key, dataclasses.replace(self.record, results=self._known)
        )


def _blame(planned: PlannedPhoto) -> FileResult:
    reason = (
        f"Cannot colour {planned.source}: the process that coloured it ended, as it does where "
        "memory does not suffice. Colour it by itself, on a machine with more memory."
    )
    return FileResult(planned.source, planned.output, FAILED, reason)


def _key_of(result: Mapping[str, Any]) -> tuple[str, int | None]:
    return result["input"], result.get("page")


def _as_skipped(result: Mapping[str, Any]) -> dict[str, Any]:
    return {**result, "status": SKIPPED} if result["status"] == MADE else dict(result)


def _total(results: Iterable[Mapping[str, Any]]) -> tuple[RunTotals, list[str]]:
    """Counts results as the record has them. Returns the numbers, and the reasons of failures."""
    totals, reasons = RunTotals(), []
    for each in results:
        status, reason = each["status"], each.get("reason") or ""
        if status == FAILED:
            reasons.append(reason.replace("\n", " "))
        if "output" not in each:
            totals.add_unread(status, reason)
            continue
        totals.add(
            FileResult(
                Path(each["input"]),
                Path(each["output"]),
                status,
                width=each.get("width"),
                height=each.get("height"),
                damage=each.get("damage"),
                lost=tuple(each.get("lost_metadata") or ()),
            )
        )
    return totals, reasons
