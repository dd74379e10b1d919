"""Colours an archive on a Ray cluster.

A task lists the archive and cuts it into chunks (`cluster.chunks`); actors with the model loaded
colour them (`cluster.worker`), each by the pipeline of the folder run, and read and write by
themselves, so that only names pass through Ray; the driver adds up numbers. What became of each
file is recorded beside the results (`cluster.records`), for the report and for the next run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from colorkit.batch.report import RunTotals
from colorkit.cluster.chunks import iterate_chunks
from colorkit.cluster.job import ArchiveJob
from colorkit.cluster.places import open_place
from colorkit.cluster.records import STATE_FOLDER, RecordFolder, totals_from_json, write_report
from colorkit.cluster.worker import ChunkColorizer
from colorkit.io.open_binary import is_local
from colorkit.io.photo import FORMAT_OF_SUFFIX, PhotoError, find_format

REPORT = "report.parquet"
"""Name of the report in the folder of the records, where no other is given."""

_QUEUED_BYTES = 64_000_000  # of chunks that are listed and not coloured yet


def colorize_archive(
    job: ArchiveJob,
    *,
    address: str | None = None,
    workers: int | None = None,
    report: str | None = None,
    on_progress: Callable[[RunTotals, list[str]], None] | None = None,
) -> RunTotals:
    """Colours an archive on a Ray cluster, and reports on each file in one Parquet file.

    Results are the same bytes as those of a folder run. A second run colours only what is missing.
    What a node that is lost had in hand is coloured by another.

    Args:
        job: `ArchiveJob`.
        address: Address of a Ray cluster, such as `"auto"` or `"ray://head:10001"`; `None` for the
            cores of this machine, or the cluster that `ray.init` has joined already.
        workers: Number of processes that colour, each on a core, or on a GPU and its share of the
            cores where the cluster has some. `None` for as many as there are.
        report: Path or address of the Parquet file; `None` for `.colorkit/report.parquet` among
            the results.
        on_progress: Function of the `RunTotals` so far and of a list with the reasons of what has
            failed since, called for every chunk.

    Returns:
        `RunTotals`.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If source, target or report do not fit, or nothing reads such addresses.
        PhotoError: If the source cannot be listed, or has no photographs.
        ConnectionError: If there is no cluster at the address.
    """
    job = dataclasses.replace(_checked(job), run=uuid.uuid4().hex)
    report = report or f"{job.target}/{STATE_FOLDER}/{REPORT}"
    open_place(report)
    with _Cluster(address) as cluster:
        RecordFolder(open_place(job.target)).announce(job.run)
        totals = RunTotals()
        for batch in cluster.stream(job, workers):
            for numbers, reasons in zip(batch["totals"], batch["failures"], strict=True):
                totals.merge(totals_from_json(str(numbers)))
                if on_progress is not None:
                    on_progress(totals, str(reasons).split("\n") if reasons else [])
        if not totals.counts:
            raise PhotoError(f"Cannot find photographs in {job.source}: it is empty.")
        cluster.report(job, report)
    return totals


def _checked(job: ArchiveJob) -> ArchiveJob:
    source, target = open_place(job.source), open_place(job.target)
    if target.suffix.lower() in FORMAT_OF_SUFFIX or (is_local(target) and target.is_file()):
        raise ValueError(f"Expected -o to name a folder. Received: {target}")
    if source == target or source in target.parents and is_local(source) and source.is_file():
        raise ValueError(
            f"Expected -o to name another folder than the photographs'. Received: {target}"
        )
    if target in source.parents:
        raise ValueError(
            f"Expected -o to name a folder that does not hold the photographs, which results "
            f"might replace. Received: {target}, which holds {source}"
        )
    if job.file_format is not None:
        find_format("the results", job.file_format)
    model = os.fspath(job.settings.model)
    if os.path.exists(model):  # Workers have another current folder.
        settings = dataclasses.replace(job.settings, model=os.path.abspath(model))
        job = dataclasses.replace(job, settings=settings)
    return dataclasses.replace(job, source=str(source), target=str(target))


class _Cluster:
    """A Ray cluster, joined or started, and left when the block ends."""

    def __init__(self, address: str | None) -> None:
        try:
            os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # of what users need not know
            import ray
        except ImportError as error:
            raise ImportError(
                "The engine ray needs Ray: pip install 'colorkit-keras[ray]', or leave --engine "
                "out to colour on this machine.",
                name="ray",
            ) from error
        self._ray: Any = ray
        self._address = address
        self._is_own = False

    def __enter__(self) -> _Cluster:
        if not self._ray.is_initialized():
            self._is_own = True
            quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
            try:
                if self._address is None:
                    self._ray.init(address="local", include_dashboard=False, **quiet)
                else:
                    self._ray.init(address=self._address, **quiet)
            except Exception as error:  # of many kinds
                where = "on this machine" if self._address is None else f"at {self._address}"
                raise ConnectionError(f"Cannot join a Ray cluster {where}: {error}") from error
        return self

    def __exit__(self, *error: object) -> None:
        if self._is_own:
            self._ray.shutdown()

    def stream(self, job: ArchiveJob, workers: int | None) -> Iterator[dict[str, Any]]:
        """Yields what `ChunkColorizer` returns for each chunk, as soon as it is coloured."""
        resources = self._ray.cluster_resources()
        cores, gpus = int(resources.get("CPU", 1)), int(resources.get("GPU", 0))
        workers = workers or gpus or cores
        share = max(1, cores // gpus) if gpus else 1
        data = self._ray.data
        context = data.DataContext.get_current().copy()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.raise_original_map_exception = True
        context.target_max_block_size = 1  # A chunk a block, so that workers share them.
        context.execution_options.resource_limits = data.ExecutionResources(
            object_store_memory=_QUEUED_BYTES
        )
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        with self._telling_causes(), data.DataContext.current(context):
            rows = data.from_items([{"source": job.source}]).map_batches(
                _list_chunks, fn_kwargs={"job": job}, batch_size=1, num_cpus=0
            )
            colored = rows.map_batches(
                ChunkColorizer,
                fn_constructor_args=(job, share),
                batch_size=1,
                compute=data.ActorPoolStrategy(min_size=1, max_size=workers),
                num_cpus=share,
                num_gpus=1 if gpus else 0,
            )
            yield from colored.iter_batches(batch_size=None, prefetch_batches=0)

    @contextlib.contextmanager
    def _telling_causes(self) -> Iterator[None]:
        """Raises what was raised on the cluster, without where and how Ray brought it here."""
        try:
            yield
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None

    def report(self, job: ArchiveJob, path: str) -> None:
        """Writes the report, on any of the nodes."""
        gather = self._ray.remote(num_cpus=0)(_write_report)
        self._ray.get(gather.remote(job.target, job.run, path))


def _list_chunks(batch: Mapping[str, Any], job: ArchiveJob) -> Iterator[dict[str, Any]]:
    chunks = iterate_chunks(
        open_place(job.source),
        open_place(job.target),
        file_format=job.file_format,
        exclude=job.exclude,
    )
    for chunk in chunks:
        yield {"chunk": np.array([chunk.to_json()], object)}


def _write_report(target: str, run: str, path: str) -> int:
    return write_report(open_place(target), run, open_place(path))
